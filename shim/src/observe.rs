//! The log, and the request id that ties an answer to its lines.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

use crate::config::{Config, LogFormat};
use crate::errors::StartError;
use crate::router::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Starts the log on standard error. A second call in one process changes nothing.
pub fn logging(config: &Config) -> Result<(), StartError> {
    // At debug, tokio_postgres logs parameters, which are personal data: it must be named to be heard.
    let filter = EnvFilter::try_new(format!("tokio_postgres=warn,{}", config.log))
        .map_err(|error| StartError::new(format!("--log is not valid: {error}")))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Plain => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // An error means that a log is there already, as when tests start several servers.
    started.or(Ok(()))
}

/// Gives each request an id, answers with it in `X-Request-Id`, and counts and logs route, status and time. Addresses,
/// query strings and bodies are personal data and stay out of the log.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().to_string();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = known_method(request.method());
    let span = tracing::error_span!("request", %id, method, route);
    let started = Instant::now();
    let mut response = async {
        let response = next.run(request).await;
        let (status, took) = (response.status().as_u16(), started.elapsed());
        app.metrics.answered(route, method, status, took);
        tracing::debug!(status, milliseconds = took.as_secs_f64() * 1000.0, "answered");
        response
    }
    .instrument(span)
    .await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The method's name; those that HTTP does not know share one, so that callers cannot invent labels.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
