//! Settling orders: making what is recorded agree with the orders as they stand. Crediting, correcting, cancelling,
//! retrying and backfilling are all this.

use pgrx::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::failures::{self, Failed};
use super::guard::{self, Failure, attempt};
use super::ledger::{Conversion, Correction, Credit, Ledger};
use super::reading::{Facts, Marks};
use super::rights::Called;
use super::shop::Shop;
use super::touch::{self, Touch};
use super::values::{Id, Key};

/// What may become of an order that has no conversion, from the least to the most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Judged {
    /// It was judged before; only its conversion is followed.
    Before,
    /// It may be credited.
    Placed,
    /// It was inserted just now, and has no conversion unless it moved from another partition.
    New,
}

/// An order to be settled, as it stands.
pub struct Order {
    pub facts: Facts,
    /// Whom its own columns name; `None` where it has none, or where they are known to be right.
    pub marks: Option<Marks>,
    /// The session that the transaction lent it, for an order that carries none.
    pub lent: Option<String>,
    /// The session that somebody named, whatever the order carries.
    pub named: Option<String>,
    pub judged: Judged,
}

/// An order to be settled, which is to be read first.
#[derive(Clone, Debug)]
pub struct Pending {
    pub key: Key,
    pub lent: Option<String>,
    pub named: Option<String>,
    /// The key that it had before, under which its conversion may stand.
    pub former: Option<Key>,
    pub judged: Judged,
    /// Whether only a part of the order changed.
    pub is_part: bool,
}

impl Pending {
    pub fn new(key: Key, lent: Option<String>, judged: Judged) -> Pending {
        Pending { key, lent, named: None, former: None, judged, is_part: false }
    }
}

impl Order {
    fn session(&self) -> Option<&str> {
        self.named.as_deref().or(self.facts.session.as_deref()).or(self.lent.as_deref())
    }
}

/// Who calls, and whether customers are looked at again where nothing changed.
#[derive(Clone, Copy)]
pub struct Manner {
    pub called: Called,
    pub is_repair: bool,
    /// Whether the caller writes the orders himself.
    pub writes_orders: bool,
}

impl Manner {
    pub const TRIGGER: Manner = Manner { called: Called::ByTrigger, is_repair: false, writes_orders: true };
    pub const PART: Manner = Manner { called: Called::ByTrigger, is_repair: false, writes_orders: false };
    pub const REPAIR: Manner = Manner { called: Called::ByFunction, is_repair: true, writes_orders: false };
}

/// A customer who may have been won by the campaign of an order.
struct Won {
    customer: Key,
    campaign: Id,
    order: Key,
    at: i64,
}

