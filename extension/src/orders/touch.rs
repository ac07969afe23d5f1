//! The rule of attribution: of the session's visits that were live when an order was placed, the latest wins.

use pgrx::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;

use super::ledger::Ledger;
use super::lookup::{self, Row, Search, Tables};
use super::shop::Shop;
use super::values::{self, Id, Key};
use crate::settings;

/// The visit that gets the credit for an order.
#[derive(Clone, Debug)]
pub struct Touch {
    pub visit: Id,
    pub campaign: Id,
    /// The visit's own, which is not the order's where the customer was matched.
    pub session: String,
    pub device: Option<String>,
    pub country: Option<String>,
    /// Whether an order was credited to it before.
    pub is_converted: bool,
    /// Whether the visit knows whose it is.
    pub has_customer: bool,
    visited_at: i64,
    touch_no: i32,
}

/// More touches than this are not remembered between the row and the end of its statement.
const MOST_REMEMBERED: usize = 10_000;

thread_local! {
    /// What the rows of the running INSERT were credited to, by session and moment, until the statement ends.
    static REMEMBERED: RefCell<HashMap<(String, i64), Touch>> = RefCell::default();
}

/// Forgets what was remembered: the statement is over, or was rolled back.
pub fn forget() {
    REMEMBERED.with_borrow_mut(HashMap::clear);
}

/// Keeps what a row of the running INSERT was credited to, so that the end of the statement need not look again.
pub fn remember(session: &str, placed_at: i64, touch: &Touch) {
    REMEMBERED.with_borrow_mut(|remembered| {
        if remembered.len() < MOST_REMEMBERED {
            remembered.insert((session.to_owned(), placed_at), touch.clone());
        }
    });
}

/// What a row of the running INSERT was credited to.
pub fn remembered(session: &str, placed_at: i64) -> Option<Touch> {
    REMEMBERED.with_borrow(|remembered| {
        if remembered.is_empty() { None } else { remembered.get(&(session.to_owned(), placed_at)).cloned() }
    })
}

/// The visit that gets the credit for an order of a session and a customer, placed at a moment: the session's latest that
/// was live then; without one, under `campaign.match_customer`, the customer's. `None`: nobody gets it.
///
/// Who writes visits of a campaign that is being deleted waits for that; so does this, before it looks.
pub fn last_touch(shop: &Shop, session: Option<&str>, customer: Option<&Key>, placed_at: i64) -> Option<Touch> {
    // SAFETY: a lock on a table of ours, which every click takes as well; it ends with the transaction.
    unsafe { pg_sys::LockRelationOid(shop.tables.visits, pg_sys::RowExclusiveLock as pg_sys::LOCKMODE) };
    let mut best = None;
    if let Some(session) = session {
        of_session(&shop.tables, session, None, placed_at, &mut best);
    }
    if best.is_none()
        && settings::match_customer()
        && let Some(customer) = customer
    {
        for session in Ledger::of(&shop.tables).sessions_of(customer) {
            of_session(&shop.tables, &session, Some(customer), placed_at, &mut best);
        }
    }
    best
}

/// Keeps the later of `best` and the session's visits that were live then; given a customer, of those linked to him.
fn of_session(tables: &Tables, session: &str, customer: Option<&Key>, placed_at: i64, best: &mut Option<Touch>) {
    let Some(value) = session.into_datum() else { return };
    let search = Search {
        table: tables.visits,
        index: tables.visits_by_session,
        equals: pg_sys::Oid::from(pg_sys::F_TEXTEQ),
        value,
    };
    lookup::each(&search, |row| {
        if was_live(tables, row, placed_at)
            && customer.is_none_or(|customer| {
                // SAFETY: the column is of the customers' key type.
                row.get(tables.visit.customer_id).map(|datum| unsafe { tables.customer_key.read(datum) }).as_ref()
                    == Some(customer)
            })
        {
            let touch = read(tables, row, session);
            if best.as_ref().is_none_or(|best| (best.visited_at, best.touch_no) < (touch.visited_at, touch.touch_no)) {
                *best = Some(touch);
            }
        }
        true
    });
}

/// Whether an order placed at this moment can be credited to a visit: it had begun, had not expired, its latest click was
/// within `campaign.click_window`, and it is no bot's.
fn was_live(tables: &Tables, row: &Row, placed_at: i64) -> bool {
    let moment = |column| row.get(column).map(|datum| datum.value() as i64);
    let visited_at = moment(tables.visit.visited_at).unwrap_or(i64::MAX);
    let clicked_at = moment(tables.visit.clicked_at).unwrap_or(visited_at);
    visited_at <= placed_at
        && moment(tables.visit.expires_at).is_some_and(|expires_at| placed_at < expires_at)
        && settings::click_window_micros().is_none_or(|window| clicked_at >= placed_at.saturating_sub(window))
        // SAFETY: the column is a text.
        && row.get(tables.visit.device_type).is_none_or(|device| unsafe { values::text(device) } != "bot")
}

fn read(tables: &Tables, row: &Row, session: &str) -> Touch {
    let column = &tables.visit;
    let needed = |column| row.get(column).unwrap_or(pg_sys::Datum::null());
    // SAFETY: the columns have these types, and those that are read so cannot be NULL.
    unsafe {
        Touch {
            visit: values::id(needed(column.id)),
            campaign: values::id(needed(column.campaign_id)),
            session: session.to_owned(),
            device: row.get(column.device_type).map(|datum| values::text(datum)),
            country: row.get(column.country).map(|datum| values::text(datum)),
            is_converted: needed(column.converted).value() != 0,
            has_customer: row.get(column.customer_id).is_some(),
            visited_at: needed(column.visited_at).value() as i64,
            touch_no: needed(column.touch_no).value() as i32,
        }
    }
}
