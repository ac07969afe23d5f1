//! Short links that count the click on the server, and QR codes of campaigns' links.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::{Color, QrCode};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::client::Client;
use crate::db::{Click, Db};
use crate::errors::Error;
use crate::extract::{CampaignId, Query};
use crate::router::App;
use crate::values::has_controls;

/// How long a landing page is remembered: a campaign that is switched off stops redirecting within this time.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Most landing pages remembered.
const MOST_REMEMBERED: usize = 10_000;

/// The query parameter that hands the session of a click over to the snippet on the landing page.
const SESSION: &str = "campaign_session";

/// Landing pages by tracking code, remembered for some seconds.
#[derive(Default)]
pub struct Landings(Mutex<HashMap<String, (Url, Instant)>>);

impl Landings {
    async fn of(&self, db: &Db, code: &str) -> Result<Url, Error> {
        let key = code.to_uppercase();
        if let Some(url) = self.remembered(&key) {
            return Ok(url);
        }
        let found = db.landing(code).await.map_err(|error| match error.sqlstate() {
            Some("P0002" | "55000" | "22023") => Error::NotFound("there is no such link".to_owned()),
            _ => error,
        })?;
        let url = found.as_deref().and_then(web_address);
        let url = url.ok_or_else(|| Error::NotFound("this campaign has no landing page".to_owned()))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(key, (url.clone(), Instant::now()));
        Ok(url)
    }

    fn remembered(&self, key: &str) -> Option<Url> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(_, since)| since.elapsed() < REMEMBERED).map(|(url, _)| url.clone())
    }
}

/// Counts the click and sends the visitor on. When the click cannot be recorded the visitor still arrives, and the
/// snippet there records it. A HEAD request is no click.
pub async fn follow(
    State(app): State<App>,
    method: Method,
    client: Client,
    Code(code): Code,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let landing = app.landings.of(&app.db, &code).await?;
    let session = if method == Method::HEAD { None } else { record(&app, client, code, &landing).await };
    Ok(found(&destination(landing, query.as_deref().unwrap_or(""), session)))
}

/// The session of a recorded click; `None` for a bot's and for one that could not be recorded.
async fn record(app: &App, client: Client, code: String, landing: &Url) -> Option<String> {
    let session = Uuid::new_v4().to_string();
    let click = Click {
        tracking_code: Some(code),
        session_id: Some(session.clone()),
        landing_page: Some(landing.to_string()),
        user_agent: client.user_agent(),
        referrer: client.referrer(),
        ip_address: client.address.map(|address| address.to_string()),
    };
    app.visits.write(click).await.ok()?.visit_id.map(|_| session)
}

/// The landing page with what else stood in the short link's query; what the landing page says itself stands.
fn destination(mut landing: Url, query: &str, session: Option<String>) -> Url {
    let own: HashSet<String> = landing.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let more: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name != SESSION && !own.contains(name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .chain(session.map(|session| (SESSION.to_owned(), session)))
        .collect();
    if !more.is_empty() {
        landing.query_pairs_mut().extend_pairs(more);
    }
    landing
}

fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn found(destination: &Url) -> Response {
    match HeaderValue::from_str(destination.as_str()) {
        Ok(location) => {
            let no_store = HeaderValue::from_static("no-store");
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, no_store)];
            (StatusCode::FOUND, headers, "This link leads on.\n").into_response()
        }
        Err(error) => Error::Unwritable(Box::new(error)).into_response(),
    }
}

/// The tracking code in the path. What cannot be one is the code of no campaign.
pub struct Code(String);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Code {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, state: &S) -> Result<Self, Error> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(code)) if !has_controls(&code) && code.len() <= 200 => Ok(Self(code)),
            _ => Err(Error::NotFound("there is no such link".to_owned())),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    #[serde(default = "usual_size")]
    size: Size,
}

/// The width and height of an image, 64 to 2048 pixels.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
struct Size(u32);

impl TryFrom<u32> for Size {
    type Error = &'static str;

    fn try_from(size: u32) -> Result<Self, &'static str> {
        match size {
            64..=2048 => Ok(Self(size)),
            _ => Err("must lie between 64 and 2048"),
        }
    }
}

fn usual_size() -> Size {
    Size(512)
}

pub async fn qr_svg(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(Image { size }): Query<Image>,
) -> Result<Response, Error> {
    let code = qr(&db, id).await?;
    Ok(image("image/svg+xml", svg(&code, size).into_bytes()))
}

pub async fn qr_png(
    State(db): State<Db>,
    CampaignId(id): CampaignId,
    Query(Image { size }): Query<Image>,
) -> Result<Response, Error> {
    let code = qr(&db, id).await?;
    Ok(image("image/png", png(&code, size).map_err(|error| Error::Unwritable(Box::new(error)))?))
}

async fn qr(db: &Db, id: Uuid) -> Result<QrCode, Error> {
    let url = db.tracking_url(id).await?;
    let url = url.ok_or_else(|| Error::NotFound("this campaign has no landing page".to_owned()))?;
    QrCode::new(url).map_err(|_| Error::Invalid("the campaign's link is too long for a QR code".to_owned()))
}

fn image(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")];
    (headers, bytes).into_response()
}

fn svg(code: &QrCode, Size(size): Size) -> String {
    code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(size, size).build()
}

/// Black and white, one bit a pixel, with the margin of four modules that readers need.
fn png(code: &QrCode, Size(size): Size) -> Result<Vec<u8>, png::EncodingError> {
    const MARGIN: usize = 4;
    let modules = code.width() + 2 * MARGIN;
    let scale = (size as usize / modules).max(1);
    let side = modules * scale;
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let place = |pixel: usize| (pixel / scale).checked_sub(MARGIN).filter(|module| *module < code.width());
        matches!((place(x), place(y)), (Some(x), Some(y)) if colors[y * code.width() + x] == Color::Dark)
    };
    let bytes_a_row = side.div_ceil(8);
    let mut pixels = vec![0xff; bytes_a_row * side];
    for y in 0..side {
        for x in (0..side).filter(|x| is_dark(*x, y)) {
            pixels[y * bytes_a_row + x / 8] &= !(0x80 >> (x % 8));
        }
    }
    let mut file = Vec::new();
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_to(landing: &str, query: &str, session: Option<&str>) -> String {
        destination(web_address(landing).unwrap(), query, session.map(str::to_owned)).to_string()
    }

    #[test]
    fn what_stood_in_the_link_is_kept() {
        let landing = "https://shop.example/dress?utm_campaign=INSTA_01#reviews";
        assert_eq!(
            sent_to(landing, "gclid=a%20b&utm_campaign=OTHER&campaign_session=forged", Some("s1")),
            "https://shop.example/dress?utm_campaign=INSTA_01&gclid=a+b&campaign_session=s1#reviews"
        );
        assert_eq!(sent_to(landing, "", None), landing);
    }

    #[test]
    fn only_web_addresses_are_landing_pages() {
        for bad in ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/path", "ftp://x.example", ""] {
            assert!(web_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_line_end_never_reaches_the_header() {
        let url = sent_to("https://shop.example/", "a=%0d%0aSet-Cookie:x&%00=1", None);
        assert!(!url.contains(['\r', '\n', '\0']), "{url}");
    }

    #[test]
    fn images_have_their_form() {
        let code = QrCode::new("https://shop.example?utm_campaign=INSTA_01").unwrap();
        assert!(png(&code, Size(64)).unwrap().starts_with(b"\x89PNG"));
        assert!(svg(&code, Size(512)).contains("<svg"));
        assert!(Size::try_from(63).is_err() && Size::try_from(2049).is_err());
    }
}
