//! Who may call what: a key stands for a role, a route asks for a role.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq;

use crate::errors::Error;
use crate::router::App;

/// What a key may do; the greater includes the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Analyst,
    /// Everything.
    Admin,
}

/// The keys this server knows.
pub struct Keys {
    admin: Option<String>,
}

impl Keys {
    pub fn new(admin: Option<String>) -> Self {
        Self { admin }
    }

    /// The role of a key, `None` for an unknown one. Takes the same time wherever two keys of one length differ.
    fn role_of(&self, key: &str) -> Option<Role> {
        let admin = self.admin.as_deref()?;
        bool::from(admin.as_bytes().ct_eq(key.as_bytes())).then_some(Role::Admin)
    }

    fn check(&self, headers: &HeaderMap, needed: Role) -> Result<(), Error> {
        let key = bearer(headers).ok_or(Error::Unauthorized)?;
        let role = self.role_of(key).ok_or(Error::Unauthorized)?;
        if role >= needed {
            Ok(())
        } else {
            Err(Error::Forbidden)
        }
    }
}

/// Lets a request pass whose key has at least the role.
pub async fn require(
    State((app, role)): State<(App, Role)>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    app.keys.check(request.headers(), role)?;
    Ok(next.run(request).await)
}

/// The key of an `Authorization: Bearer <key>` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(header::AUTHORIZATION, value.parse().unwrap())]
            .into_iter()
            .collect()
    }

    #[test]
    fn only_the_right_key_passes() {
        let keys = Keys::new(Some("secret".to_owned()));
        for right in ["Bearer secret", "bearer secret", "Bearer  secret "] {
            assert!(keys.check(&headers(right), Role::Admin).is_ok(), "{right}");
        }
        for wrong in [
            "Bearer secret2",
            "Bearer secre",
            "Bearer ",
            "Bearer",
            "Basic secret",
            "secret",
        ] {
            assert!(
                matches!(
                    keys.check(&headers(wrong), Role::Analyst),
                    Err(Error::Unauthorized)
                ),
                "{wrong}"
            );
        }
        assert!(matches!(
            keys.check(&HeaderMap::new(), Role::Analyst),
            Err(Error::Unauthorized)
        ));
    }

    #[test]
    fn without_a_configured_key_nobody_passes() {
        assert!(
            Keys::new(None)
                .check(&headers("Bearer "), Role::Analyst)
                .is_err()
        );
    }
}
