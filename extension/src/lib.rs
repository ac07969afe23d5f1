//! pg_campaign: campaign clicks, last-touch attribution of orders, and ROI, inside PostgreSQL.

use pgrx::prelude::*;

mod addresses;
mod campaigns;
mod codes;
mod devices;
mod errors;
mod geo;
mod ids;
mod links;
mod plans;
mod settings;
mod sql_files;
mod tracking;

::pgrx::pg_module_magic!(name, version);

#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    settings::register();
}
