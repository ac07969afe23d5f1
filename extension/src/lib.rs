//! pg_campaign: campaign clicks, last-touch attribution of orders, and ROI, inside PostgreSQL.

use pgrx::prelude::*;

mod addresses;
mod audience;
mod campaigns;
mod codes;
mod devices;
mod errors;
mod geo;
mod ids;
mod links;
mod orders;
mod plans;
mod settings;
mod snapshots;
mod sql_files;
#[cfg(any(test, feature = "pg_test"))]
mod stories;
mod tracking;

::pgrx::pg_module_magic!(name, version);

#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::register();
}

/// What `cargo pgrx test` asks for.
#[cfg(test)]
pub mod pg_test {
    pub fn setup(_options: Vec<&str>) {}

    #[must_use]
    pub fn postgresql_conf_options() -> Vec<&'static str> {
        vec!["fsync = off", "search_path = 'public, campaign'"]
    }
}
