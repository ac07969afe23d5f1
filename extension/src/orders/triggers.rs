//! The triggers on the shop's tables: which rows of a statement concern attribution, and what is to be done about them.
//!
//! They act for the attached tables only, whoever else may have put them on a table of his own.

use pgrx::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::rc::Rc;

use super::failures;
use super::guard::{self, Failure, attempt};
use super::ledger::Ledger;
use super::lookup::Row;
use super::reading::{Image, Layout};
use super::rights::Called;
use super::settle::{self, Judged, Manner, Order, Pending};
use super::shop::{self, Shop};
use super::statement::in_scratch;
use super::touch;
use super::values::Key;
use super::{parts, queue, writing};
use crate::settings;

/// Rows of a statement that are settled at a time: what is kept of them stays small, however many there are.
const CHUNK: usize = 1_000;

/// Our triggers that fire after INSERT or UPDATE of orders.
const OURS: [&CStr; 5] = [
    c"zz_campaign_200_convert",
    c"zz_campaign_300_follow",
    c"zz_campaign_400_queue",
    c"zz_campaign_450_row",
    c"zz_campaign_900_settle",
];

/// What PostgreSQL tells a trigger function.
struct Call {
    data: *mut pg_sys::TriggerData,
}

// Of trigger events, in `commands/trigger.h`.
const EVENT: u32 = pg_sys::TRIGGER_EVENT_OPMASK;

impl Call {
    /// Error 39P01 when the function was not called by a trigger.
    fn of(fcinfo: pg_sys::FunctionCallInfo) -> Call {
        // SAFETY: PostgreSQL passes a valid call; its context is trigger data where the tag says so.
        unsafe {
            if !pgrx::trigger_support::called_as_trigger(fcinfo) {
                ereport!(
                    ERROR,
                    PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                    "this function is for triggers that campaign_install makes"
                );
            }
            Call { data: (*fcinfo).context.cast() }
        }
    }

    fn relation(&self) -> pg_sys::Relation {
        // SAFETY: the table whose trigger runs is open.
        unsafe { (*self.data).tg_relation }
    }

    fn event(&self) -> u32 {
        // SAFETY: as above.
        unsafe { (*self.data).tg_event }
    }

    fn is(&self, operation: u32, by_row: bool, before: bool) -> bool {
        self.event() & EVENT == operation
            && (self.event() & pg_sys::TRIGGER_EVENT_ROW != 0) == by_row
            && (self.event() & pg_sys::TRIGGER_EVENT_BEFORE != 0) == before
            && self.event() & pg_sys::TRIGGER_EVENT_INSTEAD == 0
    }

    fn table(&self) -> pg_sys::Oid {
        // SAFETY: the table whose trigger runs is open.
        unsafe { (*self.relation()).rd_id }
    }

    /// The attached shop. What it takes to know it can fail, and must not fail the statement.
    fn shop(&self) -> Option<Rc<Shop>> {
        if shop::is_known() {
            return shop::attached();
        }
        attempt(shop::attached).unwrap_or_else(|failure| {
            nameless("attach", &failure);
            None
        })
    }

    /// The shop, when the trigger is on its orders, a partition or a child of them.
    fn orders(&self) -> Option<(Rc<Shop>, Rc<Layout>)> {
        let shop = self.shop()?;
        let layout = match shop.known_layout(self.table()) {
            Some(layout) => Some(layout),
            None => attempt(|| shop.layout(self.relation())).unwrap_or_else(|failure| {
                nameless("attach", &failure);
                None
            }),
        }?;
        Some((shop, layout))
    }

    /// The row of a row trigger: of an UPDATE, the one before.
    fn row(&self) -> Row {
        // SAFETY: a row trigger has a row.
        Row { slot: unsafe { (*self.data).tg_trigslot } }
    }

    /// The row that an UPDATE leaves.
    fn new_row(&self) -> Row {
        // SAFETY: a row trigger of an UPDATE has it.
        Row { slot: unsafe { (*self.data).tg_newslot } }
    }

