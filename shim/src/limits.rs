//! How often one address, and all together, may call the public routes.

use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{DefaultDirectRateLimiter, NotUntil, Quota, RateLimiter};

use crate::client::address_of;
use crate::errors::Error;
use crate::extract::drain;
use crate::router::App;

/// A rate per second, and how many may come at once after a quiet time.
#[derive(Clone, Copy)]
pub struct Rate {
    pub per_second: NonZeroU32,
    pub burst: NonZeroU32,
}

impl Rate {
    fn quota(self) -> Quota {
        Quota::per_second(self.per_second).allow_burst(self.burst)
    }
}

/// Counts requests. Addresses are counted in 65,536 buckets by a hash that is different at each start: the key's type
/// bounds the memory, and nobody can choose whose bucket to share.
pub struct Limits {
    addresses: Option<RateLimiter<u16, HashMapStateStore<u16>, DefaultClock>>,
    overall: Option<DefaultDirectRateLimiter>,
    hash: RandomState,
    clock: DefaultClock,
}

impl Limits {
    /// `None` does not limit.
    pub fn new(address: Option<Rate>, overall: Option<Rate>) -> Self {
        Self {
            addresses: address.map(|rate| RateLimiter::hashmap(rate.quota())),
            overall: overall.map(|rate| RateLimiter::direct(rate.quota())),
            hash: RandomState::new(),
            clock: DefaultClock::default(),
        }
    }

    /// Counts a request; an error says when to come back. An unknown address is one of its own.
    pub fn check(&self, address: Option<IpAddr>) -> Result<(), Error> {
        let wait = |refused: NotUntil<_>| Error::TooMany(refused.wait_time_from(self.clock.now()));
        if let Some(addresses) = &self.addresses {
            addresses.check_key(&self.bucket(address)).map_err(wait)?;
        }
        if let Some(overall) = &self.overall {
            overall.check().map_err(wait)?;
        }
        Ok(())
    }

    fn bucket(&self, address: Option<IpAddr>) -> u16 {
        let [high, low, ..] = self.hash.hash_one(address.map(network)).to_le_bytes();
        u16::from_le_bytes([high, low])
    }
}

/// Who shares one budget: an IPv4 address, or the /64 network of an IPv6 address, which is one customer of a provider.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Lets a request pass that is within the limits.
pub async fn limited(State(app): State<App>, request: Request, next: Next) -> Result<Response, Error> {
    let address = address_of(request.extensions(), request.headers(), app.trusted_proxies);
    if let Err(refused) = app.limits.check(address) {
        drain(request.into_body()).await;
        return Err(refused);
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: u32, burst: u32) -> Option<Rate> {
        Some(Rate { per_second: NonZeroU32::new(per_second)?, burst: NonZeroU32::new(burst)? })
    }

    fn passed(limits: &Limits, addresses: impl Iterator<Item = String>) -> usize {
        addresses.filter(|address| limits.check(Some(address.parse().unwrap())).is_ok()).count()
    }

    #[test]
    fn one_address_is_one_bucket() {
        let limits = Limits::new(rate(1, 5), None);
        assert_eq!(passed(&limits, (0..100).map(|_| "203.0.113.7".to_owned())), 5);
        assert_eq!(passed(&limits, (0..1).map(|_| "203.0.113.8".to_owned())), 1);
        assert_eq!(passed(&limits, (0..1).map(|_| "::ffff:203.0.113.7".to_owned())), 0);
    }

    #[test]
    fn an_ipv6_network_is_one_bucket() {
        let limits = Limits::new(rate(1, 5), None);
        assert_eq!(passed(&limits, (0..100).map(|host| format!("2001:db8:0:1::{host:x}"))), 5);
        assert_eq!(passed(&limits, (0..3).map(|host| format!("2001:db8:0:2::{host:x}"))), 3);
    }

    #[test]
    fn all_together_are_limited_too() {
        let limits = Limits::new(None, rate(1, 5));
        assert_eq!(passed(&limits, (0..100).map(|host| format!("203.0.113.{host}"))), 5);
        assert!(matches!(limits.check(None), Err(Error::TooMany(wait)) if wait.as_secs() <= 1));
    }

    #[test]
    fn without_limits_all_pass() {
        assert_eq!(passed(&Limits::new(None, None), (0..1000).map(|_| "203.0.113.7".to_owned())), 1000);
    }
}
