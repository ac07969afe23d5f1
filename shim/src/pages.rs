//! The web files inside the binary: the snippet, the dashboard, and the example shop. `shim/web` holds their sources;
//! `scripts/build` builds them and lays compressed forms beside them. Debug builds read them from there at each request.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::errors::Error;

#[derive(RustEmbed)]
#[folder = "web/snippet/dist"]
#[allow_missing = true]
struct Snippet;

#[derive(RustEmbed)]
#[folder = "web/dashboard/dist"]
#[allow_missing = true]
struct Dashboard;

#[derive(RustEmbed)]
#[folder = "web/shop/dist"]
#[allow_missing = true]
struct Shop;

/// What a page may do: ask this server, and nothing else. Component libraries write styles into elements.
pub const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const ICON: &str = include_str!("../docs/favicon.svg");

const NO_DASHBOARD: &str = include_str!("../docs/no-dashboard.html");

/// How long a browser may use a file without asking again.
#[derive(Clone, Copy)]
enum Fresh {
    /// Its name changes with its content.
    Forever,
    Hour,
    /// It asks each time.
    Never,
}

impl Fresh {
    fn cache_control(self) -> &'static str {
        match self {
            Self::Forever => "public, max-age=31536000, immutable",
            Self::Hour => "public, max-age=3600",
            Self::Never => "no-cache",
        }
    }
}

/// The snippet, for the pages of any site.
pub async fn snippet(headers: HeaderMap) -> Response {
    let for_any_site = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    ];
    match file::<Snippet>("campaign.js", &headers, Fresh::Hour) {
        Some(script) => (for_any_site, script).into_response(),
        None => missing("campaign.js was not built into this server: run scripts/build"),
    }
}

/// The dashboard, which reads the rest of the address itself.
pub async fn dashboard(headers: HeaderMap) -> Response {
    page::<Dashboard>(&headers).unwrap_or_else(|| {
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
        (StatusCode::NOT_FOUND, html, NO_DASHBOARD).into_response()
    })
}

pub async fn dashboard_asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    asset::<Dashboard>(&name, &headers)
}

/// The example shop, which reads the rest of the address itself.
pub async fn shop(headers: HeaderMap) -> Response {
    page::<Shop>(&headers)
        .unwrap_or_else(|| missing("the example shop was not built into this server: run scripts/build"))
}

pub async fn shop_asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    asset::<Shop>(&name, &headers)
}

/// The example shop's address with the slash that its own links start from.
pub async fn to_shop() -> Redirect {
    Redirect::permanent("/shop/")
}

pub async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, Fresh::Hour.cache_control())], ICON)
}

fn page<Files: RustEmbed>(headers: &HeaderMap) -> Option<Response> {
    let guarded = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "same-origin")];
    Some((guarded, file::<Files>("index.html", headers, Fresh::Never)?).into_response())
}

fn asset<Files: RustEmbed>(name: &str, headers: &HeaderMap) -> Response {
    file::<Files>(&format!("assets/{name}"), headers, Fresh::Forever)
        .unwrap_or_else(|| missing("there is no such address"))
}

fn missing(what: &str) -> Response {
    Error::NotFound(what.to_owned()).into_response()
}

/// A file in the best form that the browser takes, or the news that it has this one already.
fn file<Files: RustEmbed>(name: &str, headers: &HeaderMap, fresh: Fresh) -> Option<Response> {
    let plain = Files::get(name)?;
    let media_type = plain.metadata.mimetype().to_owned();
    let (form, encoding) = [("br", "br"), ("gz", "gzip")]
        .into_iter()
        .filter(|(_, encoding)| accepts(headers, encoding))
        .find_map(|(ending, encoding)| Some((Files::get(&format!("{name}.{ending}"))?, Some(encoding))))
        .unwrap_or((plain, None));
    let tag = tag(&form);
    let is_known = header_values(headers, header::IF_NONE_MATCH).any(|known| known == "*" || same(known, &tag));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, with_charset(&media_type))], form.data).into_response(),
    };
    let told = response.headers_mut();
    told.insert(header::CACHE_CONTROL, HeaderValue::from_static(fresh.cache_control()));
    told.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    told.insert(header::ETAG, HeaderValue::from_str(&tag).ok()?);
    if let Some(encoding) = encoding.filter(|_| !is_known) {
        told.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// The content's own name: another content, and another form of it, has another one.
fn tag(file: &EmbeddedFile) -> String {
    let hash: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hash}\"")
}

fn same(known: &str, tag: &str) -> bool {
    known.strip_prefix("W/").unwrap_or(known) == tag
}

fn with_charset(media_type: &str) -> String {
    match media_type.starts_with("text/") {
        true => format!("{media_type}; charset=utf-8"),
        false => media_type.to_owned(),
    }
}

/// Whether the browser takes a form that it names in `Accept-Encoding`, and does not refuse by a weight of 0.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    header_values(headers, header::ACCEPT_ENCODING).any(|value| {
        let (name, weight) = value.split_once(';').unwrap_or((value, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(encoding) && weight != Some(0.0)
    })
}

/// The parts between the commas of a header.
fn header_values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_unless_it_is_refused() {
        let takes = |value: &str, encoding: &str| {
            accepts(&[(header::ACCEPT_ENCODING, value.parse().unwrap())].into_iter().collect(), encoding)
        };
        assert!(takes("gzip, deflate, br, zstd", "br"));
        assert!(takes("GZIP;q=0.5", "gzip"));
        assert!(!takes("gzip, br;q=0", "br"));
        assert!(!takes("gzip, br; q=0.0", "br"));
        assert!(!takes("deflate", "gzip"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn tags_are_compared_weakly() {
        assert!(same("\"abc\"", "\"abc\""));
        assert!(same("W/\"abc\"", "\"abc\""));
        assert!(!same("\"abd\"", "\"abc\""));
    }
}
