//! Making, listing and revoking keys.

use axum::Extension;
use axum::extract::State;
use serde::Deserialize;

use crate::auth::Role;
use crate::db::Db;
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::{Body, KeyId};
use crate::router::App;
use crate::values::Text;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    name: Option<Text>,
    role: Option<Text>,
}

/// What the caller's own key may do, and how the reports are to be read.
pub async fn me(State(db): State<Db>, Extension(role): Extension<Role>) -> Result<Answer, Error> {
    let settings = db.settings(role.name()).await?;
    Ok(Answer::ok(settings))
}

pub async fn create(State(db): State<Db>, body: Body<Wanted>) -> Result<Answer, Error> {
    let key = db.create_key(body.value.name.as_deref(), body.value.role.as_deref()).await?;
    Ok(Answer::created(key))
}

pub async fn list(State(db): State<Db>) -> Result<Answer, Error> {
    let keys = db.list_keys().await?;
    Ok(Answer::ok(keys))
}

pub async fn revoke(State(app): State<App>, KeyId(id): KeyId) -> Result<Answer, Error> {
    let revoked = app.db.revoke_key(id).await?;
    app.keys.forget();
    Ok(Answer::ok(revoked))
}
