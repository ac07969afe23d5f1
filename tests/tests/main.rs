//! The product's stories, one file a subject, in one program, so that one PostgreSQL serves the whole run.

mod attackers;
mod attribution;
mod concurrency;
mod crash;
mod dashboard;
mod demo;
mod dump;
mod every_shop;
mod harmless;
mod hostile;
mod http;
mod lives;
mod management;
mod memory;
mod operation;
mod pages;
mod reports;
mod roles;
mod routes;
mod setup;
mod shops;
mod snapshots;
mod tls;
mod tracking;
