//! Who may call what: a key stands for a role, a route asks for a role.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::client::address_of;
use crate::db::Db;
use crate::errors::Error;
use crate::extract::drain;
use crate::router::App;

/// How long the role of a good key is remembered: a revoked key stops working within this time.
const REMEMBERED: Duration = Duration::from_secs(3);

/// Most keys remembered.
const MOST_REMEMBERED: usize = 1_000;

/// What a key may do; the greater includes the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Analyst,
    /// Everything.
    Admin,
}

impl Role {
    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "analyst" => Some(Self::Analyst),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

type Fingerprint = [u8; 32];

/// The configured key of the administrator, and the database's keys seen lately. Only SHA-256 digests are kept.
pub struct Keys {
    admin: Option<Fingerprint>,
    known: Mutex<HashMap<Fingerprint, (Role, Instant)>>,
}

impl Keys {
    pub fn new(admin: Option<String>) -> Self {
        Self { admin: admin.as_deref().map(fingerprint), known: Mutex::default() }
    }

    /// Forgets the database's keys, so that each is looked up again.
    pub fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The role of a key that needs no look-up. Takes the same time for every wrong key.
    fn role_at_hand(&self, key: &Fingerprint) -> Option<Role> {
        if self.admin.is_some_and(|admin| bool::from(admin.ct_eq(key))) {
            return Some(Role::Admin);
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|(_, since)| since.elapsed() < REMEMBERED).map(|(role, _)| *role)
    }

    /// Asks the database.
    async fn look_up(&self, db: &Db, key: &str) -> Result<Option<Role>, Error> {
        // Counted from before the question, so that the answer is never older than it is taken for.
        let since = Instant::now();
        let role = db.key_role(key).await?.as_deref().and_then(Role::named);
        if let Some(role) = role {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= MOST_REMEMBERED {
                known.clear();
            }
            known.insert(fingerprint(key), (role, since));
        }
        Ok(role)
    }
}

fn fingerprint(key: &str) -> Fingerprint {
    Sha256::digest(key).into()
}

/// Lets a request pass whose key has at least the role, and tells the handler what the key may do. A key that is not at hand counts against the limits of its
/// caller's address, so that keys cannot be tried by the thousand.
pub async fn require(
    State((app, needed)): State<(App, Role)>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let address = address_of(request.extensions(), request.headers(), app.trusted_proxies);
    let role = role_of(&app, &request).map_err(|key| key.map(str::to_owned));
    match permit(&app, needed, role, address).await {
        Ok(role) => {
            request.extensions_mut().insert(role);
            Ok(next.run(request).await)
        }
        Err(refused) => {
            drain(request.into_body()).await;
            Err(refused)
        }
    }
}

async fn permit(
    app: &App,
    needed: Role,
    role: Result<Role, Option<String>>,
    address: Option<IpAddr>,
) -> Result<Role, Error> {
    let role = match role {
        Ok(role) => role,
        Err(unknown) => {
            app.limits.check(address)?;
            let key = unknown.ok_or(Error::Unauthorized)?;
            app.keys.look_up(&app.db, &key).await?.ok_or(Error::Unauthorized)?
        }
    };
    match role >= needed {
        true => Ok(role),
        false => Err(Error::Forbidden),
    }
}

/// The role of the request's key; an error with the key when it must be looked up, without when it has none that could
/// be one.
fn role_of<'a>(app: &App, request: &'a Request) -> Result<Role, Option<&'a str>> {
    let key = bearer(request.headers()).ok_or(None)?;
    let at_hand = app.keys.role_at_hand(&fingerprint(key));
    at_hand.ok_or_else(|| Some(key).filter(|key| key.starts_with("pgc_") && key.len() < 200))
}

/// The key of an `Authorization: Bearer <key>` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn a_key_comes_as_a_bearer_token() {
        for good in ["Bearer secret", "bearer secret", "Bearer  secret "] {
            assert_eq!(bearer(&headers(good)), Some("secret"), "{good}");
        }
        for bad in ["Bearer", "Basic secret", "secret"] {
            assert_eq!(bearer(&headers(bad)), None, "{bad}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn only_the_configured_key_is_the_administrator() {
        let keys = Keys::new(Some("secret".to_owned()));
        assert_eq!(keys.role_at_hand(&fingerprint("secret")), Some(Role::Admin));
        for wrong in ["secret2", "secre", ""] {
            assert_eq!(keys.role_at_hand(&fingerprint(wrong)), None, "{wrong}");
        }
        assert_eq!(Keys::new(None).role_at_hand(&fingerprint("")), None);
    }
}
