//! What every test stands on: a private PostgreSQL for the run, a database of its own for each test, and the shim.

pub mod cluster;
pub mod contract;
pub mod database;
pub mod shim;

pub use cluster::Cluster;
pub use database::{Database, Failure, Session};
pub use shim::{Reply, Shim};
