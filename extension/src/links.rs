//! Trackable links: a page's address with the campaign's code in `utm_campaign`.

use crate::errors::Error;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::borrow::Cow;
use url::{Url, form_urlencoded};

/// The query parameter that carries the tracking code.
const PARAMETER: &str = "utm_campaign";

/// Longest address accepted, in bytes; browsers and platforms cut longer ones.
const LONGEST: usize = 2048;

/// `base_url` with the tracking code in its query string.
///
/// A code already there is replaced; other parameters, their order and spelling, and the fragment stay as they
/// are: `https://shop.com/a?b=1#c` becomes `https://shop.com/a?b=1&utm_campaign=CODE#c`.
/// The error is a message for the user, as from [`check_url`].
pub(crate) fn with_code(base_url: &str, code: &str) -> Result<String, String> {
    check_url(base_url)?;
    let (page, fragment) = match base_url.find('#') {
        Some(at) => base_url.split_at(at),
        None => (base_url, ""),
    };
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let code: String = form_urlencoded::byte_serialize(code.as_bytes()).collect();
    let tracked = format!("{PARAMETER}={code}");

    let mut parameters: Vec<&str> = Vec::new();
    let mut placed = false;
    for parameter in query.split('&') {
        if !carries_code(parameter) {
            parameters.push(parameter);
        } else if !placed {
            parameters.push(&tracked);
            placed = true;
        }
    }
    if !placed {
        // "?" and "?a=1&" end in an empty parameter: its place is free.
        if parameters.last() == Some(&"") {
            parameters.pop();
        }
        parameters.push(&tracked);
    }
    Ok(format!("{path}?{}{fragment}", parameters.join("&")))
}

/// The host a referrer names, in lower case, without user, port, path or query; `None` when it names none. Referrers come
/// from browsers and apps as they please: there may be no scheme, or one of an app.
pub(crate) fn host(url: &str) -> Option<Cow<'_, str>> {
    let rest = match url.split_once("//") {
        Some((scheme, rest)) if scheme.is_empty() || is_scheme(scheme) => rest,
        _ => url,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host_and_port.find(']') {
        Some(end) if host_and_port.starts_with('[') => &host_and_port[..=end],
        _ => host_and_port.split(':').next().unwrap_or_default(),
    };
    match host {
        "" => None,
        host if host.chars().any(char::is_uppercase) => Some(Cow::Owned(host.to_lowercase())),
        host => Some(Cow::Borrowed(host)),
    }
}

fn is_scheme(text: &str) -> bool {
    text.strip_suffix(':').is_some_and(|scheme| !scheme.is_empty() && !scheme.contains([':', '/', '?', '#']))
}

/// The host of a URL in lower case, without user, port, path or query; NULL when the text holds no host.
#[pg_extern(immutable, parallel_safe, strict)]
fn _campaign_host(url: &str) -> Option<String> {
    host(url).map(Cow::into_owned)
}

/// Whether `url` can be linked to: `http` or `https`, a host, no user name or password, nothing that would have
/// to be percent-encoded, at most 2048 bytes. The error is a message for the user.
pub(crate) fn check_url(url: &str) -> Result<(), String> {
    let refused = |why: &str| {
        let shown: String = url.chars().take(100).collect();
        Err(format!("URL {shown:?} {why}"))
    };
    if url.len() > LONGEST {
        return refused(&format!("is longer than {LONGEST} bytes"));
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '`')) {
        return refused("contains a blank or a character that must be percent-encoded");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return refused("must start with http:// or https://");
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return refused("must start with http:// or https://");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() {
        return refused("has no host");
    }
    if host.contains('@') {
        return Err("URL must not contain a user name or password".to_owned());
    }
    match Url::parse(url) {
        Ok(_) => Ok(()),
        Err(error) => refused(&format!("is not valid: {error}")),
    }
}

fn carries_code(parameter: &str) -> bool {
    form_urlencoded::parse(parameter.as_bytes()).any(|(name, _)| name == PARAMETER)
}

/// An address with a tracking code in its query string. NULL for NULL; an unusable address is error 22023.
#[pg_extern(name = "_campaign_link", immutable, parallel_safe, strict)]
fn campaign_link(base_url: &str, code: &str) -> Result<String, ErrorReport> {
    with_code(base_url, code).map_err(|message| Error::InvalidValue(message).into())
}

