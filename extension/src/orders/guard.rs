//! The one place where an error of PostgreSQL is caught: within a subtransaction of its own, which is rolled back first.

use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::cell::Cell;
use std::ffi::{CString, c_int};
use std::panic::AssertUnwindSafe;

use crate::settings;

/// Why a piece of attribution failed.
#[derive(Debug, Clone)]
pub struct Failure {
    pub code: PgSqlErrorCode,
    pub message: String,
}

impl Failure {
    /// Its five characters.
    pub fn sqlstate(&self) -> String {
        crate::errors::sqlstate_text(self.code)
    }

    /// Raises it, as the error of the statement that runs.
    pub fn raise(self) -> ! {
        ereport!(ERROR, self.code, self.message);
    }
}

impl From<CaughtError> for Failure {
    fn from(cause: CaughtError) -> Failure {
        let report = match cause {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => report,
            CaughtError::RustPanic { ereport, .. } => ereport,
        };
        Failure { code: report.sql_error_code(), message: report.message().to_owned() }
    }
}

/// Does a piece of attribution so that its failure costs nobody else: as PL/pgSQL does a block with an EXCEPTION clause.
/// Within it, locks are waited for no longer than `campaign.lock_timeout`.
pub fn attempt<T>(body: impl FnOnce() -> T) -> Result<T, Failure> {
    // SAFETY: the order of these calls is that of PL/pgSQL's exec_stmt_block. Whatever happens in the body, the
    // subtransaction that it ran in ends here, and what it left open ends with it.
    unsafe {
        let context = pg_sys::CurrentMemoryContext;
        let resources = pg_sys::CurrentResourceOwner;
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(context);
        let result = PgTryBuilder::new(AssertUnwindSafe(|| {
            limit_waiting();
            Ok(body())
        }))
        .catch_others(|cause| Err(Failure::from(cause)))
        .execute();
        pg_sys::MemoryContextSwitchTo(context);
        match result {
            Ok(_) => pg_sys::ReleaseCurrentSubTransaction(),
            Err(_) => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = resources;
        result
    }
}

thread_local! {
    /// When the last `statement_timeout` ran out that attribution survived, in microseconds since PostgreSQL's epoch.
    static SURVIVED: Cell<i64> = const { Cell::new(0) };
    /// The start of the last transaction in which attribution gave up.
    static GAVE_UP_IN: Cell<i64> = const { Cell::new(0) };
}

/// PostgreSQL's number of the timer behind `statement_timeout` (`TimeoutId` in `utils/timeout.h`, 15 to 18).
const STATEMENT_TIMEOUT: c_int = 3;

// From `utils/timeout.h`, which pgrx does not bind. None of them raises an error.
unsafe extern "C" {
    fn get_timeout_active(id: c_int) -> bool;
    fn get_timeout_finish_time(id: c_int) -> i64;
    fn enable_timeout_after(id: c_int, delay_ms: c_int);
}

/// Whether the query_canceled just caught came from `statement_timeout`, and not from a user. The statement then gets its
/// time once more, so that it stays bounded. True once for each time the timeout ran out.
pub fn timed_out() -> bool {
    // SAFETY: they read this backend's own timers, and set the one that this statement had.
    unsafe {
        let ended = get_timeout_finish_time(STATEMENT_TIMEOUT);
        let ran_out = pg_sys::StatementTimeout > 0
            && !get_timeout_active(STATEMENT_TIMEOUT)
            && ended <= pg_sys::GetCurrentTimestamp()
            && ended >= pg_sys::GetCurrentStatementStartTimestamp()
            && ended != SURVIVED.get();
        if ran_out {
            SURVIVED.set(ended);
            enable_timeout_after(STATEMENT_TIMEOUT, pg_sys::StatementTimeout);
        }
        ran_out
    }
}

/// From now to the end of this transaction, attribution of orders is not tried but recorded as failed: a lock or a
/// timeout that cost one order its time would cost the next one as much.
pub fn give_up() {
    // SAFETY: reads this backend's transaction state.
    GAVE_UP_IN.set(unsafe { pg_sys::GetCurrentTransactionStartTimestamp() });
}

/// Whether attribution gave up in this transaction.
pub fn has_given_up() -> bool {
    // SAFETY: reads this backend's transaction state.
    GAVE_UP_IN.get() == unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }
}

/// Error 55P03 when attribution gave up in this transaction.
pub fn check_time() {
    if has_given_up() {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE,
            "not tried: attribution ran out of time earlier in this transaction"
        );
    }
}

/// Waits for locks no longer than `campaign.lock_timeout`, or the shop's own `lock_timeout` when that is shorter. What is
/// set here ends with the subtransaction that it is set in.
fn limit_waiting() {
    let limit = settings::lock_timeout_millis();
    // SAFETY: reads a setting of this backend.
    let shops_own = unsafe { pg_sys::LockTimeout };
    if limit > 0 && (shops_own == 0 || shops_own > limit) {
        set(c"lock_timeout", &limit.to_string());
    }
}

/// Sets a setting until the end of the innermost GUC nest level, which a subtransaction has too.
pub fn set(name: &std::ffi::CStr, value: &str) {
    let Ok(value) = CString::new(value) else { return };
    // SAFETY: the strings outlive the call, which copies them.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_SAVE,
            true,
            0,
            false,
        );
    }
}
