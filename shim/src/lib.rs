//! The HTTP shim of pg_campaign: one request, one call of an SQL function.
//!
//! The shim holds no business rule. It checks the shape of a request, passes it to the function that knows, and wraps
//! the answer. [`build`] connects and binds, [`Server::run`] serves until told to stop; with port 0 in
//! [`Config::listen`] the system picks a free port, told by [`Server::address`].

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attribution;
mod auth;
mod batch;
mod client;
mod config;
mod db;
mod docs;
mod envelope;
mod errors;
mod extract;
mod health;
mod keys;
mod limits;
mod links;
mod management;
mod metrics;
mod observe;
mod pages;
mod reports;
mod router;
mod server;
mod sheet;
mod shop;
mod snapshots;
mod tls;
mod tracking;
mod values;

pub use config::{Config, LogFormat};
pub use errors::StartError;
pub use observe::logging;
pub use server::{Server, build, check, stop_signal};
