//! Which campaign a tracking code means, remembered by each backend.
//!
//! Every click asks this, and campaigns hardly ever change. A trigger on the table of campaigns tells all backends of
//! a change through PostgreSQL's own cache invalidation, which a backend takes in before its next transaction: a click
//! that begins after a campaign was deactivated is refused.

use pgrx::prelude::*;
use pgrx::spi::SpiClient;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::errors::Error;
use crate::plans::kept;

/// A campaign as a click needs it.
#[derive(Clone, Copy)]
pub struct Campaign {
    pub id: pgrx::Uuid,
    pub is_active: bool,
}

const FIND: &str = "select id, is_active from campaigns where upper(tracking_code) = upper($1)";

/// More spellings than this are not remembered: codes come from outside.
const MOST_REMEMBERED: usize = 10_000;

thread_local! {
    /// By the code as it was spelled, in one schema.
    static REMEMBERED: RefCell<HashMap<String, Campaign>> = RefCell::default();
    static SCHEMA: Cell<pg_sys::Oid> = const { Cell::new(pg_sys::InvalidOid) };
    /// The table that the remembered campaigns were read from.
    static TABLE: Cell<pg_sys::Oid> = const { Cell::new(pg_sys::InvalidOid) };
    /// Grows with every change: what was read before a change is not remembered after it.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps campaigns from being deleted until this transaction ends: `campaign_delete` locks the visits against writers.
/// What [`find`] says after this stays true.
pub fn hold(schema: pg_sys::Oid) -> Result<(), Error> {
    // SAFETY: look-ups by name in the system caches; the lock is the one that writing visits takes anyway.
    unsafe {
        let visits = pg_sys::get_relname_relid(c"campaign_visits".as_ptr(), schema);
        if visits == pg_sys::InvalidOid {
            return Err(Error::Refused("the tables are missing: call campaign_install() first".to_owned()));
        }
        pg_sys::LockRelationOid(visits, pg_sys::RowExclusiveLock as pg_sys::LOCKMODE);
    }
    Ok(())
}

/// The campaign that has this tracking code, compared without case; `None` when none has.
pub fn find(client: &mut SpiClient<'_>, schema: pg_sys::Oid, code: &str) -> Result<Option<Campaign>, Error> {
    listen();
    if SCHEMA.replace(schema) != schema {
        forget();
    }
    if let Some(campaign) = REMEMBERED.with_borrow(|remembered| remembered.get(code).copied()) {
        return Ok(Some(campaign));
    }
    let changes = CHANGES.get();
    // SAFETY: a look-up by name in the system caches.
    TABLE.set(unsafe { pg_sys::get_relname_relid(c"campaigns".as_ptr(), schema) });
    let plan = kept(client, schema, FIND, &[PgBuiltInOids::TEXTOID])?;
    // An update takes a snapshot of its own: younger than every change that this backend has been told of.
    let rows = client.update(&*plan, Some(1), &[code.into()])?;
    if rows.is_empty() {
        return Ok(None);
    }
    let row = rows.first();
    let (Some(id), Some(is_active)) = row.get_two::<pgrx::Uuid, bool>()? else {
        return Err(Error::Internal("a campaign without id or state".to_owned()));
    };
    let campaign = Campaign { id, is_active };
    // SAFETY: reads the isolation level of the current transaction.
    let sees_the_present = unsafe { pg_sys::XactIsoLevel } < pg_sys::XACT_REPEATABLE_READ as i32;
    if sees_the_present && changes == CHANGES.get() {
        REMEMBERED.with_borrow_mut(|remembered| {
            if remembered.len() >= MOST_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(code.to_owned(), campaign);
        });
    }
    Ok(Some(campaign))
}

fn forget() {
    CHANGES.set(CHANGES.get() + 1);
    REMEMBERED.with_borrow_mut(HashMap::clear);
}

/// Asks PostgreSQL, once a backend, to be told when the definition or (by our trigger) the rows of a table change.
fn listen() {
    if IS_LISTENING.replace(true) {
        return;
    }
    // SAFETY: the callback lives as long as the library, which is never unloaded.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), pg_sys::Datum::from(0)) };
}

#[pg_guard]
unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    // No relation named means that all may have changed.
    if relation == TABLE.get() || relation == pg_sys::InvalidOid {
        forget();
    }
}

/// Statement trigger on campaigns: tells every backend that its rows have changed.
#[pg_trigger]
fn _campaign_tell_change<'a>(
    trigger: &'a PgTrigger<'a>,
) -> Result<Option<PgHeapTuple<'a, impl WhoAllocated>>, pgrx::trigger_support::PgTriggerError> {
    let relation = trigger.relid()?;
    // SAFETY: the relation is the one whose trigger is running.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(relation) };
    Ok(None::<PgHeapTuple<'a, AllocatedByPostgres>>)
}
