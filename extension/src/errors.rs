//! Every error of the extension's Rust code, with its SQLSTATE.

use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::fmt;

/// What can go wrong; each becomes a PostgreSQL error with its own SQLSTATE.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// An argument that cannot be (22023).
    InvalidValue(String),
    /// There is no such thing (P0002).
    NotFound(String),
    /// Right now this cannot be done (55000).
    Refused(String),
    /// The caller may not do this (42501).
    NotAllowed(String),
    /// Something that should never be (XX000).
    Internal(String),
}

impl Error {
    /// The SQLSTATE under which PostgreSQL reports this error.
    pub fn sqlstate(&self) -> PgSqlErrorCode {
        match self {
            Error::InvalidValue(_) => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            Error::NotFound(_) => PgSqlErrorCode::ERRCODE_NO_DATA_FOUND,
            Error::Refused(_) => PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            Error::NotAllowed(_) => PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE,
            Error::Internal(_) => PgSqlErrorCode::ERRCODE_INTERNAL_ERROR,
        }
    }

    /// The five characters of the SQLSTATE.
    pub fn sqlstate_text(&self) -> String {
        sqlstate_text(self.sqlstate())
    }
}

/// The five characters of an SQLSTATE, which PostgreSQL packs into six bits each.
pub fn sqlstate_text(code: PgSqlErrorCode) -> String {
    let packed = code as i32;
    (0..5).map(|place| char::from(b'0' + ((packed >> (6 * place)) & 0x3f) as u8)).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InvalidValue(message)
            | Error::NotFound(message)
            | Error::Refused(message)
            | Error::NotAllowed(message)
            | Error::Internal(message) => f.write_str(message),
        }
    }
}

impl From<Error> for ErrorReport {
    #[track_caller]
    fn from(error: Error) -> Self {
        ErrorReport::new(error.sqlstate(), error.to_string(), "pg_campaign")
    }
}

impl From<pgrx::spi::SpiError> for Error {
    fn from(error: pgrx::spi::SpiError) -> Self {
        Error::Internal(format!("query failed: {error}"))
    }
}
