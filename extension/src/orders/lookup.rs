//! Reads of our own tables straight through an index: a third of what the same costs as a statement.
//!
//! What is read so is committed, or of this transaction; no row is locked, and under SERIALIZABLE only the rows read are
//! remembered. The tables must lie on this machine, as they do everywhere today.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ffi::{CStr, c_int};
use std::rc::Rc;

use super::values::KeyType;

/// The schema of the product.
pub const SCHEMA: &CStr = c"campaign";

/// Our tables, their indexes and columns as the catalogue knows them.
#[derive(Debug)]
pub struct Tables {
    /// Who owns them: the rights with which they are written.
    pub owner: pg_sys::Oid,
    pub visits: pg_sys::Oid,
    pub visits_by_session: pg_sys::Oid,
    pub conversions: pg_sys::Oid,
    pub conversions_by_order: pg_sys::Oid,
    pub conversions_by_customer: pg_sys::Oid,
    pub visit: VisitColumns,
    pub conversion: ConversionColumns,
    /// The types of the shop's keys, as the conversions keep them.
    pub order_key: KeyType,
    pub customer_key: KeyType,
}

macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($column:ident: $kind:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name { $(pub $column: i32),* }

        impl $name {
            fn of(relation: pg_sys::Oid) -> $name {
                $name { $($column: column(relation, stringify!($column), pg_sys::$kind)),* }
            }
        }
    };
}

columns! {
    /// The numbers of the columns of campaign_visits that the order's way reads.
    VisitColumns {
        id: UUIDOID, campaign_id: UUIDOID, touch_no: INT4OID, customer_id: ANYELEMENTOID, country: TEXTOID,
        device_type: TEXTOID, visited_at: TIMESTAMPTZOID, clicked_at: TIMESTAMPTZOID, converted: BOOLOID,
        expires_at: TIMESTAMPTZOID,
    }
}
columns! {
    /// The same of campaign_conversions.
    ConversionColumns {
        campaign_id: UUIDOID, visit_id: UUIDOID, session_id: TEXTOID, customer_id: ANYELEMENTOID, currency: TEXTOID,
        order_total: NUMERICOID, refunded: NUMERICOID, cancelled_at: TIMESTAMPTZOID, order_deleted_at: TIMESTAMPTZOID,
    }
}

thread_local! {
    static TABLES: RefCell<Option<Rc<Tables>>> = const { RefCell::new(None) };
    /// Whose changes make what is remembered here, and of the shop, worthless.
    static WATCHED: RefCell<HashSet<pg_sys::Oid>> = RefCell::default();
    /// Grows with every change of a watched table.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
    static LOADED_AT: Cell<u64> = const { Cell::new(0) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// A number that is another one after each change of our tables, or of others that are watched.
pub fn changes() -> u64 {
    CHANGES.get()
}

/// From now on a change of this table's definition, or of its rows where a trigger tells of it, is counted.
pub fn watch(relation: pg_sys::Oid) {
    if !IS_LISTENING.replace(true) {
        // SAFETY: the callback lives as long as the library, which is never unloaded.
        unsafe {
            pg_sys::CacheRegisterRelcacheCallback(Some(relation_changed), pg_sys::Datum::from(0));
            pg_sys::CacheRegisterSyscacheCallback(
                pg_sys::SysCacheIdentifier::NAMESPACEOID as c_int,
                Some(schema_changed),
                pg_sys::Datum::from(0),
            );
        }
    }
    WATCHED.with_borrow_mut(|watched| watched.insert(relation));
}

#[pg_guard]
unsafe extern "C-unwind" fn relation_changed(_argument: pg_sys::Datum, relation: pg_sys::Oid) {
    // No relation named means that all may have changed.
    let is_watched = relation == pg_sys::InvalidOid
        || WATCHED.with(|watched| watched.try_borrow().is_ok_and(|w| w.contains(&relation)));
    if is_watched {
        CHANGES.set(CHANGES.get() + 1);
    }
}

/// A schema that has another name gives all its tables other names.
#[pg_guard]
unsafe extern "C-unwind" fn schema_changed(_argument: pg_sys::Datum, _cache: c_int, _hash: pg_sys::uint32) {
    CHANGES.set(CHANGES.get() + 1);
}

/// Our tables. Error 55000 when campaign_install has not made them. What else is missing is told where it is used: then the
/// order that needs it can be named.
pub fn tables() -> Rc<Tables> {
    if LOADED_AT.get() == CHANGES.get()
        && let Some(tables) = TABLES.with_borrow(Clone::clone)
    {
        return tables;
    }
    let changes = CHANGES.get();
    let shop = relation("_campaign_shop");
    if shop == pg_sys::InvalidOid {
        ereport!(
            ERROR,
            PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "the tables are missing: call campaign_install() first"
        );
    }
    let visits = relation("campaign_visits");
    let conversions = relation("campaign_conversions");
    for relation in [shop, visits, conversions] {
        watch(relation);
    }
    let tables = Rc::new(Tables {
        owner: owner_of(shop),
        visits,
        visits_by_session: relation("campaign_visits_touch_key"),
        conversions,
        conversions_by_order: relation("campaign_conversions_order_id_key"),
        conversions_by_customer: relation("campaign_conversions_customer_id_idx"),
        visit: VisitColumns::of(visits),
        conversion: ConversionColumns::of(conversions),
        order_key: key_type(conversions, "order_id"),
        customer_key: key_type(conversions, "customer_id"),
    });
    TABLES.set(Some(Rc::clone(&tables)));
    LOADED_AT.set(changes);
    tables
}

fn relation(name: &str) -> pg_sys::Oid {
    std::ffi::CString::new(name).map_or(pg_sys::InvalidOid, |name| {
        // SAFETY: look-ups by name in the system caches.
        unsafe { pg_sys::get_relname_relid(name.as_ptr(), pg_sys::get_namespace_oid(SCHEMA.as_ptr(), true)) }
    })
}

/// The number of a column of this type, or (ANYELEMENT) of the customers' keys; 0 when there is none: what is read without
/// a plan must be what it is taken for.
fn column(relation: pg_sys::Oid, name: &str, kind: pg_sys::Oid) -> i32 {
    let wanted = if kind == pg_sys::ANYELEMENTOID {
        key_type(self::relation("campaign_conversions"), "customer_id").oid()
    } else {
        kind
    };
    let (number, found) = attribute(relation, name);
    if found == wanted { number } else { 0 }
}

fn attribute(relation: pg_sys::Oid, name: &str) -> (i32, pg_sys::Oid) {
    std::ffi::CString::new(name).map_or((0, pg_sys::InvalidOid), |name| {
        // SAFETY: look-ups in the system caches, which know no type for a column that is not there.
        unsafe {
            let number = pg_sys::get_attnum(relation, name.as_ptr());
            (i32::from(number), pg_sys::get_atttype(relation, number))
        }
    })
}

fn incomplete() -> ! {
    ereport!(
        ERROR,
        PgSqlErrorCode::ERRCODE_UNDEFINED_COLUMN,
        "the tables of pg_campaign lack a column or an index of this version: call campaign_install()"
    );
}

fn key_type(relation: pg_sys::Oid, name: &str) -> KeyType {
    KeyType::of(attribute(relation, name).1).unwrap_or(KeyType::Text)
}

/// Who owns a table as of now.
pub fn owner_of(relation: pg_sys::Oid) -> pg_sys::Oid {
    class(relation, |class| class.relowner)
}

/// What the catalogue says of a table as of now.
pub fn class<T>(relation: pg_sys::Oid, read: impl FnOnce(&pg_sys::FormData_pg_class) -> T) -> T {
    // SAFETY: the tuple of the system cache is read before it is released.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::RELOID as c_int, pg_sys::Datum::from(relation));
        if tuple.is_null() {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE,
                format!("there is no table with number {relation:?}")
            );
        }
        let answer = read(&*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>());
        pg_sys::ReleaseSysCache(tuple);
        answer
    }
}

