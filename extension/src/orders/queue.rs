//! Orders that wait for COMMIT: their keys, in this backend's memory, until the first deferred trigger settles them all.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::settle::{Judged, Pending};
use super::touch;
use super::triggers;
use super::values::Key;

/// An order that waits, and the subtransaction that it waits for. There can be very many.
#[derive(Clone)]
struct Waiting {
    key: Key,
    lent: Option<Box<str>>,
    /// The key that the order had before, where it has another one now.
    former: Option<Box<Key>>,
    subtransaction: pg_sys::SubTransactionId,
    judged: Judged,
    is_part: bool,
}

thread_local! {
    static WAITING: RefCell<Vec<Waiting>> = const { RefCell::new(Vec::new()) };
    /// How many of them were settled, and by which subtransaction: when that is rolled back, they wait again.
    static SETTLED: RefCell<Vec<(usize, pg_sys::SubTransactionId)>> = const { RefCell::new(Vec::new()) };
    /// Whether any of them has another key than before.
    static HAS_RENAMED: Cell<bool> = const { Cell::new(false) };
    static IS_LISTENING: Cell<bool> = const { Cell::new(false) };
}

fn current_subtransaction() -> pg_sys::SubTransactionId {
    // SAFETY: reads this backend's transaction state.
    unsafe { pg_sys::GetCurrentSubTransactionId() }
}

/// How many of those that wait were settled.
fn settled() -> usize {
    SETTLED.with_borrow(|settled| settled.last().map_or(0, |(count, _)| *count))
}

/// Lets an order wait for COMMIT, with the session that the transaction lends it now.
pub fn push(pending: Pending) {
    listen();
    let Pending { key, lent, former, judged, is_part, .. } = pending;
    if former.is_some() {
        HAS_RENAMED.set(true);
    }
    let waiting = Waiting {
        key,
        lent: lent.map(Into::into),
        former: former.map(Box::new),
        subtransaction: current_subtransaction(),
        judged,
        is_part,
    };
    WAITING.with_borrow_mut(|all| all.push(waiting));
}

/// The key that an order which waits had before, where it has another one now.
pub fn former_of(key: &Key) -> Option<Key> {
    let renamed = |waiting: &Waiting| waiting.former.as_deref().filter(|_| waiting.key == *key).cloned();
    if !HAS_RENAMED.get() { None } else { WAITING.with_borrow(|all| all.iter().rev().find_map(renamed)) }
}

/// The orders that wait, each once: what was lent to it first, and the most that may become of it.
pub struct Taken(std::vec::IntoIter<Option<Waiting>>);

/// Takes all orders that wait.
pub fn take() -> Taken {
    let from = settled();
    // SAFETY: reads this backend's transaction state.
    let waiting = if unsafe { pg_sys::GetCurrentTransactionNestLevel() } == 1 {
        SETTLED.take();
        WAITING.with_borrow_mut(|all| {
            let waiting = all.split_off(from.min(all.len()));
            *all = Vec::new();
            waiting
        })
    } else {
        WAITING.with_borrow(|all| {
            SETTLED.with_borrow_mut(|settled| settled.push((all.len(), current_subtransaction())));
            all[from.min(all.len())..].to_vec()
        })
    };
    let mut all: Vec<Option<Waiting>> = waiting.into_iter().map(Some).collect();
    let mut places: HashMap<Key, u32> = HashMap::with_capacity(all.len());
    for place in 0..all.len() {
        let Some(later) = all[place].take() else { continue };
        // It is one order, whatever its key was.
        let renamed = later.former.as_deref().and_then(|former| places.remove(former));
        let earlier = places.get(&later.key).copied().or(renamed).and_then(|earlier| {
            places.insert(later.key.clone(), earlier);
            all[earlier as usize].as_mut()
        });
        match earlier {
            Some(earlier) => {
                earlier.key = later.key;
                earlier.lent = earlier.lent.take().or(later.lent);
                earlier.former = earlier.former.take().or(later.former);
                earlier.judged = earlier.judged.max(later.judged);
                earlier.is_part &= later.is_part;
            }
            None => {
                places.insert(later.key.clone(), place as u32);
                all[place] = Some(later);
            }
        }
    }
    Taken(all.into_iter())
}

impl Taken {
    /// At most so many of those that are left; none when all were given.
    pub fn next(&mut self, most: usize) -> Vec<Pending> {
        self.0
            .by_ref()
            .flatten()
            .take(most)
            .map(|waiting| Pending {
                former: waiting.former.map(|former| *former),
                is_part: waiting.is_part,
                ..Pending::new(waiting.key, waiting.lent.map(Into::into), waiting.judged)
            })
            .collect()
    }
}

pub fn is_empty() -> bool {
    WAITING.with_borrow(|all| all.len() <= settled())
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
        drop(SETTLED.take());
        HAS_RENAMED.set(false);
        touch::forget();
        triggers::forget_moves();
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
            triggers::forget_moves();
            WAITING.with_borrow_mut(|waiting| {
                while waiting.last().is_some_and(|last| last.subtransaction >= own) {
                    waiting.pop();
                }
            });
            SETTLED.with_borrow_mut(|settled| settled.retain(|(_, by)| *by < own));
        }
        SUBXACT_EVENT_COMMIT_SUB => {
            WAITING.with_borrow_mut(|waiting| {
                waiting.iter_mut().rev().take_while(|last| last.subtransaction >= own).for_each(|last| {
                    last.subtransaction = parent;
                });
            });
            SETTLED.with_borrow_mut(|settled| {
                settled.iter_mut().rev().take_while(|(_, by)| *by >= own).for_each(|(_, by)| *by = parent);
            });
        }
        _ => {}
    }
}
