//! What SQL functions ask of the order's way. They are for the product's own functions; nobody else may call them.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

use super::guard::attempt;
use super::ledger::Ledger;
use super::rights::{self, Called, Doing};
use super::settle::{self, Judged, Manner, Pending};
use super::statement::{Statement, connected};
use super::values::Key;
use super::{failures, lookup, shop, writing};
use crate::errors::Error;
use pgrx::pg_sys::panic::ErrorReport;

fn pending(key: Key, lent: Option<&str>) -> Pending {
    Pending::new(key, lent.filter(|session| !session.is_empty()).map(str::to_owned), Judged::Placed)
}

/// Makes what is recorded of one stored order agree with it: credited by the session given, or else its own, corrected,
/// or left as it is. One row: the campaign and visit credited, NULL when none is, and whether this call made the
/// conversion. Errors: P0002 no such order, 22P02 a key that is not of the shop's type, 55000 no shop attached.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn _campaign_settle_order(
    order_id: Option<&str>,
    session_id: Option<&str>,
) -> Result<
    TableIterator<
        'static,
        (name!(campaign_id, Option<pgrx::Uuid>), name!(visit_id, Option<pgrx::Uuid>), name!(is_new, bool)),
    >,
    ErrorReport,
> {
    let shop = shop::needed();
    let order_id = order_id.ok_or_else(|| Error::InvalidValue("order_id must be given".to_owned()))?;
    let key = shop.key_type.parse(order_id);
    let ledger = Ledger::of(&shop.tables);
    let named = session_id.filter(|session| !session.is_empty()).map(str::to_owned);
    let settled = settle::settle_keys(&shop, &[Pending { named, ..pending(key.clone(), None) }], Manner::REPAIR);
    if !settled.missing.is_empty() {
        return Err(Error::NotFound(format!("no order with key {order_id}")).into());
    }
    let conversion = ledger.find(&key);
    let id = |id| pgrx::Uuid::from_bytes(id);
    Ok(TableIterator::once((
        conversion.as_ref().map(|conversion| id(conversion.campaign)),
        conversion.as_ref().map(|conversion| id(conversion.visit)),
        settled.credited > 0,
    )))
}

/// Settles one order whose attribution failed, by its own session or else by the one that was kept with the failure. One
/// whose failure was to cancel it (step is cancel), and that is not there, is cancelled. former_order_id is the key that it had before, NULL when it has had no other. Errors as _campaign_settle_order.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_retry_order(
    order_id: &str,
    session_id: Option<&str>,
    step: Option<&str>,
    former_order_id: Option<&str>,
) -> Result<(), ErrorReport> {
    let shop = shop::needed();
    let key = shop.key_type.parse(order_id);
    // What is recorded under its former key is still its own, unless another order has that by now.
    let former = former_order_id
        .map(|former| shop.key_type.parse(former))
        .filter(|former| shop.stored(std::slice::from_ref(former), Called::ByFunction).is_empty());
    let settled = settle::settle_keys(&shop, &[Pending { former, ..pending(key, session_id) }], Manner::REPAIR);
    match (&settled.missing[..], step) {
        ([], _) => Ok(()),
        // It was deleted: that, and nothing less, proves that an order is gone.
        (gone, Some("cancel")) => {
            Ledger::of(&shop.tables).cancel(gone);
            failures::resolve(&shop.tables, gone);
            Ok(())
        }
        _ => Err(Error::NotFound(format!("no order with key {order_id}")).into()),
    }
}