/// What is wrong with an address given by a user; NULL when nothing is, or the address is NULL.
#[pg_extern(name = "_campaign_url_check", immutable, parallel_safe, strict)]
fn campaign_url_check(url: &str) -> Option<String> {
    check_url(url).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(base_url: &str) -> String {
        with_code(base_url, "CODE").unwrap()
    }

    #[test]
    fn the_plans_link() {
        assert_eq!(
            with_code("https://yourstore.com", "INSTA_SUMMER_DRESS_01").unwrap(),
            "https://yourstore.com?utm_campaign=INSTA_SUMMER_DRESS_01"
        );
    }

    #[test]
    fn path_query_and_fragment_stay() {
        assert_eq!(link("https://a.com/"), "https://a.com/?utm_campaign=CODE");
        assert_eq!(link("https://a.com/b/c"), "https://a.com/b/c?utm_campaign=CODE");
        assert_eq!(link("https://a.com/?b=1"), "https://a.com/?b=1&utm_campaign=CODE");
        assert_eq!(link("https://a.com#top"), "https://a.com?utm_campaign=CODE#top");
        assert_eq!(link("https://a.com/b?c=1#d?e=2"), "https://a.com/b?c=1&utm_campaign=CODE#d?e=2");
        assert_eq!(link("https://a.com/#/product?x=1"), "https://a.com/?utm_campaign=CODE#/product?x=1");
    }

    #[test]
    fn spelling_stays() {
        assert_eq!(
            link("HTTPS://A.com:8443/%7Eb?q=a+b%20c&flag&=&&e=é;f"),
            "HTTPS://A.com:8443/%7Eb?q=a+b%20c&flag&=&&e=é;f&utm_campaign=CODE"
        );
        assert_eq!(link("https://a.com?b=c?d"), "https://a.com?b=c?d&utm_campaign=CODE");
    }

    #[test]
    fn empty_queries() {
        assert_eq!(link("https://a.com?"), "https://a.com?utm_campaign=CODE");
        assert_eq!(link("https://a.com?b=1&"), "https://a.com?b=1&utm_campaign=CODE");
        assert_eq!(link("https://a.com?#b"), "https://a.com?utm_campaign=CODE#b");
    }

    #[test]
    fn a_code_already_there_is_replaced() {
        assert_eq!(link("https://a.com?utm_campaign=OLD&utm_source=x"), "https://a.com?utm_campaign=CODE&utm_source=x");
        assert_eq!(
            link("https://a.com?a=1&utm_campaign=OLD&b=2&utm_campaign=OLDER#c"),
            "https://a.com?a=1&utm_campaign=CODE&b=2#c"
        );
        assert_eq!(link("https://a.com?utm_campaign"), "https://a.com?utm_campaign=CODE");
        assert_eq!(link("https://a.com?utm%5Fcampaign=OLD"), "https://a.com?utm_campaign=CODE");
        assert_eq!(
            link("https://a.com?utm_campaigns=1&my_utm_campaign=2"),
            "https://a.com?utm_campaigns=1&my_utm_campaign=2&utm_campaign=CODE"
        );
        assert_eq!(link(&link("https://a.com?b=1")), link("https://a.com?b=1"));
    }

    #[test]
    fn a_strange_code_is_encoded() {
        assert_eq!(with_code("https://a.com", "a b&c=d#e").unwrap(), "https://a.com?utm_campaign=a+b%26c%3Dd%23e");
    }

    #[test]
    fn international_names() {
        assert_eq!(
            link("https://müller.example/größe?farbe=grün"),
            "https://müller.example/größe?farbe=grün&utm_campaign=CODE"
        );
        assert_eq!(link("https://xn--mller-kva.example"), "https://xn--mller-kva.example?utm_campaign=CODE");
        assert!(check_url("https://例え.jp/夏").is_ok());
    }

    #[test]
    fn good_hosts() {
        for url in [
            "http://localhost:3000",
            "http://127.0.0.1/",
            "http://[2001:db8::1]:8080/a",
            "https://instagram.com/p/xyz123",
            "https://a.com/@name",
            "https://a.com/?mail=a@b.com",
            "https://a.com/?next=https://b.com/",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn bad_addresses() {
        for url in [
            "",
            "yourstore.com",
            "//yourstore.com",
            "https:",
            "https:/yourstore.com",
            "https://",
            "https:///path",
            "https://?q",
            "https://#top",
            "https://:80/",
            "ftp://yourstore.com",
            "javascript:alert(1)",
            "javascript://a.com/%0aalert(1)",
            "data:text/html,x",
            "mailto:a@b.com",
            " https://a.com",
            "https://a.com ",
            "https://a.com/b c",
            "https://a.com/\n",
            "https://a.com/\u{0}",
            "https://a.com/\u{a0}",
            "https://a.com\\b",
            "https://a.com/<script>",
            "https://a.com/\"",
            "https://user@a.com",
            "https://user:secret@a.com/",
            "https://@a.com/",
            "https://a.com:99999",
            "https://a.com:x",
            "https://[::1",
            "https://a%00b.com",
            "https://256.256.256.256",
        ] {
            assert!(check_url(url).is_err(), "{url}");
            assert!(with_code(url, "CODE").is_err(), "{url}");
        }
        assert!(check_url(&format!("https://a.com/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn referrers_name_their_host() {
        for (url, expected) in [
            ("https://www.Instagram.com/p/xyz?a=b", Some("www.instagram.com")),
            ("http://t.co:443/abc", Some("t.co")),
            ("android-app://com.instagram.android/", Some("com.instagram.android")),
            ("//facebook.com/x", Some("facebook.com")),
            ("facebook.com/x", Some("facebook.com")),
            ("https://user:secret@a.com/", Some("a.com")),
            ("https://[2001:DB8::1]:80/x", Some("[2001:db8::1]")),
            ("https://a.com#https://b.com", Some("a.com")),
            ("a.com/?to=//b.com", Some("a.com")),
            ("https://", None),
            ("/products", None),
            ("", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn messages_name_the_address() {
        assert_eq!(
            check_url("yourstore.com").unwrap_err(),
            "URL \"yourstore.com\" must start with http:// or https://"
        );
        assert_eq!(check_url("https://u:p@a.com").unwrap_err(), "URL must not contain a user name or password");
        assert!(check_url(&"é".repeat(5_000)).unwrap_err().len() < 300);
    }
}
