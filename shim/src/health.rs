//! Whether the server lives, and whether it can do its work.

use axum::extract::State;

use crate::db::Db;
use crate::envelope::Answer;
use crate::errors::Error;

/// The process answers.
pub async fn alive() -> Answer {
    Answer::ok(r#"{"status":"alive"}"#.to_owned())
}

/// The database answers, and its extension and tables are of this server's version; 503 while not.
pub async fn ready(State(db): State<Db>) -> Result<Answer, Error> {
    let version = db.ready().await?;
    Ok(Answer::ok(format!(r#"{{"status":"ready","version":"{version}"}}"#)))
}