    /// What a trigger answers that changes nothing: before a row that row, else nothing.
    fn unchanged(&self) -> pg_sys::Datum {
        if self.event() & (pg_sys::TRIGGER_EVENT_ROW | pg_sys::TRIGGER_EVENT_BEFORE)
            != pg_sys::TRIGGER_EVENT_ROW | pg_sys::TRIGGER_EVENT_BEFORE
        {
            return pg_sys::Datum::null();
        }
        // SAFETY: the trigger's own data; an UPDATE has the row that it leaves.
        let (old, new) = unsafe { ((*self.data).tg_trigtuple, (*self.data).tg_newtuple) };
        pg_sys::Datum::from(if self.event() & EVENT == pg_sys::TRIGGER_EVENT_UPDATE { new } else { old })
    }

    /// Whether the table has triggers of others that fire after INSERT or UPDATE, and so may have written the same rows
    /// again before ours see them.
    fn has_others(&self) -> bool {
        // From `catalog/pg_trigger.h`.
        const BEFORE_OR_INSTEAD: i16 = 1 << 1 | 1 << 6;
        const INSERT_OR_UPDATE: i16 = 1 << 2 | 1 << 4;
        // SAFETY: the table is open, and its triggers do not change while it is.
        unsafe {
            let triggers = (*self.relation()).trigdesc;
            !triggers.is_null()
                && std::slice::from_raw_parts((*triggers).triggers, (*triggers).numtriggers as usize).iter().any(
                    |trigger| {
                        !trigger.tgisinternal
                            && trigger.tgtype & BEFORE_OR_INSTEAD == 0
                            && trigger.tgtype & INSERT_OR_UPDATE != 0
                            && !OURS.contains(&CStr::from_ptr(trigger.tgname))
                    },
                )
        }
    }
}

/// The rows that a statement wrote, or left behind.
struct Transition {
    store: *mut pg_sys::Tuplestorestate,
    slot: *mut pg_sys::TupleTableSlot,
    reader: i32,
    /// Where rows are kept that come from disk: the slot outlives the piece of the statement that reads them.
    context: pg_sys::MemoryContext,
}

impl Transition {
    fn of(call: &Call, store: *mut pg_sys::Tuplestorestate) -> Option<Transition> {
        if store.is_null() {
            return None;
        }
        // SAFETY: the store lives as long as the statement; a reader of our own does not disturb others'.
        unsafe {
            let reader = pg_sys::tuplestore_alloc_read_pointer(store, pg_sys::EXEC_FLAG_REWIND as i32);
            pg_sys::tuplestore_select_read_pointer(store, reader);
            pg_sys::tuplestore_rescan(store);
            let slot = pg_sys::MakeSingleTupleTableSlot((*call.relation()).rd_att, &pg_sys::TTSOpsMinimalTuple);
            Some(Transition { store, slot, reader, context: pg_sys::CurrentMemoryContext })
        }
    }

    fn new_of(call: &Call) -> Option<Transition> {
        // SAFETY: the trigger's own data.
        Transition::of(call, unsafe { (*call.data).tg_newtable })
    }

    fn old_of(call: &Call) -> Option<Transition> {
        // SAFETY: the trigger's own data.
        Transition::of(call, unsafe { (*call.data).tg_oldtable })
    }

    fn next(&mut self) -> Option<Row> {
        // SAFETY: store, reader and slot are those made above.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(self.context);
            pg_sys::tuplestore_select_read_pointer(self.store, self.reader);
            let is_there = pg_sys::tuplestore_gettupleslot(self.store, true, false, self.slot);
            pg_sys::MemoryContextSwitchTo(before);
            is_there.then_some(Row { slot: self.slot })
        }
    }
}

impl Drop for Transition {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: the slot is ours.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.slot) };
        }
    }
}

/// The session that the transaction lends to the orders it places.
fn lent() -> Option<String> {
    settings::session_id()
}

/// Lets a failure of a whole trigger be survived where no order can be named.
fn nameless(step: &str, failure: &Failure) {
    failures::survive(failure, None);
    failures::record(None, step, failure);
}

