//! Who is calling: address and user agent of the browser behind a request.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};

use crate::router::App;

/// The other end of the connection; put into each request by the server.
#[derive(Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The browser behind a request.
pub struct Client {
    /// Its address; `None` only when the server was not told the other end.
    pub address: Option<IpAddr>,
    user_agent: Option<HeaderValue>,
    referrer: Option<HeaderValue>,
}

impl Client {
    /// Its `User-Agent` header; `None` when absent or empty.
    pub fn user_agent(&self) -> Option<String> {
        text(self.user_agent.as_ref())
    }

    /// Its `Referer` header; `None` when absent or empty.
    pub fn referrer(&self) -> Option<String> {
        text(self.referrer.as_ref())
    }
}

fn text(header: Option<&HeaderValue>) -> Option<String> {
    Some(String::from_utf8_lossy(header?.as_bytes()).into_owned()).filter(|text| !text.is_empty())
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self {
            address: address_of(&parts.extensions, &parts.headers, app.trusted_proxies),
            user_agent: parts.headers.get(header::USER_AGENT).cloned(),
            referrer: parts.headers.get(header::REFERER).cloned(),
        })
    }
}

/// The visitor's address, behind so many proxies of one's own; `None` only when the server was not told the other end.
pub fn address_of(extensions: &Extensions, headers: &HeaderMap, hops: usize) -> Option<IpAddr> {
    let peer = extensions.get::<Peer>()?.0.ip();
    Some(address(peer, headers, hops))
}

/// The visitor's address: `hops` entries to the left of the connection's other end in the chain of X-Forwarded-For, so
/// that entries a visitor forges on the left are never reached. Stops early at an entry that is not an address.
fn address(peer: IpAddr, headers: &HeaderMap, hops: usize) -> IpAddr {
    let forwarded = headers.get_all("x-forwarded-for").iter().rev();
    let entries = forwarded.flat_map(|value| value.to_str().unwrap_or("").rsplit(','));
    let mut visitor = peer;
    for entry in entries.take(hops) {
        match parse(entry.trim()) {
            Some(address) => visitor = address,
            None => break,
        }
    }
    visitor.to_canonical()
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn parse(entry: &str) -> Option<IpAddr> {
    let bare = || entry.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(forwarded: &[&str], hops: usize) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        address("10.0.0.1".parse().unwrap(), &headers, hops).to_string()
    }

    #[test]
    fn without_proxies_the_header_is_ignored() {
        assert_eq!(seen(&["203.0.113.7"], 0), "10.0.0.1");
    }

    #[test]
    fn counts_from_the_right() {
        assert_eq!(seen(&["1.1.1.1, 203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(seen(&["1.1.1.1, 203.0.113.7, 10.0.0.2"], 2), "203.0.113.7");
        assert_eq!(seen(&["1.1.1.1, 203.0.113.7", "10.0.0.2"], 2), "203.0.113.7");
    }

    #[test]
    fn forged_entries_are_never_reached() {
        for forged in 0..100 {
            assert_eq!(seen(&[&format!("198.51.100.{forged}, 203.0.113.7")], 1), "203.0.113.7");
        }
    }

    #[test]
    fn a_short_or_broken_chain_ends_at_the_last_good_entry() {
        assert_eq!(seen(&[], 1), "10.0.0.1");
        assert_eq!(seen(&["203.0.113.7"], 2), "203.0.113.7");
        assert_eq!(seen(&["unknown"], 1), "10.0.0.1");
        assert_eq!(seen(&["203.0.113.7, unknown, 10.0.0.2"], 3), "10.0.0.2");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses() {
        assert_eq!(seen(&["203.0.113.7:4711"], 1), "203.0.113.7");
        assert_eq!(seen(&["[2001:db8::7]:4711"], 1), "2001:db8::7");
        assert_eq!(seen(&["[2001:db8::7]"], 1), "2001:db8::7");
        assert_eq!(seen(&["2001:db8::7"], 1), "2001:db8::7");
        assert_eq!(seen(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }
}