/// Credits stored orders by the sessions they carry, and corrects those that are credited; one that fails costs only
/// itself. How many were credited now, had been before, and failed. Orders that are not there are passed over.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn _campaign_backfill_orders(
    order_ids: Vec<String>,
) -> TableIterator<'static, (name!(credited, i64), name!(already_credited, i64), name!(failed, i64))> {
    let shop = shop::needed();
    let ledger = Ledger::of(&shop.tables);
    let orders: Vec<Pending> = order_ids.iter().map(|order_id| pending(shop.key_type.parse(order_id), None)).collect();
    let count = || {
        let is_its_own = |order: &&Pending| ledger.find(&order.key).is_some_and(|conversion| !conversion.is_deleted);
        orders.iter().filter(is_its_own).count() as i64
    };
    let before = count();
    let settled = attempt(|| {
        settle::settle_keys(&shop, &orders, Manner::REPAIR);
    });
    let failed = match settled {
        Ok(()) => 0,
        Err(failure) => {
            failures::survive(&failure, None);
            settle::settle_each(&shop, &orders, "backfill", Manner::REPAIR) as i64
        }
    };
    TableIterator::once((count() - before, before, failed))
}

/// The keys of the orders placed in from_at <= t < until_at, first one first; those of orders that are no longer placed too
/// where they have a conversion.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_orders_placed(
    from_at: TimestampWithTimeZone,
    until_at: TimestampWithTimeZone,
) -> SetOfIterator<'static, String> {
    let shop = shop::needed();
    let ledger = Ledger::of(&shop.tables);
    let mut orders = shop.placed_between(from_at.into(), until_at.into());
    orders.retain(|(key, is_placed)| *is_placed || ledger.find(&shop.key_type.parse(key)).is_some());
    SetOfIterator::new(orders.into_iter().map(|(key, _)| key))
}

/// The lines of orders, as the shop's order_lines query tells them; no rows when none is mapped, or no shop attached.
#[pg_extern(volatile, parallel_unsafe)]
#[allow(clippy::type_complexity)]
fn _campaign_order_lines(
    order_ids: Vec<String>,
) -> TableIterator<
    'static,
    (
        name!(order_id, Option<String>),
        name!(product_id, Option<String>),
        name!(product_name, Option<String>),
        name!(quantity, Option<AnyNumeric>),
        name!(amount, Option<AnyNumeric>),
    ),
> {
    let lines = shop::attached().map_or_else(Vec::new, |shop| {
        let keys: Vec<Key> = order_ids.iter().map(|order_id| shop.key_type.parse(order_id)).collect();
        shop.lines(&keys)
    });
    TableIterator::new(lines.into_iter().map(|line| (line.order, line.product, line.name, line.quantity, line.amount)))
}

/// Takes campaigns that are being deleted out of the shop's orders and customers. A customer was won by the first other
/// campaign that an order of theirs is credited to, if there is one.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_forget(campaigns: Vec<pgrx::Uuid>) {
    let Some(shop) = shop::attached() else { return };
    let campaigns: Vec<_> = campaigns.iter().map(|id| *id.as_bytes()).collect();
    shop.forget_orders(&campaigns);
    if shop.acquires() {
        let customers = shop.won_by(&campaigns);
        let others = Ledger::of(&shop.tables).first_of(&customers, &campaigns);
        shop.renew(&others);
    }
}

/// Whether the UPDATE of orders that runs is our own, of which nothing is to be settled at COMMIT.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_is_marking() -> bool {
    writing::is_marking()
}

/// The type that a domain is over, through all its layers; any other type is itself.
#[pg_extern(stable, parallel_safe, strict)]
fn _campaign_base_type(of_type: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: a look-up in the system caches.
    unsafe { pg_sys::getBaseType(of_type) }
}

/// Runs a query with the rights of a table's owner as of now, under the search_path that the shop's expressions get, or
/// an empty one; the first column of its first row as text. Errors are those of the query.
#[pg_extern(volatile, parallel_unsafe)]
fn _campaign_ask_as_owner(relation: pg_sys::Oid, query: &str, empty_path: bool) -> Option<String> {
    let tables = lookup::tables();
    let owner = rights::as_ours(tables.owner, || connected(|| shop::owner(relation)));
    let doing = if empty_path { Doing::ReadingWithoutPath } else { Doing::Reading };
    rights::as_owner(&owner, Called::ByFunction, doing, || connected(|| Statement::new(query, &[]).run(&[]).text(0, 1)))
}
