//! Orders that wait for COMMIT: their keys, in this backend's memory, until the first deferred trigger settles them all.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::settle::{Judged, Pending};
use super::touch;

/// An order that waits, and the subtransaction that it waits for.
struct Waiting {
    pending: Pending,
    subtransaction: pg_sys::SubTransactionId,
}

thread_local! {
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

/// Lets an order wait for COMMIT, with the session that the transaction lends it now.
pub fn push(pending: Pending) {
    listen();
    // SAFETY: reads this backend's transaction state.
    let subtransaction = unsafe { pg_sys::GetCurrentSubTransactionId() };
    WAITING.with_borrow_mut(|waiting| waiting.push(Waiting { pending, subtransaction }));
}

/// Takes all orders that wait, each key once: what was lent to it first, and the most that may become of it.
pub fn take() -> Vec<Pending> {
    let waiting = WAITING.take();
    let mut places: HashMap<super::values::Key, usize> = HashMap::with_capacity(waiting.len());
    let mut all: Vec<Pending> = Vec::with_capacity(waiting.len());
    for Waiting { pending, .. } in waiting {
        match places.get(&pending.key) {
            None => {
                places.insert(pending.key.clone(), all.len());
                all.push(pending);
            }
            Some(&place) => {
                let before = &mut all[place];
                before.lent = before.lent.take().or(pending.lent);
                before.judged = match (before.judged, pending.judged) {
                    (Judged::AsNew, _) | (_, Judged::AsNew) => Judged::AsNew,
                    (Judged::AsPlaced, _) | (_, Judged::AsPlaced) => Judged::AsPlaced,
                    _ => Judged::AsBefore,
                };
            }
        }
    }
    all
}

pub fn is_empty() -> bool {
    WAITING.with_borrow(Vec::is_empty)
}

/// Asks PostgreSQL, once a backend, to be told how (sub)transactions end.
pub fn listen() {
    if IS_LISTENING.replace(true) {
        return;
    }
    // SAFETY: the callbacks live as long as the library, which is never unloaded.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(subtransaction_ends), std::ptr::null_mut());
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn transaction_ends(event: pg_sys::XactEvent::Type, _argument: *mut std::ffi::c_void) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    if matches!(event, XACT_EVENT_ABORT | XACT_EVENT_COMMIT | XACT_EVENT_PREPARE) {
        drop(WAITING.take());
        touch::forget();
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn subtransaction_ends(
    event: pg_sys::SubXactEvent::Type,
    own: pg_sys::SubTransactionId,
    parent: pg_sys::SubTransactionId,
    _argument: *mut std::ffi::c_void,
) {
    use pg_sys::SubXactEvent::{SUBXACT_EVENT_ABORT_SUB, SUBXACT_EVENT_COMMIT_SUB};
    match event {
        SUBXACT_EVENT_ABORT_SUB => {
            touch::forget();
            WAITING.with_borrow_mut(|waiting| {
                while waiting.last().is_some_and(|last| last.subtransaction >= own) {
                    waiting.pop();
                }
            });
        }
        SUBXACT_EVENT_COMMIT_SUB => WAITING.with_borrow_mut(|waiting| {
            waiting.iter_mut().rev().take_while(|last| last.subtransaction >= own).for_each(|last| {
                last.subtransaction = parent;
            });
        }),
        _ => {}
    }
}
