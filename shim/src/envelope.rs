//! The one form of every answer: `{"success": true, "data": ...}` or `{"success": false, "error": {...}}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Data for the caller: JSON text as the database wrote it, so that 250.00 stays 250.00.
pub struct Answer {
    status: StatusCode,
    data: String,
    paging: Option<Paging>,
}

/// Which part of a list an answer holds.
pub enum Paging {
    /// A numbered page, from 1, with at most so many rows, out of so many on all pages.
    Page { page: i32, page_size: i32, total: i64 },
    /// At most so many rows; `next` asks for those after them, `None` when these are the last.
    Cursor { page_size: i32, next: Option<String> },
}

impl Paging {
    fn json(&self) -> serde_json::Value {
        match self {
            Self::Page { page, page_size, total } => json!({"page": page, "page_size": page_size, "total": total}),
            Self::Cursor { page_size, next } => json!({"page_size": page_size, "next_cursor": next}),
        }
    }
}

impl Answer {
    pub fn ok(data: String) -> Self {
        Self { status: StatusCode::OK, data, paging: None }
    }

    pub fn created(data: String) -> Self {
        Self { status: StatusCode::CREATED, data, paging: None }
    }

    pub fn list(data: String, paging: Option<Paging>) -> Self {
        Self { status: StatusCode::OK, data, paging }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self { status, data, paging } = self;
        let paging = paging.map_or_else(String::new, |paging| format!(r#","paging":{}"#, paging.json()));
        answer(status, format!(r#"{{"success":true,"data":{data}{paging}}}"#))
    }
}

/// An error for the caller; `code` is a plain word.
pub fn failure(status: StatusCode, code: &str, message: &str) -> Response {
    let message = serde_json::Value::from(message);
    answer(status, format!(r#"{{"success":false,"error":{{"code":"{code}","message":{message}}}}}"#))
}

fn answer(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}

/// A document of the database with its times ending in `Z`. PostgreSQL writes UTC as `+00:00`; a value counts as a time
/// when its key ends in `_at` and it has exactly the form PostgreSQL gives one.
pub fn utc(document: String) -> String {
    const OFFSET: &str = "+00:00\"";
    if !document.contains(OFFSET) {
        return document;
    }
    let mut written = String::with_capacity(document.len());
    let mut rest = document.as_str();
    while let Some(at) = rest.find(OFFSET) {
        let (before, after) = rest.split_at(at);
        written.push_str(before);
        if ends_in_time(&written) {
            written.push_str("Z\"");
        } else {
            written.push_str(OFFSET);
        }
        rest = &after[OFFSET.len()..];
    }
    written.push_str(rest);
    written
}

/// Whether the text ends in `_at": "2024-06-01T10:30:00` (spaces and a fraction of the second are optional).
fn ends_in_time(text: &str) -> bool {
    let Some((before, time)) = text.rsplit_once('"') else {
        return false;
    };
    let key = before.trim_end().strip_suffix(':').map(str::trim_end);
    if !key.is_some_and(|key| key.ends_with("_at\"")) {
        return false;
    }
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let Some((date, clock)) = seconds.split_once('T') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    date.split('-').count() == 3
        && date.split('-').all(digits)
        && clock.split(':').count() == 3
        && clock.split(':').all(digits)
        && digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn z(text: &str) -> String {
        utc(text.to_owned())
    }

    #[test]
    fn times_end_in_z() {
        assert_eq!(z(r#"{"visited_at": "2024-06-01T10:30:00+00:00"}"#), r#"{"visited_at": "2024-06-01T10:30:00Z"}"#);
        assert_eq!(
            z(r#"[{"a_at":"2024-06-01T10:30:00.123456+00:00","b_at": "2024-06-01T10:30:00+00:00"}]"#),
            r#"[{"a_at":"2024-06-01T10:30:00.123456Z","b_at": "2024-06-01T10:30:00Z"}]"#
        );
    }

    #[test]
    fn words_of_people_stay_as_they_are() {
        for text in [
            r#"{"name": "2024-06-01T10:30:00+00:00"}"#,
            r#"{"name": "visited_at\": \"2024-06-01T10:30:00+00:00"}"#,
            r#"{"visited_at": "at 2024-06-01T10:30:00+00:00"}"#,
            r#"{"visited_at": "+00:00"}"#,
            r#"{"visited_at": null}"#,
        ] {
            assert_eq!(z(text), text);
        }
    }
}