/// Settles orders as they are given. How many conversions that made.
pub fn settle(shop: &Shop, orders: &[Order], manner: Manner) -> usize {
    let ledger = Ledger::of(&shop.tables);
    // The conversion of a deleted order is not that of another one under its key.
    let its_own = |order: &Order| ledger.find(&order.facts.key).filter(|conversion| !conversion.is_deleted);
    let mut conversions: Vec<Option<Conversion>> =
        orders.iter().map(|order| if order.judged == Judged::New { None } else { its_own(order) }).collect();
    let mut corrections = Vec::new();
    let mut won = Vec::new();
    let mut won_now = Vec::new();
    let mut lost = Vec::new();
    let mut touches: Vec<(usize, Touch)> = Vec::new();
    for (i, (order, conversion)) in orders.iter().zip(&mut conversions).enumerate() {
        if conversion.is_none() && order.judged != Judged::Before && order.facts.is_placed {
            touches.extend(touch_of(shop, order).map(|touch| (i, touch)));
        }
        // It is inserted too where it only moved to another partition.
        if order.judged == Judged::New && touches.last().is_none_or(|(of, _)| *of != i) {
            *conversion = its_own(order);
        }
        if let Some(conversion) = conversion {
            follow(shop, &ledger, order, conversion, manner, &mut corrections, &mut won, &mut lost);
        }
    }

    let new_customers = customers_to_win(shop, &ledger, orders, &touches);
    let credits: Vec<Credit<'_>> =
        touches.iter().map(|(i, touch)| Credit { facts: &orders[*i].facts, touch }).collect();
    let written = ledger.credit(&credits);
    for ((i, touch), is_written) in touches.iter().zip(&written) {
        let order = &orders[*i];
        let found = if *is_written { None } else { ledger.find(&order.facts.key) };
        conversions[*i] = match found {
            Some(mut found) if !found.is_deleted || found.visit == touch.visit => {
                follow(shop, &ledger, order, &mut found, manner, &mut corrections, &mut won, &mut lost);
                Some(found)
            }
            found => {
                if let Some(former) = found {
                    // The order that it told of is gone, and this one has its key.
                    lost.extend(former.customer);
                    ledger.take_over(&Credit { facts: &order.facts, touch });
                }
                if let Some(customer) = order.facts.customer.as_ref().filter(|c| new_customers.contains(*c)) {
                    won_now.push(Won {
                        customer: customer.clone(),
                        campaign: touch.campaign,
                        order: order.facts.key.clone(),
                        at: order.facts.placed_at,
                    });
                }
                Some(conversion_of(order, touch))
            }
        };
    }
    ledger.correct(&corrections);
    mark(shop, orders, &conversions, manner);
    release(shop, &ledger, lost, manner);
    // Who was won by an order that is new stays so, whatever became of others meanwhile.
    acquire(shop, won_now, manner);
    acquire(shop, won, manner);
    written.into_iter().filter(|is_written| *is_written).count()
}

fn touch_of(shop: &Shop, order: &Order) -> Option<Touch> {
    let session = order.session();
    let remembered = session.and_then(|session| touch::remembered(session, order.facts.placed_at));
    remembered.or_else(|| touch::last_touch(shop, session, order.facts.customer.as_ref(), order.facts.placed_at))
}

fn conversion_of(order: &Order, touch: &Touch) -> Conversion {
    Conversion {
        campaign: touch.campaign,
        visit: touch.visit,
        session: touch.session.clone(),
        customer: order.facts.customer.clone(),
        currency: order.facts.currency.clone(),
        total: order.facts.total.clone(),
        refunded: order.facts.refunded.clone(),
        is_cancelled: order.facts.is_cancelled,
        is_deleted: false,
    }
}

/// What its order's conversion must become. An order that is no longer placed counts as cancelled.
#[allow(clippy::too_many_arguments)]
fn follow(
    shop: &Shop,
    ledger: &Ledger,
    order: &Order,
    conversion: &mut Conversion,
    manner: Manner,
    corrections: &mut Vec<Correction>,
    won: &mut Vec<Won>,
    lost: &mut Vec<Key>,
) {
    let facts = &order.facts;
    let refunded = shop.mapping.refunded.is_some().then_some(&facts.refunded);
    let currency = shop.mapping.currency.as_ref().map(|_| facts.currency.clone().or_else(crate::settings::currency));
    let customer = facts.customer.as_ref().filter(|customer| conversion.customer.as_ref() != Some(*customer));
    let is_cancelled = facts.is_cancelled || !facts.is_placed;
    if let Some(customer) = customer {
        ledger.link_customer(&conversion.visit, &conversion.session, customer, &facts.key, facts.placed_at);
        if let Some(former) = &conversion.customer {
            lost.push(former.clone());
        }
    }
    if let Some(customer) = customer.or(facts.customer.as_ref().filter(|_| manner.is_repair)) {
        won.push(Won {
            customer: customer.clone(),
            campaign: conversion.campaign,
            order: facts.key.clone(),
            at: facts.placed_at,
        });
    }
    let is_wrong = conversion.total != facts.total
        || refunded.is_some_and(|refunded| conversion.refunded != *refunded)
        || conversion.is_cancelled != is_cancelled
        || conversion.is_deleted
        || customer.is_some()
        || currency.as_ref().is_some_and(|currency| conversion.currency != *currency);
    if is_wrong {
        corrections.push(Correction {
            order: facts.key.clone(),
            total: facts.total.clone(),
            refunded: refunded.cloned(),
            is_cancelled,
            customer: customer.cloned(),
            currency,
        });
        conversion.is_cancelled = is_cancelled;
    }
}

