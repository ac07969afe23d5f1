//! Tables that hold parts of orders, such as refunds: which order a row of theirs belongs to.

use pgrx::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::lookup::{self, Row};
use super::rights::{self, Called};
use super::shop::Shop;
use super::statement::{Statement, connected};
use super::values::{Key, array};

thread_local! {
    /// By the part's table; worthless after a change of any watched table.
    static STATEMENTS: RefCell<(u64, HashMap<pg_sys::Oid, Rc<Statement>>)> = RefCell::default();
}

/// The key of the order that a row of a part belongs to; `None` when it names none.
pub fn order_of(shop: &Shop, part: pg_sys::Oid, row: &Row) -> Option<Key> {
    let (_, expression) = shop.mapping.parts.iter().find(|(table, _)| *table == part)?;
    // SAFETY: look-ups in the system caches of the table whose trigger runs; the slot holds a tuple of it.
    let (row_type, image) = unsafe { (pg_sys::get_rel_type_id(part), pg_sys::ExecFetchSlotHeapTupleDatum(row.slot)) };
    let statement = STATEMENTS.with_borrow_mut(|(of, statements)| {
        if *of != lookup::changes() {
            statements.clear();
            *of = lookup::changes();
        }
        Rc::clone(statements.entry(part).or_insert_with(|| {
            let text = format!("select ({expression})::{} from pg_catalog.unnest($1) o", shop.key_type.name());
            // SAFETY: a look-up in the system caches.
            Rc::new(Statement::new(text, &[unsafe { pg_sys::get_array_type(row_type) }]))
        }))
    });
    rights::as_owner(&shop.owner, Called::ByTrigger, shop.reading(), || {
        connected(|| {
            let rows = statement.run(&[array([Some(image)], row_type)]);
            // SAFETY: the statement casts the key to its type.
            rows.get(0, 1).map(|key| unsafe { shop.key_type.read(key) })
        })
    })
}
