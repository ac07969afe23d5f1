//! What attribution must know of the server that SQL cannot tell: whether its time is up, and which other triggers a
//! table has.

use pgrx::prelude::*;
use std::cell::Cell;
use std::ffi::{CStr, CString, c_int};

use crate::settings;

thread_local! {
    /// When the last `statement_timeout` ran out that attribution survived, in microseconds since PostgreSQL's epoch.
    static SURVIVED: Cell<i64> = const { Cell::new(0) };
    /// The start of the last transaction in which attribution gave up.
    static GAVE_UP_IN: Cell<i64> = const { Cell::new(0) };
}

/// PostgreSQL's number of the timer behind `statement_timeout` (`TimeoutId` in `utils/timeout.h`, 15 to 18).
const STATEMENT_TIMEOUT: c_int = 3;

/// Our triggers that fire after INSERT or UPDATE of orders (`_campaign_attach`).
const OURS: [&CStr; 4] =
    [c"zz_campaign_200_convert", c"zz_campaign_300_correct", c"zz_campaign_400_commit", c"zz_campaign_450_follow"];

// Of trigger types, in `catalog/pg_trigger.h`.
const BEFORE: i16 = 1 << 1;
const INSERT: i16 = 1 << 2;
const UPDATE: i16 = 1 << 4;
const INSTEAD: i16 = 1 << 6;

// From `utils/timeout.h`, which pgrx does not bind. None of them raises an error.
unsafe extern "C" {
    fn get_timeout_active(id: c_int) -> bool;
    fn get_timeout_finish_time(id: c_int) -> i64;
    fn enable_timeout_after(id: c_int, delay_ms: c_int);
}

/// Whether the query_canceled just caught came from `statement_timeout`, and not from a user. The statement then gets its
/// time once more, so that it stays bounded. True once for each time the timeout ran out.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_timed_out() -> bool {
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

/// From now to the end of this transaction, attribution of orders is not tried but recorded as failed.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_give_up() {
    // SAFETY: reads this backend's transaction state.
    GAVE_UP_IN.set(unsafe { pg_sys::GetCurrentTransactionStartTimestamp() });
}

/// Begins a piece of attribution: locks are waited for no longer than `campaign.lock_timeout`, until the end of the
/// caller's block. Error 55P03 when attribution gave up in this transaction: a lock or a timeout that cost one order its
/// time would cost the next one as much.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_check_time() {
    let limit = settings::lock_timeout_millis();
    // SAFETY: reads a setting of this backend.
    let shops_own = unsafe { pg_sys::LockTimeout };
    if limit > 0 && (shops_own == 0 || shops_own > limit) {
        // A block with an exception clause is a subtransaction, and what is set in this way ends with it.
        if let Ok(value) = CString::new(limit.to_string()) {
            // SAFETY: the strings outlive the call, which copies them.
            unsafe {
                pg_sys::set_config_option(
                    c"lock_timeout".as_ptr(),
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
    }
    // SAFETY: reads this backend's transaction state.
    if GAVE_UP_IN.get() == unsafe { pg_sys::GetCurrentTransactionStartTimestamp() } {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE,
            "not tried: attribution ran out of time earlier in this transaction"
        );
    }
}

/// Whether a table has triggers of others that fire after INSERT or UPDATE, and so may write the same rows once more
/// before our statement triggers see them.
#[pg_extern(stable, parallel_safe, strict)]
fn _campaign_other_triggers(relation: pg_sys::Oid) -> bool {
    // SAFETY: the caller is a trigger on the table, which is locked for it; its triggers do not change while it is open.
    unsafe {
        let relation = pg_sys::RelationIdGetRelation(relation);
        if relation.is_null() {
            return false;
        }
        let description = (*relation).trigdesc;
        let found = !description.is_null()
            && std::slice::from_raw_parts((*description).triggers, (*description).numtriggers as usize).iter().any(
                |trigger| {
                    !trigger.tgisinternal
                        && trigger.tgtype & (BEFORE | INSTEAD) == 0
                        && trigger.tgtype & (INSERT | UPDATE) != 0
                        && !OURS.contains(&CStr::from_ptr(trigger.tgname))
                },
            );
        pg_sys::RelationClose(relation);
        found
    }
}
