//! Identifiers: UUIDs that sort by the time they were made, and the version of the code.

use pgrx::prelude::*;

/// A new UUIDv7 (RFC 9562): its first 48 bits are the clock's milliseconds, so rows made together lie together.
pub fn new_id() -> pgrx::Uuid {
    pgrx::Uuid::from_bytes(*uuid::Uuid::now_v7().as_bytes())
}

/// A new UUIDv7.
#[pg_extern(volatile, parallel_safe)]
fn _campaign_uuid() -> pgrx::Uuid {
    new_id()
}

/// The version of the loaded library.
#[pg_extern(immutable, parallel_safe)]
fn _campaign_version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
