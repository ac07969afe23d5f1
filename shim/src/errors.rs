//! Everything that can go wrong, and how it is told: one enum for requests, one table from SQLSTATE to HTTP.

use std::error::Error as _;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use deadpool_postgres::PoolError;
use tokio_postgres::error::{DbError, SqlState};

use crate::envelope;
use crate::observe::request_id;

/// Why the server did not start, in one line a person can act on.
#[derive(Debug)]
pub struct StartError(String);

impl StartError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

/// Why a request was not answered with data.
#[derive(Debug)]
pub enum Error {
    /// The body is not JSON.
    Malformed(String),
    /// JSON, but not what this route takes: a wrong type, an unknown field, an impossible value.
    Invalid(String),
    /// No key, or one that is not known.
    Unauthorized,
    /// A known key whose role may not do this.
    Forbidden,
    /// No such thing, or no such route.
    NotFound(String),
    MethodNotAllowed,
    /// The body came slower than `--body-timeout`.
    SlowBody,
    TooLarge,
    UnsupportedMediaType,
    /// No database connection could be had.
    Pool(PoolError),
    /// The database refused or failed.
    Database(tokio_postgres::Error),
    /// The database refused one element of a batch, and says so in a row of its answer.
    Refused {
        sqlstate: String,
        message: String,
    },
    /// The batch that held this request failed as a whole; its cause is in the log once.
    Batch(Arc<Error>),
    /// More clicks or page views wait than the queue holds.
    Busy,
    /// Too many requests from one address, or altogether; when to come back.
    TooMany(Duration),
    /// The database is not what this server needs.
    Unready(String),
    /// The request ran longer than `--request-timeout`.
    Timeout,
    /// An answer that could not be brought into its form.
    Unwritable(Box<dyn std::error::Error + Send + Sync>),
    /// A bug in the shim.
    Panic,
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

/// What a SQLSTATE means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Forbidden,
    NotFound,
    Conflict,
    Invalid,
    Timeout,
    Unavailable,
    Internal,
}

impl Kind {
    /// The table SQLSTATE → HTTP.
    fn of(sqlstate: &str) -> Self {
        match sqlstate {
            "42501" => Self::Forbidden,
            "P0002" => Self::NotFound,
            "23503" | "23505" | "55000" => Self::Conflict,
            "23502" | "23514" => Self::Invalid,
            "57014" => Self::Timeout,
            "25006" | "40001" | "40P01" | "55P03" => Self::Unavailable,
            _ => match sqlstate.get(..2) {
                Some("22" | "54") => Self::Invalid,
                Some("08" | "53" | "57") => Self::Unavailable,
                _ => Self::Internal,
            },
        }
    }

    /// Status, code of the envelope, and the sentence used when the database's own message stays inside.
    fn told(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden", "this key may not do that"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is no such thing"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "this conflicts with what is stored"),
            Self::Invalid => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", "a value is not valid or out of range")
            }
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "the request took too long"),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the database is not available, try again soon")
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong; the server's log has the cause")
            }
        }
    }
}

impl Error {
    fn kind(error: &tokio_postgres::Error) -> Kind {
        match error.as_db_error() {
            Some(db) => Kind::of(db.code().code()),
            None if error.is_closed() || is_io(error) => Kind::Unavailable,
            None => Kind::Internal,
        }
    }

