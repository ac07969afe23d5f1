//! What handlers take out of a request: body, query, and ids in the path. Each refusal names the field.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;
use uuid::Uuid;

use crate::auth::Role;
use crate::errors::Error;
use crate::router::App;
use crate::values::{Object, has_controls};

/// Largest body anyone may send, in bytes.
const PUBLIC_BODY: usize = 8 * 1024;

/// Largest body the holder of a key may send, in bytes.
const PRIVATE_BODY: usize = 256 * 1024;

/// A JSON body: as the route's type, and as the text it came in.
pub struct Body<T> {
    pub value: T,
    text: Bytes,
}

impl<T> Body<T> {
    /// The text it came in.
    pub fn json(&self) -> &str {
        // It was read as UTF-8 before.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMediaType);
        }
        parse(timeout(app.body_timeout, receive(request)).await.map_err(|_| Error::SlowBody)??)
    }
}

/// The body, unless it is too large; one that says so itself is refused at once.
async fn receive(request: Request) -> Result<Bytes, Error> {
    let has_key = request.extensions().get::<Role>().is_some();
    let most = if has_key { PRIVATE_BODY } else { PUBLIC_BODY };
    let waits_for_leave = request.headers().contains_key(header::EXPECT);
    let mut body = request.into_body();
    if body.size_hint().lower() > most as u64 {
        if !waits_for_leave {
            drain(body).await;
        }
        return Err(Error::TooLarge);
    }
    match Limited::new(&mut body, most).collect().await {
        Ok(received) => Ok(received.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            drain(body).await;
            Err(Error::TooLarge)
        }
        Err(_) => Err(Error::Malformed("the body could not be read".to_owned())),
    }
}

/// Whether a body may be JSON: said to be, or said to be plain text or nothing, as `sendBeacon` and a bare `fetch` do.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let media_type = value.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    media_type == "application/json"
        || media_type == "text/plain"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn parse<T: DeserializeOwned>(text: Bytes) -> Result<Body<T>, Error> {
    let json = std::str::from_utf8(&text).map_err(|_| Error::Malformed("the body is not UTF-8".to_owned()))?;
    if let Ok(Object(value)) = serde_json::from_str(json) {
        return Ok(Body { value, text });
    }
    // Read once more, to tell which field is wrong.
    let mut reader = serde_json::Deserializer::from_str(json);
    let Object(value) = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, &error.into_inner())
    })?;
    reader.end().map_err(|error| refused(".", &error))?;
    Ok(Body { value, text })
}

/// What is wrong with a body, and where.
fn refused(path: &str, error: &serde_json::Error) -> Error {
    match error.classify() {
        Category::Data => Error::Invalid(at(path, &error.to_string())),
        Category::Syntax | Category::Eof | Category::Io => Error::Malformed(format!("the body is not JSON: {error}")),
    }
}

/// A message with the field it is about; the place in the text is of no use to a caller who has the field.
fn at(path: &str, message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    match path {
        "." | "?" => message.to_owned(),
        path => format!("{path}: {message}"),
    }
}

/// Throws away what a refused caller still sends, if it is not much and comes soon: a connection closed in the middle
/// of a body loses the answer too.
pub async fn drain(mut body: axum::body::Body) {
    const MOST: usize = 2 * 1024 * 1024;
    let rest = async {
        let mut thrown = 0;
        while let Some(Ok(frame)) = body.frame().await {
            thrown += frame.data_ref().map_or(0, Bytes::len);
            if thrown > MOST {
                return;
            }
        }
    };
    drop(timeout(Duration::from_millis(500), rest).await);
}

/// The query string of a request. Unknown and repeated parameters are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        query(parts.uri.query().unwrap_or("")).map(Self)
    }
}

fn query<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded(text));
    serde_path_to_error::deserialize(reader)
        .map_err(|error| Error::Invalid(at(&error.path().to_string(), &error.inner().to_string())))
}

fn form_urlencoded(text: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(text.as_bytes())
}

/// The form a list is asked for in: CSV when the path ends in `.csv` or `Accept` names it before JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
}

impl FromRequestParts<App> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(form(parts.uri.path(), &parts.headers))
    }
}

fn form(path: &str, headers: &HeaderMap) -> Form {
    if path.ends_with(".csv") {
        return Form::Csv;
    }
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in accepted.flat_map(|value| value.split(',')) {
        match range.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "text/csv" => return Form::Csv,
            "application/json" | "application/*" | "*/*" => return Form::Json,
            _ => {}
        }
    }
    Form::Json
}