/// A value that an index is searched for.
pub struct Search {
    pub table: pg_sys::Oid,
    pub index: pg_sys::Oid,
    /// The function behind `=` of the index's first column.
    pub equals: pg_sys::Oid,
    pub value: pg_sys::Datum,
}

/// Shows every row of a table whose first column in the index has this value, until told to stop. The caller holds a
/// lock on the table that no change of its definition goes with.
pub fn each(search: &Search, mut show: impl FnMut(&Row) -> bool) {
    if search.table == pg_sys::InvalidOid || search.index == pg_sys::InvalidOid {
        incomplete();
    }
    // SAFETY: the relations are closed and the scan is ended in the order they were opened in; after an error the end of
    // the (sub)transaction does it. What the snapshot sees includes what this transaction wrote before.
    unsafe {
        pg_sys::CommandCounterIncrement();
        pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
        let table = pg_sys::table_open(search.table, pg_sys::AccessShareLock as c_int);
        let index = pg_sys::index_open(search.index, pg_sys::AccessShareLock as c_int);
        let slot = pg_sys::table_slot_create(table, std::ptr::null_mut());
        let mut key: pg_sys::ScanKeyData = std::mem::zeroed();
        pg_sys::ScanKeyEntryInitialize(
            &mut key,
            0,
            1,
            pg_sys::BTEqualStrategyNumber as pg_sys::StrategyNumber,
            pg_sys::InvalidOid,
            *(*index).rd_indcollation,
            search.equals,
            search.value,
        );
        let scan = pg_sys::index_beginscan(table, index, pg_sys::GetActiveSnapshot(), 1, 0);
        pg_sys::index_rescan(scan, &mut key, 1, std::ptr::null_mut(), 0);
        while pg_sys::index_getnext_slot(scan, pg_sys::ScanDirection::BackwardScanDirection, slot) {
            pgrx::check_for_interrupts!();
            if !show(&Row { slot }) {
                break;
            }
        }
        pg_sys::index_endscan(scan);
        pg_sys::ExecDropSingleTupleTableSlot(slot);
        pg_sys::index_close(index, pg_sys::AccessShareLock as c_int);
        pg_sys::table_close(table, pg_sys::NoLock as c_int);
        pg_sys::PopActiveSnapshot();
    }
}

/// A row of a table, or of a trigger.
pub struct Row {
    pub slot: *mut pg_sys::TupleTableSlot,
}

impl Row {
    /// The value of a column by its number; `None` for NULL.
    pub fn get(&self, column: i32) -> Option<pg_sys::Datum> {
        if column <= 0 {
            incomplete();
        }
        let mut is_null = false;
        // SAFETY: the slot holds a tuple, and the column is one of its own.
        let value = unsafe { pg_sys::slot_getattr(self.slot, column, &mut is_null) };
        (!is_null).then_some(value)
    }
}
