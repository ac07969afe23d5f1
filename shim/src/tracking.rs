//! Clicks and page views, from the snippet in the shop's pages.

use axum::extract::State;
use serde::Deserialize;

use crate::client::Client;
use crate::db::{Click, Db};
use crate::envelope::Answer;
use crate::errors::Error;
use crate::extract::Body;
use crate::values::{Key, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    tracking_code: Option<Text>,
    session_id: Option<Text>,
    landing_page: Option<Text>,
    user_agent: Option<Text>,
    referrer: Option<Text>,
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

pub async fn track_visit(
    State(db): State<Db>,
    client: Client,
    body: Body<Visit>,
) -> Result<Answer, Error> {
    let address = client.address.map(|address| address.to_string());
    let visit = body.value;
    let recorded = db
        .track_visit(&Click {
            tracking_code: visit.tracking_code.as_deref(),
            session_id: visit.session_id.as_deref(),
            landing_page: visit.landing_page.as_deref(),
            user_agent: visit.user_agent.as_deref().or(client.user_agent.as_deref()),
            referrer: visit.referrer.as_deref(),
            ip_address: address.as_deref(),
        })
        .await?;
    Ok(Answer::ok(recorded))
}

pub async fn update_activity(State(db): State<Db>, body: Body<Activity>) -> Result<Answer, Error> {
    let activity = db.update_activity(body.value.session_id.as_deref()).await?;
    Ok(Answer::ok(activity))
}

pub async fn identify(State(db): State<Db>, body: Body<Identity>) -> Result<Answer, Error> {
    let Identity {
        session_id,
        customer_id,
    } = body.value;
    let linked = db
        .identify(session_id.as_deref(), customer_id.as_deref())
        .await?;
    Ok(Answer::ok(linked))
}
