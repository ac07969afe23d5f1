//! Whether the server lives, whether it can do its work, and the state of the installation.

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

/// The installation: versions, the attached shop, how much is recorded, how far snapshots reach.
pub async fn status(State(db): State<Db>) -> Result<Answer, Error> {
    let status = db.installation().await?;
    Ok(Answer::ok(status))
}
