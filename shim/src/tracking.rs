//! Clicks and page views, from the snippet in the shop's pages.

use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use crate::batch::Write;
use crate::client::Client;
use crate::db::{Click, Db, Visit};
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::Body;
use crate::router::App;
use crate::values::{Key, Text};

/// Writes clicks.
pub struct Visits(pub Db);

impl Write for Visits {
    type Item = Click;
    type Done = Visit;

    async fn write(&self, clicks: &[Click]) -> Result<Vec<Result<Visit, Error>>, Error> {
        self.0.track_visits(clicks).await
    }
}

/// Writes page views, each a session.
pub struct Views(pub Db);

impl Write for Views {
    type Item = Option<String>;
    type Done = Option<DateTime<Utc>>;

    async fn write(&self, sessions: &[Option<String>]) -> Result<Vec<Result<Self::Done, Error>>, Error> {
        self.0.update_activities(sessions).await
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Landing {
    tracking_code: Option<Text>,
    session_id: Option<Text>,
    landing_page: Option<Text>,
    user_agent: Option<Text>,
    referrer: Option<Text>,
}

impl Landing {
    fn click(self, client: &Client) -> Click {
        Click {
            tracking_code: self.tracking_code.map(String::from),
            session_id: self.session_id.map(String::from),
            landing_page: self.landing_page.map(String::from),
            user_agent: self.user_agent.map(String::from).or_else(|| client.user_agent()),
            referrer: self.referrer.map(String::from),
            ip_address: client.address.map(|address| address.to_string()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    session_id: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    session_id: Option<Text>,
    customer_id: Option<Key>,
}

pub async fn track_visit(State(app): State<App>, client: Client, body: Body<Landing>) -> Result<Answer, Error> {
    let visit = app.visits.write(body.value.click(&client)).await?;
    Ok(Answer::ok(visit_document(&visit)))
}

pub async fn update_activity(State(app): State<App>, body: Body<Activity>) -> Result<Answer, Error> {
    let expires_at = app.views.write(body.value.session_id.map(String::from)).await?;
    Ok(Answer::ok(activity_document(expires_at)))
}

pub async fn identify(State(db): State<Db>, body: Body<Identity>) -> Result<Answer, Error> {
    let Identity { session_id, customer_id } = body.value;
    let linked = db.identify(session_id.as_deref(), customer_id.as_deref()).await?;
    Ok(Answer::ok(linked))
}

fn visit_document(visit: &Visit) -> String {
    let id = |id: Option<uuid::Uuid>| id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
    format!(
        r#"{{"visit_id":{},"campaign_id":{},"expires_at":{}}}"#,
        id(visit.visit_id),
        id(visit.campaign_id),
        time(visit.expires_at)
    )
}

fn activity_document(expires_at: Option<DateTime<Utc>>) -> String {
    format!(r#"{{"active":{},"expires_at":{}}}"#, expires_at.is_some(), time(expires_at))
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "null".to_owned(), |at| format!("\"{}\"", at.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_json() {
        let at = DateTime::from_timestamp(1_721_039_400, 0);
        assert_eq!(activity_document(at), r#"{"active":true,"expires_at":"2024-07-15T10:30:00Z"}"#);
        assert_eq!(activity_document(None), r#"{"active":false,"expires_at":null}"#);
        let unrecorded = Visit { visit_id: None, campaign_id: Some(uuid::Uuid::nil()), expires_at: None };
        assert_eq!(
            visit_document(&unrecorded),
            r#"{"visit_id":null,"campaign_id":"00000000-0000-0000-0000-000000000000","expires_at":null}"#
        );
    }
}