/// The customers of these orders who may have been won by nobody yet. Who has a conversion was won by it.
fn customers_to_win(shop: &Shop, ledger: &Ledger, orders: &[Order], touches: &[(usize, Touch)]) -> HashSet<Key> {
    if !shop.acquires() {
        return HashSet::new();
    }
    // SAFETY: reads the isolation level of the current transaction.
    let is_serializable = unsafe { pg_sys::XactIsoLevel } == pg_sys::XACT_SERIALIZABLE as i32;
    touches
        .iter()
        .filter_map(|(i, _)| orders[*i].facts.customer.as_ref())
        // What is read under SERIALIZABLE conflicts with strangers' orders on the same page of an index.
        .filter(|customer| is_serializable || !ledger.knows_customer(customer))
        .cloned()
        .collect()
}

/// Brings the orders' own columns in line.
fn mark(shop: &Shop, orders: &[Order], conversions: &[Option<Conversion>], manner: Manner) {
    let wrong: Vec<(&Key, Marks)> = orders
        .iter()
        .zip(conversions)
        .filter_map(|(order, conversion)| {
            let wanted = conversion.as_ref().map(|conversion| (conversion.campaign, conversion.visit));
            (order.marks? != wanted).then_some((&order.facts.key, wanted))
        })
        .collect();
    shop.mark(&wrong, manner);
}

/// Customers whose last order went to somebody else were won by nobody after all.
fn release(shop: &Shop, ledger: &Ledger, lost: Vec<Key>, manner: Manner) {
    for customer in lost {
        if shop.acquires() && !ledger.knows_customer(&customer) {
            shop.release(&customer, manner.called);
        }
    }
}

/// Writes into customers whom they were won by: the first of these orders wins. A row that somebody else holds, or a
/// trigger of the shop's that refuses, costs nothing but that: the order is kept for a retry.
fn acquire(shop: &Shop, won: Vec<Won>, manner: Manner) {
    if won.is_empty() || !shop.acquires() {
        return;
    }
    let mut first: BTreeMap<Key, Won> = BTreeMap::new();
    for new in won {
        match first.get(&new.customer) {
            Some(before) if (before.at, &before.order) <= (new.at, &new.order) => {}
            _ => {
                first.insert(new.customer.clone(), new);
            }
        }
    }
    let all: Vec<(Key, Id)> = first.values().map(|won| (won.customer.clone(), won.campaign)).collect();
    let acquired = attempt(|| shop.acquire(&all, manner.called));
    match acquired {
        Ok(held) => held.iter().filter_map(|customer| first.get(customer)).for_each(keep_held),
        Err(failure) if all.len() == 1 => first.values().for_each(|won| keep_for_later(won, failure.clone())),
        Err(_) => {
            for won in first.values() {
                match attempt(|| shop.acquire(&[(won.customer.clone(), won.campaign)], manner.called)) {
                    Ok(held) if held.is_empty() => {}
                    Ok(_) => keep_held(won),
                    Err(failure) => keep_for_later(won, failure),
                }
            }
        }
    }
}

fn keep_held(won: &Won) {
    let message = "somebody else holds their row".to_owned();
    keep_for_later(won, Failure { code: PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE, message });
}

fn keep_for_later(won: &Won, failure: Failure) {
    // A lock that was not waited for has cost no time: what comes after it is tried all the same.
    if failure.code != PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE {
        failures::survive(&failure, Some(&won.order));
    }
    let message = format!("customer {} is to be told later who won them: {}", won.customer, failure.message);
    let failed = Failed::of(&won.order);
    failures::record(Some(&failed), "acquire", &Failure { message, ..failure });
}

/// What is recorded of an order follows its new key.
pub fn rename(shop: &Shop, former: Option<&Key>, key: &Key) {
    let Some(former) = former else { return };
    let ledger = Ledger::of(&shop.tables);
    // A conversion of an order that was deleted stays with the key that it had.
    if ledger.find(former).is_some_and(|conversion| !conversion.is_deleted) {
        ledger.rename(former, key);
    }
    failures::rename(&shop.tables, former, key);
}