macro_rules! trigger {
    ($(#[$doc:meta])* $name:ident, $info:ident, $body:path) => {
        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $info() -> &'static pg_sys::Pg_finfo_record {
            const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }

        $(#[$doc])*
        #[pg_guard]
        #[unsafe(no_mangle)]
        pub extern "C-unwind" fn $name(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            let call = Call::of(fcinfo);
            // Before a row, the answer is what is stored: the row itself, where others have put our functions there.
            $body(&call).unwrap_or_else(|| call.unchanged())
        }
    };
}

trigger!(
    /// Before an order is stored: writes into it whom it goes to.
    campaign_credit_order, pg_finfo_campaign_credit_order, credit
);
trigger!(
    /// After a statement on orders: conversions are written, followed or cancelled.
    campaign_follow_orders, pg_finfo_campaign_follow_orders, follow_statement
);
trigger!(
    /// After a row of partitioned orders: the same for one order.
    campaign_follow_order, pg_finfo_campaign_follow_order, follow_row_in_scratch
);
trigger!(
    /// After a row of orders that are settled at COMMIT, or of a table that holds parts of orders.
    campaign_queue_order, pg_finfo_campaign_queue_order, queue_row_in_scratch
);
trigger!(
    /// At COMMIT: settles the orders that wait for it.
    campaign_settle_orders, pg_finfo_campaign_settle_orders, settle_waiting
);

fn credit(call: &Call) -> Option<pg_sys::Datum> {
    if call.is(pg_sys::TRIGGER_EVENT_UPDATE, true, true) {
        if let Err(failure) = note_move(call) {
            // The triggers after the row find a deletion and a new order.
            failures::survive(&failure, None);
        }
        return None;
    }
    if !call.is(pg_sys::TRIGGER_EVENT_INSERT, true, true) {
        return None;
    }
    // SAFETY: a row trigger before INSERT answers the tuple that is to be stored.
    let tuple = unsafe { (*call.data).tg_trigtuple };
    match credited(call, tuple) {
        Ok(tuple) => Some(pg_sys::Datum::from(tuple)),
        Err(failure) => {
            // The trigger after the statement finds the order once more, and records it when that fails too.
            failures::survive(&failure, None);
            None
        }
    }
}

fn credited(call: &Call, tuple: pg_sys::HeapTuple) -> Result<pg_sys::HeapTuple, Failure> {
    let Some((shop, layout)) = call.orders() else { return Ok(tuple) };
    if !layout.may_change {
        return Ok(tuple);
    }
    let row = call.row();
    let lent = lent();
    // Nearly all orders of most shops come by no link: they are let through at once.
    if layout.session(&row) == Some(None) && lent.is_none() && !settings::match_customer() {
        return Ok(tuple);
    }
    let touch = attempt(|| {
        guard::check_time();
        let placing = shop.placing(&layout, &row);
        let session = placing.session.or(lent);
        if !placing.is_placed || (session.is_none() && !settings::match_customer()) {
            return None;
        }
        let touch = touch::last_touch(&shop, session.as_deref(), placing.customer.as_ref(), placing.placed_at);
        if let (Some(session), Some(touch)) = (&session, &touch)
            && touch.session == *session
        {
            queue::listen();
            touch::remember(session, placing.placed_at, touch);
        }
        Some(touch.map(|touch| (touch.campaign, touch.visit)))
    })?;
    let (Some(marks), Some((campaign, visit))) = (touch, layout.marks()) else { return Ok(tuple) };
    if marks.is_none() && !layout.is_marked(&row) {
        return Ok(tuple);
    }
    // What the statement itself wrote there counts for nothing.
    let [campaign_id, visit_id] = match &marks {
        Some((campaign, visit)) => [super::values::uuid(campaign), super::values::uuid(visit)],
        None => [None, None],
    };
    let mut columns = [campaign, visit];
    let mut nulls = [campaign_id.is_none(), visit_id.is_none()];
    let null = pg_sys::Datum::null();
    let mut values = [campaign_id.unwrap_or(null), visit_id.unwrap_or(null)];
    // SAFETY: both are columns of the tuple's table, of type uuid.
    Ok(unsafe {
        pg_sys::heap_modify_tuple_by_cols(
            tuple,
            (*call.relation()).rd_att,
            2,
            columns.as_mut_ptr(),
            values.as_mut_ptr(),
            nulls.as_mut_ptr(),
        )
    })
}

thread_local! {
    /// Rows that the running UPDATE writes, by their keys before, with their keys after: one that moves to another partition
    /// is deleted there and inserted here, and nothing else tells that it is one order. A generated key is not known before.
    static MOVED: RefCell<HashMap<Key, Option<Key>>> = RefCell::default();
    /// The row that the running UPDATE took from its partition, and its key; the row inserted next is that order.
    static UNDERWAY: RefCell<Option<(Key, Image)>> = const { RefCell::new(None) };
}

/// Forgets which keys are changing: the transaction is over, or part of it was rolled back.
pub fn forget_moves() {
    MOVED.with_borrow_mut(HashMap::clear);
    UNDERWAY.set(None);
}

/// Notes the keys of a row before it is written, by which a move to another partition is known.
fn note_move(call: &Call) -> Result<(), Failure> {
    let Some((shop, layout)) = call.orders() else { return Ok(()) };
    let (before, after) = (call.row(), call.new_row());
    let keys = attempt_if(!shop.readers.are_columns(), || {
        let key = |row: &Row| shop.key(&shop.image(&layout, row));
        (key(&before), if layout.key_is_generated { None } else { key(&after) })
    })?;
    if let (Some(before), after) = keys {
        queue::listen();
        MOVED.with_borrow_mut(|moved| moved.insert(before, after));
    }
    Ok(())
}

fn follow_statement(call: &Call) -> Option<pg_sys::Datum> {
    if call.is(pg_sys::TRIGGER_EVENT_TRUNCATE, false, false) {
        truncated(call);
        return None;
    }
    if call.event() & (pg_sys::TRIGGER_EVENT_ROW | pg_sys::TRIGGER_EVENT_BEFORE) != 0 {
        return None;
    }
    let (shop, layout) = call.orders()?;
    match call.event() & EVENT {
        pg_sys::TRIGGER_EVENT_INSERT => inserted(call, &shop, &layout),
        pg_sys::TRIGGER_EVENT_UPDATE => updated(call, &shop, &layout),
        pg_sys::TRIGGER_EVENT_DELETE => deleted(call, &shop, &layout),
        _ => {}
    }
    None
}

/// Whether an inserted order concerns nobody: it has no session, and names nobody. A row that moved to another partition
/// is inserted too, and where it has no columns of ours nothing tells it from a new order.
fn is_nobodys(layout: &Layout, row: &Row, lent: Option<&str>, may_have_moved: bool) -> bool {
    layout.session(row) == Some(None)
        && lent.is_none()
        && !settings::match_customer()
        && !layout.is_marked(row)
        && (layout.marks().is_some() || !may_have_moved)
}

fn inserted(call: &Call, shop: &Shop, layout: &Layout) {
    let lent = lent();
    let read_again = call.has_others();
    let Some(mut rows) = Transition::new_of(call) else { return };
    while in_scratch(|| {
        let mut images = Vec::new();
        while images.len() < CHUNK
            && let Some(row) = rows.next()
        {
            if is_nobodys(layout, &row, lent.as_deref(), false) {
                continue;
            }
            match attempt_if(!shop.readers.are_columns(), || shop.image(layout, &row)) {
                Ok(image) => images.push(image),
                Err(failure) => nameless("convert", &failure),
            }
        }
        if images.is_empty() {
            return false;
        }
        settle_images(
            shop,
            &images,
            "convert",
            |images, facts| {
                let mut orders = Vec::with_capacity(facts.len());
                for (image, facts) in images.iter().zip(facts) {
                    orders.push(Order {
                        facts,
                        marks: image.marks,
                        lent: lent.clone(),
                        named: None,
                        judged: Judged::New,
                    });
                }
                if read_again {
                    let pending: Vec<Pending> = orders
                        .into_iter()
                        .map(|order| Pending::new(order.facts.key, order.lent, Judged::New))
                        .collect();
                    settle::settle_keys(shop, &pending, Manner::TRIGGER);
                } else {
                    settle::settle(shop, &orders, Manner::TRIGGER);
                }
            },
            |key| Pending::new(key, lent.clone(), Judged::New),
        );
        true
    }) {}
    touch::forget();
}

/// Does something that may fail only where a plan of the shop's is asked.
fn attempt_if<T>(may_fail: bool, body: impl FnOnce() -> T) -> Result<T, Failure> {
    if may_fail { attempt(body) } else { Ok(body()) }
}

/// Settles the rows of a statement together; where that fails, each order on its own, by its key.
fn settle_images(
    shop: &Shop,
    images: &[Image],
    step: &str,
    together: impl FnOnce(&[Image], Vec<super::reading::Facts>),
    alone: impl Fn(Key) -> Pending,
) {
    let settled = attempt(|| {
        guard::check_time();
        let facts = shop.facts(&images.iter().collect::<Vec<_>>());
        together(images, facts);
    });
    let Err(failure) = settled else { return };
    let mut pending = Vec::new();
    for image in images {
        match attempt(|| shop.key(image)) {
            Ok(Some(key)) => pending.push(alone(key)),
            Ok(None) => nameless(step, &failure),
            Err(failure) => nameless(step, &failure),
        }
    }
    match &pending[..] {
        [] => {}
        [only] => {
            failures::survive(&failure, Some(&only.key));
            settle::fail(shop, only, step, &failure, Manner::TRIGGER);
        }
        several => {
            failures::survive(&failure, None);
            // One bad order must not cost the others their credit.
            settle::settle_each(shop, several, step, Manner::TRIGGER);
        }
    }
}

/// An order before and after an UPDATE.
struct Change {
    before: Image,
    after: Image,
}

fn updated(call: &Call, shop: &Shop, layout: &Layout) {
    let read_again = call.has_others() || shop.reads_elsewhere;
    let (Some(mut old), Some(mut new)) = (Transition::old_of(call), Transition::new_of(call)) else { return };
    while in_scratch(|| {
        let mut changes = Vec::new();
        while changes.len() < CHUNK
            && let (Some(before), Some(after)) = (old.next(), new.next())
        {
            match change(shop, layout, &before, &after) {
                Ok(change) => changes.extend(change),
                Err(failure) => nameless("correct", &failure),
            }
        }
        if changes.is_empty() {
            return false;
        }
        follow_changes(shop, changes, read_again, "correct");
        true
    }) {}
}

/// An UPDATE of a row, where it concerns attribution at all.
fn change(shop: &Shop, layout: &Layout, before: &Row, after: &Row) -> Result<Option<Change>, Failure> {
    let concerns = layout.facts_differ(before, after)
        || (!writing::is_marking() && layout.marks_of(before) != layout.marks_of(after));
    if !concerns {
        return Ok(None);
    }
    attempt_if(!shop.readers.are_columns(), || {
        Some(Change { before: shop.image(layout, before), after: shop.image(layout, after) })
    })
}

/// The same of a row that stayed in its partition, whatever was noted of its key.
fn stayed(shop: &Shop, layout: &Layout, before: &Row, after: &Row) -> Result<Option<Change>, Failure> {
    if MOVED.with_borrow(|moved| !moved.is_empty())
        && let Some(key) = attempt_if(!shop.readers.are_columns(), || shop.key(&shop.image(layout, before)))?
    {
        MOVED.with_borrow_mut(|moved| moved.remove(&key));
    }
    change(shop, layout, before, after)
}

fn follow_changes(shop: &Shop, changes: Vec<Change>, read_again: bool, step: &str) {
    let lent = lent();
    let settled = attempt(|| {
        guard::check_time();
        let before = shop.facts(&changes.iter().map(|change| &change.before).collect::<Vec<_>>());
        let after = shop.facts(&changes.iter().map(|change| &change.after).collect::<Vec<_>>());
        let mut orders = Vec::with_capacity(changes.len());
        let mut pending = Vec::new();
        for ((change, before), after) in changes.iter().zip(before).zip(after) {
            let former = (before.key != after.key).then(|| before.key.clone());
            // An update can place an order, or bring its session or customer; what it leaves as it was is not judged
            // again. Only the transaction that places an order may lend it a session.
            let is_placed_now = after.is_placed && !before.is_placed;
            let is_judged = is_placed_now || before.session != after.session || before.customer != after.customer;
            let judged = if is_judged { Judged::Placed } else { Judged::Before };
            let lent = lent.clone().filter(|_| is_placed_now);
            if read_again {
                pending.push(Pending { former, ..Pending::new(after.key, lent, judged) });
            } else {
                settle::rename(shop, former.as_ref(), &after.key);
                orders.push(Order { facts: after, marks: change.after.marks, lent, named: None, judged });
            }
        }
        settle::settle_keys(shop, &pending, Manner::TRIGGER);
        settle::settle(shop, &orders, Manner::TRIGGER);
    });
    let Err(failure) = settled else { return };
    if let [change] = &changes[..] {
        let former = attempt(|| shop.key(&change.before)).ok().flatten();
        match attempt(|| shop.key(&change.after)) {
            Ok(Some(key)) => {
                failures::survive(&failure, Some(&key));
                let former = former.filter(|former| *former != key);
                let pending = Pending { former, ..Pending::new(key, None, Judged::Placed) };
                settle::fail(shop, &pending, step, &failure, Manner::TRIGGER);
            }
            Ok(None) => nameless(step, &failure),
            Err(failure) => nameless(step, &failure),
        }
        return;
    }
    failures::survive(&failure, None);
    for change in changes {
        pgrx::check_for_interrupts!();
        follow_changes(shop, vec![change], read_again, step);
    }
}

fn deleted(call: &Call, shop: &Shop, layout: &Layout) {
    let Some(mut rows) = Transition::old_of(call) else { return };
    while in_scratch(|| {
        let mut images = Vec::new();
        while images.len() < CHUNK
            && let Some(row) = rows.next()
        {
            match attempt(|| shop.image(layout, &row)) {
                Ok(image) => images.push(image),
                Err(failure) => nameless("cancel", &failure),
            }
        }
        if images.is_empty() {
            return false;
        }
        gone(shop, &images, "cancel");
        true
    }) {}
}

/// Cancels what orders that are gone were credited with.
fn gone(shop: &Shop, images: &[Image], step: &str) {
    let ledger = Ledger::of(&shop.tables);
    let cancel = |keys: &[Key]| {
        for key in keys {
            settle::rename(shop, queue::former_of(key).as_ref(), key);
        }
        // Most orders of most shops have no conversion: for those nothing is written.
        let is_its_own = |key: &&Key| ledger.find(key).is_some_and(|conversion| !conversion.is_deleted);
        let credited: Vec<Key> = keys.iter().filter(is_its_own).cloned().collect();
        if !credited.is_empty() {
            ledger.cancel(&credited);
        }
        failures::resolve(&shop.tables, keys);
    };
    let cancelled = attempt(|| {
        guard::check_time();
        let keys: Vec<Key> = images.iter().filter_map(|image| shop.key(image)).collect();
        cancel(&keys);
    });
    let Err(failure) = cancelled else { return };
    failures::survive(&failure, None);
    for image in images {
        match attempt(|| shop.key(image)) {
            Ok(Some(key)) => {
                let alone = attempt(|| {
                    guard::check_time();
                    cancel(std::slice::from_ref(&key));
                });
                if let Err(failure) = alone {
                    failures::survive(&failure, Some(&key));
                    failures::record(Some(&failures::Failed::of(&key)), step, &failure);
                }
            }
            Ok(None) => {}
            Err(failure) => nameless(step, &failure),
        }
    }
}

/// TRUNCATE of the whole table: all orders are gone. Of a child or a partition by its own name: an archive.
fn truncated(call: &Call) {
    let Some(shop) = call.shop() else { return };
    if call.table() != shop.orders {
        return;
    }
    let cancelled = attempt(|| {
        guard::check_time();
        Ledger::of(&shop.tables).cancel_all();
    });
    if let Err(failure) = cancelled {
        nameless("cancel", &failure);
    }
}

fn follow_row_in_scratch(call: &Call) -> Option<pg_sys::Datum> {
    in_scratch(|| follow_row(call))
}

fn queue_row_in_scratch(call: &Call) -> Option<pg_sys::Datum> {
    in_scratch(|| queue_row(call))
}

fn follow_row(call: &Call) -> Option<pg_sys::Datum> {
    if call.event() & pg_sys::TRIGGER_EVENT_ROW == 0 || call.event() & pg_sys::TRIGGER_EVENT_BEFORE != 0 {
        return None;
    }
    let (shop, layout) = call.orders()?;
    match call.event() & EVENT {
        pg_sys::TRIGGER_EVENT_INSERT => {
            let row = call.row();
            let lent = lent();
            if is_nobodys(&layout, &row, lent.as_deref(), true) {
                return None;
            }
            let read_again = call.has_others();
            match attempt_if(!shop.readers.are_columns(), || shop.image(&layout, &row)) {
                Ok(after) if let Some(before) = arrived(&shop, &after) => {
                    let read_again = read_again || shop.reads_elsewhere;
                    follow_changes(&shop, vec![Change { before, after }], read_again, "correct");
                }
                Ok(image) => settle_images(
                    &shop,
                    &[image],
                    "convert",
                    |images, facts| {
                        for (image, facts) in images.iter().zip(facts) {
                            let judged = Judged::New;
                            if read_again {
                                let pending = Pending::new(facts.key, lent.clone(), judged);
                                settle::settle_keys(&shop, &[pending], Manner::TRIGGER);
                            } else {
                                let order =
                                    Order { facts, marks: image.marks, lent: lent.clone(), named: None, judged };
                                settle::settle(&shop, &[order], Manner::TRIGGER);
                            }
                        }
                    },
                    |key| Pending::new(key, lent.clone(), Judged::New),
                ),
                Err(failure) => nameless("convert", &failure),
            }
        }
        pg_sys::TRIGGER_EVENT_UPDATE => match stayed(&shop, &layout, &call.row(), &call.new_row()) {
            Ok(Some(change)) => {
                follow_changes(&shop, vec![change], call.has_others() || shop.reads_elsewhere, "correct");
            }
            Ok(None) => {}
            Err(failure) => nameless("correct", &failure),
        },
        pg_sys::TRIGGER_EVENT_DELETE => match attempt(|| shop.lasting_image(&layout, &call.row())) {
            Ok(image) => gone_or_moved(&shop, image),
            Err(failure) => nameless("cancel", &failure),
        },
        _ => {}
    }
    None
}

/// The row as it was in the partition that the running UPDATE took it from, where an inserted row is such a one.
fn arrived(shop: &Shop, after: &Image) -> Option<Image> {
    let (before, image) = UNDERWAY.take()?;
    let key = attempt(|| shop.key(after)).ok()??;
    let noted = MOVED.with_borrow_mut(|moved| moved.remove(&before));
    let is_it = key == before || noted.is_some_and(|noted| noted.is_none_or(|noted| noted == key));
    is_it.then_some(image)
}

/// A row that was taken from a partition: the order is gone, or it is in another partition now. Then the row that is
/// inserted there tells what became of it.
fn gone_or_moved(shop: &Shop, image: Image) {
    let moved = attempt(|| {
        guard::check_time();
        let key = shop.key(&image)?;
        let is_stored = |key: &Key| !shop.stored(std::slice::from_ref(key), Called::ByTrigger).is_empty();
        let has_moved = match MOVED.with_borrow(|moved| moved.get(&key).cloned()) {
            Some(Some(after)) => is_stored(&after),
            Some(None) => true,
            None => false,
        };
        has_moved.then_some(key)
    });
    match moved {
        Ok(Some(key)) => {
            queue::listen();
            UNDERWAY.set(Some((key, image)));
        }
        Ok(None) => gone(shop, &[image], "cancel"),
        Err(failure) => match attempt(|| shop.key(&image)) {
            Ok(Some(key)) => {
                failures::survive(&failure, Some(&key));
                failures::record(Some(&failures::Failed::of(&key)), "cancel", &failure);
            }
            _ => nameless("cancel", &failure),
        },
    }
}

fn queue_row(call: &Call) -> Option<pg_sys::Datum> {
    if call.event() & pg_sys::TRIGGER_EVENT_ROW == 0 || call.event() & pg_sys::TRIGGER_EVENT_BEFORE != 0 {
        return None;
    }
    let shop = call.shop()?;
    let table = call.table();
    if !shop.mapping.parts.iter().any(|(part, _)| *part == table) {
        if let Some((shop, layout)) = call.orders()
            && let Err(failure) = queue_order(call, &shop, &layout)
        {
            nameless("commit", &failure);
        }
        return None;
    }
    let rows = match call.event() & EVENT {
        pg_sys::TRIGGER_EVENT_UPDATE => vec![call.row(), call.new_row()],
        _ => vec![call.row()],
    };
    // An order can be placed by a part of it only where a part can say so.
    let judged = if shop.mapping.is_placed.is_some() { Judged::Placed } else { Judged::Before };
    for row in rows {
        match attempt(|| parts::order_of(&shop, table, &row)) {
            Ok(Some(key)) => queue::push(Pending { is_part: true, ..Pending::new(key, None, judged) }),
            Ok(None) => {}
            Err(failure) => nameless("part", &failure),
        }
    }
    None
}

fn queue_order(call: &Call, shop: &Shop, layout: &Layout) -> Result<(), Failure> {
    let pending = match call.event() & EVENT {
        pg_sys::TRIGGER_EVENT_INSERT => {
            let after = attempt_if(!shop.readers.are_columns(), || shop.image(layout, &call.row()))?;
            if let Some(before) = arrived(shop, &after) {
                queue_change(shop, &Change { before, after })?;
                return Ok(());
            }
            attempt_if(!shop.readers.are_columns(), || shop.key(&after))?
                .map(|key| Pending::new(key, lent(), Judged::New))
        }
        pg_sys::TRIGGER_EVENT_UPDATE => {
            let (before, after) = (call.row(), call.new_row());
            if writing::is_marking() && !layout.facts_differ(&before, &after) {
                return Ok(());
            }
            if let Some(change) = stayed(shop, layout, &before, &after)? {
                queue_change(shop, &change)?;
            }
            None
        }
        _ => None,
    };
    if let Some(pending) = pending {
        queue::push(pending);
    }
    Ok(())
}

fn queue_change(shop: &Shop, change: &Change) -> Result<(), Failure> {
    let facts = attempt(|| shop.facts(&[&change.before, &change.after]));
    let facts = match facts {
        Ok(facts) => facts,
        Err(failure) => {
            // What cannot be read now can be at COMMIT, or is a failure then.
            failures::survive(&failure, None);
            if let Some(key) = attempt(|| shop.key(&change.after))? {
                let former = attempt(|| shop.key(&change.before)).ok().flatten().filter(|former| *former != key);
                queue::push(Pending { former, ..Pending::new(key, None, Judged::Placed) });
            }
            return Ok(());
        }
    };
    let [before, after] = &facts[..] else { return Ok(()) };
    let is_placed_now = after.is_placed && !before.is_placed;
    let is_judged = is_placed_now || before.session != after.session || before.customer != after.customer;
    let judged = if is_judged { Judged::Placed } else { Judged::Before };
    let former = (before.key != after.key).then(|| before.key.clone());
    queue::push(Pending { former, ..Pending::new(after.key.clone(), lent().filter(|_| is_placed_now), judged) });
    Ok(())
}

fn settle_waiting(call: &Call) -> Option<pg_sys::Datum> {
    // What a trigger of the shop's does to other orders while we write ours waits, too.
    while !queue::is_empty() {
        let mut waiting = queue::take();
        let shop = call.shop()?;
        while in_scratch(|| {
            let chunk = waiting.next(CHUNK);
            settle_chunk(&shop, &chunk);
            !chunk.is_empty()
        }) {}
    }
    None
}

fn settle_chunk(shop: &Shop, chunk: &[Pending]) {
    // A part's writer may have nothing to do with the orders.
    let manner = if chunk.iter().any(|pending| pending.is_part) { Manner::PART } else { Manner::TRIGGER };
    if chunk.is_empty() {
        return;
    }
    let settled = attempt(|| {
        guard::check_time();
        settle::settle_keys(shop, chunk, manner);
    });
    match (settled, chunk) {
        (Ok(()), _) => {}
        (Err(failure), [only]) => {
            failures::survive(&failure, Some(&only.key));
            settle::fail(shop, only, "commit", &failure, manner);
        }
        (Err(failure), several) => {
            failures::survive(&failure, None);
            settle::settle_each(shop, several, "commit", manner);
        }
    }
}