/// The campaign id in the path.
pub struct CampaignId(pub Uuid);

impl FromRequestParts<App> for CampaignId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let PathKey(text) = PathKey::from_request_parts(parts, app).await?;
        text.parse().map(Self).map_err(|_| Error::Invalid("id: expected the UUID of a campaign".to_owned()))
    }
}

/// The id of a key in the path.
pub struct KeyId(pub Uuid);

impl FromRequestParts<App> for KeyId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let PathKey(text) = PathKey::from_request_parts(parts, app).await?;
        text.parse().map(Self).map_err(|_| Error::Invalid("id: expected the UUID of a key".to_owned()))
    }
}

/// A key of the shop in the path, as text: what form it has only the shop knows.
pub struct PathKey(pub String);

impl FromRequestParts<App> for PathKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        match Path::<String>::from_request_parts(parts, &()).await {
            Ok(Path(key)) if !has_controls(&key) => Ok(Self(key)),
            _ => Err(Error::Invalid("id: control characters and broken UTF-8 are not allowed".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::values::{Number, Text};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct Sample {
        code: Text,
        cost: Option<Number>,
        page: Option<i32>,
    }

    fn told(body: &'static str) -> String {
        match parse::<Sample>(Bytes::from_static(body.as_bytes())) {
            Ok(_) => "ok".to_owned(),
            Err(Error::Malformed(message)) => format!("400 {message}"),
            Err(Error::Invalid(message)) => format!("422 {message}"),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in ["", "{", "hello", r#"{"code": "a"} x"#, "{\"code\": \"\u{0}\"}", r#"{"code": "\ud800"}"#] {
            assert!(told(body).starts_with("400 the body is not JSON"), "{body}: {}", told(body));
        }
    }

    #[test]
    fn a_wrong_value_is_named() {
        assert_eq!(told(r#"{"code": "a", "cost": 250.00}"#), "ok");
        assert_eq!(told(r#"{"code": "a", "cost": null}"#), "ok");
        assert_eq!(told(r#"{"code": 7}"#), "422 code: invalid type: integer `7`, expected a string");
        assert_eq!(told(r#"{"code": "a", "cost": "7"}"#), "422 cost: expected a number");
        assert_eq!(told(r#"{"code": "a\u0000"}"#), "422 code: control characters are not allowed");
        assert_eq!(told(r#"{"cost": 1}"#), "422 missing field `code`");
        assert!(told(r#"{"code": "a", "colour": 1}"#).starts_with("422 colour: unknown field `colour`"));
        assert!(told(r#"{"code": "a", "code": "b"}"#).contains("duplicate field `code`"));
        assert!(told(r#"["a"]"#).starts_with("422 invalid type: sequence, expected an object"));
        assert!(told("null").starts_with("422 invalid type: null, expected an object"));
    }

    #[test]
    fn beacons_and_json_are_read_forms_are_not() {
        let says = |value: &str| is_json(&[(header::CONTENT_TYPE, value.parse().unwrap())].into_iter().collect());
        for good in ["application/json", "application/JSON; charset=utf-8", "text/plain;charset=UTF-8"] {
            assert!(says(good), "{good}");
        }
        for bad in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", ""] {
            assert!(!says(bad), "{bad}");
        }
        assert!(is_json(&HeaderMap::new()));
    }

    #[test]
    fn csv_comes_by_path_or_by_accept() {
        let asked =
            |path: &str, accept: &str| form(path, &[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect());
        assert_eq!(asked("/campaigns.csv", "*/*"), Form::Csv);
        assert_eq!(asked("/campaigns", "text/html, text/csv;q=0.9, */*"), Form::Csv);
        assert_eq!(asked("/campaigns", "application/json, text/csv"), Form::Json);
        assert_eq!(asked("/campaigns", "*/*"), Form::Json);
        assert_eq!(asked("/campaigns", "text/html"), Form::Json);
        assert_eq!(form("/campaigns", &HeaderMap::new()), Form::Json);
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code)]
        struct Page {
            page: Option<i32>,
            deep: Option<bool>,
        }
        assert!(query::<Page>("page=2&deep=true").is_ok());
        assert!(query::<Page>("").is_ok());
        for (text, field) in [("page=two", "page"), ("deep=1", "deep"), ("pages=2", "pages"), ("page=1&page=2", "page")]
        {
            match query::<Page>(text) {
                Err(Error::Invalid(message)) => assert!(message.contains(field), "{message}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
