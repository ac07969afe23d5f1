//! The least an axum server does for a click: the same request read, an answer of the same size, no database.

use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;

/// The argument that makes the bench be this server, before the address to listen on.
pub const ARGUMENT: &str = "--serve-without-database";

const ANSWER: &str = r#"{"success":true,"data":{"visit_id":"01a206cb-cc4f-7533-87ae-11a6e5a10b14","campaign_id":"00000000-0000-7000-8000-100000000001","expires_at":"2026-12-23T05:05:59.123456Z"}}"#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read for what reading costs")]
struct Click {
    tracking_code: String,
    session_id: String,
    landing_page: Option<String>,
    user_agent: Option<String>,
    referrer: Option<String>,
}

async fn track_visit(Json(_): Json<Click>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], ANSWER)
}

/// Serves until it is killed.
pub fn serve(address: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.expect("the address is free");
        let routes = Router::new().route("/campaigns/track-visit", post(track_visit));
        axum::serve(listener, routes).await.expect("it serves");
    });
}
