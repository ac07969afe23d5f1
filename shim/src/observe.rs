//! The log, and the request id that ties an answer to its lines.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::config::{Config, LogFormat};
use crate::errors::{Error, StartError};
use crate::router::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST: Uuid;
}

/// The id of the request that is being answered, for the log; `None` outside of one.
pub fn request_id() -> Option<Uuid> {
    REQUEST.try_with(|id| *id).ok()
}

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

/// What every request has around it: an id, told in `X-Request-Id`, a limit of time, and an end even when a handler
/// panics. Counts and logs route, status and time. Addresses, query strings and bodies are personal data and stay out of
/// the log. All in one layer, because each costs every request something.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = known_method(request.method());
    let started = Instant::now();
    let mut response = REQUEST
        .scope(id, async {
            match AssertUnwindSafe(timeout(app.request_timeout, next.run(request))).catch_unwind().await {
                Ok(Ok(response)) => response,
                Ok(Err(_)) => Error::Timeout.into_response(),
                Err(_) => Error::Panic.into_response(),
            }
        })
        .await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.metrics.answered(route, method, status, took);
    let milliseconds = took.as_secs_f64() * 1000.0;
    // What went wrong stands in a line of its own, which does not know the route.
    match status {
        500 | 504 => tracing::warn!(request = %id, method, route, status, milliseconds, "failed"),
        _ => tracing::debug!(request = %id, method, route, status, milliseconds, "answered"),
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH])) {
        headers.insert(REQUEST_ID, id);
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
