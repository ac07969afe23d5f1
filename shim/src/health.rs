//! Whether the server lives, and whether it can do its work.

use axum::extract::State;

use crate::db::Db;
use crate::envelope::Answer;
use crate::errors::Error;

/// The process answers.
pub async fn alive() -> Answer {
    Answer::ok(r#"{"status":"alive"}"#.to_owned())
}

/// The database answers; 503 while it does not.
pub async fn ready(State(db): State<Db>) -> Result<Answer, Error> {
    db.ping().await?;
    Ok(Answer::ok(r#"{"status":"ready"}"#.to_owned()))
}