/// What settling orders by their keys came to.
pub struct Settled {
    /// The keys that no order has.
    pub missing: Vec<Key>,
    /// How many conversions it made.
    pub credited: usize,
}

/// Settles orders by their keys, as they are stored.
pub fn settle_keys(shop: &Shop, pending: &[Pending], manner: Manner) -> Settled {
    if pending.is_empty() {
        return Settled { missing: Vec::new(), credited: 0 };
    }
    let ledger = Ledger::of(&shop.tables);
    let renamed: Vec<(&Key, &Key)> =
        pending.iter().filter_map(|pending| pending.former.as_ref().map(|former| (former, &pending.key))).collect();
    if renamed.iter().any(|(_, key)| renamed.iter().any(|(former, _)| former == key)) {
        ledger.exchange(&renamed);
    } else {
        renamed.iter().for_each(|(former, key)| rename(shop, Some(former), key));
    }
    let keys: Vec<Key> = pending.iter().map(|pending| pending.key.clone()).collect();
    // Whoever settles an order waits here for whoever does so already, and reads the order only then.
    if manner.is_repair || shop.reads_elsewhere {
        ledger.lock(&keys);
        // Where there is no conversion to be locked, the order is. One that was just inserted nobody else can see.
        let unheld: Vec<Key> = pending
            .iter()
            .filter(|pending| {
                manner.is_repair || (pending.judged != Judged::New && ledger.find(&pending.key).is_none())
            })
            .map(|pending| pending.key.clone())
            .collect();
        shop.hold(&unheld, manner.called);
    }
    let mut stored: HashMap<Key, (Facts, Marks)> = shop
        .stored(&keys, manner.called)
        .into_iter()
        .map(|(facts, marks)| (facts.key.clone(), (facts, marks)))
        .collect();
    let mut missing = Vec::new();
    let mut orders = Vec::new();
    for pending in pending {
        match stored.remove(&pending.key) {
            Some((facts, marks)) => orders.push(Order {
                facts,
                marks: shop.add_columns.then_some(marks),
                lent: pending.lent.clone(),
                named: pending.named.clone(),
                judged: pending.judged,
            }),
            None => missing.push(pending.key.clone()),
        }
    }
    if manner.is_repair {
        let settled: Vec<Key> = orders.iter().map(|order| order.facts.key.clone()).collect();
        failures::resolve(&shop.tables, &settled);
    }
    Settled { missing, credited: settle(shop, &orders, manner) }
}

/// Settles orders one by one, each on its own: what fails is recorded and costs only itself. How many failed.
pub fn settle_each(shop: &Shop, pending: &[Pending], step: &str, manner: Manner) -> u64 {
    let mut failed = 0;
    for pending in pending {
        pgrx::check_for_interrupts!();
        let settled = attempt(|| {
            guard::check_time();
            settle_keys(shop, std::slice::from_ref(pending), manner)
        });
        // An order that is not there was taken away again, by a trigger of the shop's: that was followed as it happened.
        if let Err(failure) = settled {
            failures::survive(&failure, Some(&pending.key));
            fail(shop, pending, step, &failure, manner);
            failed += 1;
        }
    }
    failed
}

/// Records the failure of an order, whose own columns then name nobody that no conversion names.
pub fn fail(shop: &Shop, pending: &Pending, step: &str, failure: &Failure, manner: Manner) {
    let failed = Failed { order: &pending.key, session: pending.lent.as_deref(), former: pending.former.as_ref() };
    failures::record(Some(&failed), step, failure);
    if pending.judged == Judged::New && shop.add_columns && !shop.at_commit {
        // What ran out of time may have no more of it to look.
        let may_look = !guard::has_given_up();
        let unmarked = attempt(|| {
            if !may_look || Ledger::of(&shop.tables).find(&pending.key).is_none() {
                shop.mark(&[(&pending.key, None)], manner);
            }
        });
        if let Err(failure) = unmarked {
            failures::survive(&failure, Some(&pending.key));
        }
    }
}