    /// What the database said was wrong, `None` when it said nothing.
    pub fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Database(error) => error.code().map(SqlState::code),
            Self::Refused { sqlstate, .. } => Some(sqlstate),
            Self::Batch(error) => error.sqlstate(),
            _ => None,
        }
    }

    fn told(&self) -> (StatusCode, &'static str, String) {
        let told = |(status, code, message): (StatusCode, &'static str, &str)| (status, code, message.to_owned());
        match self {
            Self::Malformed(message) => (StatusCode::BAD_REQUEST, "malformed", message.clone()),
            Self::Invalid(message) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_value", message.clone()),
            Self::Unauthorized => {
                told((StatusCode::UNAUTHORIZED, "unauthorized", "a valid key is needed: Authorization: Bearer <key>"))
            }
            Self::Forbidden => told(Kind::Forbidden.told()),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, "not_found", message.clone()),
            Self::MethodNotAllowed => {
                told((StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address does not take that method"))
            }
            Self::SlowBody => told((StatusCode::REQUEST_TIMEOUT, "timeout", "the body did not arrive in time")),
            Self::TooLarge => told((StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too large")),
            Self::UnsupportedMediaType => told((
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send JSON with Content-Type: application/json",
            )),
            Self::Pool(PoolError::Backend(_) | PoolError::Timeout(_) | PoolError::Closed) => {
                told(Kind::Unavailable.told())
            }
            Self::Pool(_) | Self::Unwritable(_) | Self::Panic => told(Kind::Internal.told()),
            Self::Database(error) => {
                let (status, code, sentence) = Self::kind(error).told();
                let message = error.as_db_error().filter(|db| is_for_the_user(db)).map_or(sentence, DbError::message);
                (status, code, message.to_owned())
            }
            Self::Refused { sqlstate, message } => {
                let (status, code, sentence) = Kind::of(sqlstate).told();
                let message = if FOR_THE_USER.contains(&sqlstate.as_str()) { message.as_str() } else { sentence };
                (status, code, message.to_owned())
            }
            Self::Batch(error) => error.told(),
            Self::Unready(message) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", message.clone()),
            Self::Busy => {
                told((StatusCode::SERVICE_UNAVAILABLE, "unavailable", "too many requests are waiting, try again soon"))
            }
            Self::TooMany(_) => told((StatusCode::TOO_MANY_REQUESTS, "too_many", "too many requests, try again later")),
            Self::Timeout => told(Kind::Timeout.told()),
        }
    }
}

/// The SQLSTATEs whose messages the extension writes for the caller.
const FOR_THE_USER: [&str; 5] = ["P0002", "22023", "23505", "42501", "55000"];

/// Whether the message was written for the caller. `P0002` and `22023` speak of what was asked for, whoever raised
/// them; the others only when raised by the extension's own functions (by RAISE or from Rust), because PostgreSQL's
/// own messages for them name constraints and functions.
fn is_for_the_user(db: &DbError) -> bool {
    let ours = db.routine() == Some("exec_stmt_raise") || db.file().is_some_and(|file| file.ends_with(".rs"));
    match db.code().code() {
        "P0002" | "22023" => true,
        "23505" | "42501" | "55000" => ours,
        _ => false,
    }
}

/// Whether a second has passed since the last line about a database that is away: while it is, every request fails.
fn is_worth_a_line() -> bool {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let is_due = last.is_none_or(|last| last.elapsed() > Duration::from_secs(1));
    if is_due {
        *last = Some(Instant::now());
    }
    is_due
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    error.source().is_some_and(|cause| cause.is::<std::io::Error>())
}

/// The error and its causes on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text.push_str(": ");
            text.push_str(&next_text);
        }
        cause = next.source();
    }
    text.trim_start_matches("db error: ").replace('\n', " ")
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, code, message) = self.told();
        self.log(status);
        let mut response = envelope::failure(status, code, &message);
        let headers = response.headers_mut();
        match status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(self.seconds_to_wait()));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}

impl Error {
    /// What the caller is told.
    pub fn message(&self) -> String {
        self.told().2
    }

    /// What went wrong, for the log of what nobody asked for.
    pub fn cause(&self) -> String {
        match self {
            Self::Database(error) => chain(error),
            Self::Pool(error) => chain(error),
            other => other.message(),
        }
    }

    /// Whole seconds after which a refused request may succeed, 1 or more.
    fn seconds_to_wait(&self) -> u64 {
        match self {
            Self::TooMany(wait) => wait.as_secs() + 1,
            _ => 1,
        }
    }

    /// Logs the cause of a failed batch, which no single request could.
    pub fn log_once(&self) {
        self.log(self.told().0);
    }

    /// What the caller is not told goes to the log, with the id that the caller was told.
    fn log(&self, status: StatusCode) {
        let request = request_id().map(tracing::field::display);
        match self {
            Self::Database(error) => match error.as_db_error() {
                Some(db) if status.is_server_error() => tracing::error!(
                    request,
                    sqlstate = db.code().code(),
                    error = db.message(),
                    detail = db.detail(),
                    hint = db.hint(),
                    context = db.where_(),
                    "the database failed"
                ),
                Some(db) => tracing::debug!(
                    request,
                    sqlstate = db.code().code(),
                    error = db.message(),
                    detail = db.detail(),
                    hint = db.hint(),
                    "the database refused"
                ),
                None => tracing::error!(request, cause = chain(error), "the database failed"),
            },
            Self::Pool(error) if is_worth_a_line() => {
                tracing::error!(request, cause = chain(error), "no database connection");
            }
            Self::Unwritable(error) => tracing::error!(request, %error, "the answer could not be written"),
            Self::Timeout => tracing::error!(request, "the request took too long"),
            Self::Panic => tracing::error!(request, "a handler panicked"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sqlstate_of_the_contract_has_its_status() {
        for (sqlstate, status) in [
            ("P0002", 404),
            ("22023", 422),
            ("22P02", 422),
            ("22003", 422),
            ("22007", 422),
            ("22008", 422),
            ("23514", 422),
            ("23502", 422),
            ("23505", 409),
            ("55000", 409),
            ("42501", 403),
            ("54001", 422),
            ("57014", 504),
            ("57P01", 503),
            ("57P03", 503),
            ("08006", 503),
            ("53300", 503),
            ("40P01", 503),
            ("42883", 500),
            ("XX000", 500),
            ("", 500),
        ] {
            assert_eq!(Kind::of(sqlstate).told().0.as_u16(), status, "{sqlstate}");
        }
    }

    #[test]
    fn unavailable_says_when_to_come_back() {
        let response = Error::Pool(PoolError::Closed).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
