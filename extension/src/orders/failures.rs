//! What happens when attribution fails: the order goes through, a warning says so, and the order is kept in
//! campaign_attribution_failures until a retry makes it good. Under `campaign.on_error = raise` the error is the shop's.

use pgrx::prelude::*;
use std::rc::Rc;

use super::guard::{self, Failure};
use super::lookup::{self, Tables};
use super::rights;
use super::statement::{Statement, connected};
use super::values::{Key, array, optional_text};
use crate::settings;

/// An order whose attribution failed.
pub struct Failed<'a> {
    pub order: &'a Key,
    /// The session that only the transaction knew, for the retry.
    pub session: Option<&'a str>,
    /// The key that it had before, where it was to get another one.
    pub former: Option<&'a Key>,
}

impl<'a> Failed<'a> {
    pub fn of(order: &'a Key) -> Failed<'a> {
        Failed { order, session: None, former: None }
    }
}

struct Statements {
    record: Statement,
    record_nameless: Statement,
    resolve: Statement,
    rename: Statement,
}

thread_local! {
    static STATEMENTS: Rc<Statements> = Rc::new(Statements {
        record: Statement::new(
            "insert into campaign.campaign_attribution_failures as f
               (order_id, session_id, former_order_id, step, sqlstate, message)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (order_id) do update set
               session_id = coalesce(excluded.session_id, f.session_id),
               former_order_id = coalesce(f.former_order_id, excluded.former_order_id),
               step = excluded.step,
               sqlstate = excluded.sqlstate,
               message = excluded.message,
               attempts = f.attempts operator(pg_catalog.+) 1,
               last_tried_at = excluded.last_tried_at",
            &[pg_sys::TEXTOID; 6],
        ),
        // One row stands for all orders that cannot be named, and is never written again: nobody waits for it.
        record_nameless: Statement::new(
            "insert into campaign.campaign_attribution_failures (step, sqlstate, message)
             select $1, $2, $3
              where not exists (select from campaign.campaign_attribution_failures f where f.order_id is null)",
            &[pg_sys::TEXTOID; 3],
        ),
        resolve: Statement::new(
            "delete from campaign.campaign_attribution_failures f where f.order_id operator(pg_catalog.=) any ($1)",
            &[pg_sys::TEXTARRAYOID],
        ),
        rename: Statement::new(
            "update campaign.campaign_attribution_failures f set order_id = $2 where f.order_id operator(pg_catalog.=) $1",
            &[pg_sys::TEXTOID; 2],
        ),
    });
}

fn with<T>(tables: &Tables, body: impl FnOnce(&Statements) -> T) -> T {
    let statements = STATEMENTS.with(Rc::clone);
    rights::as_ours(tables.owner, || connected(|| body(&statements)))
}

/// Whether a failure is the shop's own business: a user's cancel, or any error where the shop wants to know. Then it is
/// raised. A timeout or a lock that was not to be had lets attribution rest until the end of the transaction.
pub fn survive(failure: &Failure, order: Option<&Key>) {
    if failure.code == PgSqlErrorCode::ERRCODE_QUERY_CANCELED && !guard::timed_out() {
        // Somebody wants this statement to end.
        failure.clone().raise();
    }
    if settings::raises_errors() {
        let order = order.map_or_else(|| "(several)".to_owned(), Key::to_string);
        let message = format!("attribution of order {order} failed: {}", failure.message);
        Failure { message, ..failure.clone() }.raise();
    }
    if matches!(failure.code, PgSqlErrorCode::ERRCODE_QUERY_CANCELED | PgSqlErrorCode::ERRCODE_LOCK_NOT_AVAILABLE) {
        guard::give_up();
    }
}

/// Keeps an order for a retry, and warns. `None`: an order that cannot be named.
pub fn record(failed: Option<&Failed<'_>>, step: &str, failure: &Failure) {
    let name = failed.map_or_else(|| "(several)".to_owned(), |failed| failed.order.to_string());
    if step == "acquire" {
        // The order itself has its credit.
        ereport!(PgLogLevel::NOTICE, failure.code, format!("order {name}: {}", failure.message));
    } else {
        ereport!(PgLogLevel::WARNING, failure.code, format!("attribution of order {name} failed: {}", failure.message));
    }
    let recorded = guard::attempt(|| {
        // Telling of a failure must not wait for what caused it.
        guard::set(c"lock_timeout", "1000");
        with(&lookup::tables(), |statements| {
            let state = failure.sqlstate();
            let told = [step.into_datum(), state.as_str().into_datum(), failure.message.as_str().into_datum()];
            match failed {
                Some(failed) => {
                    let former = failed.former.map(Key::to_string);
                    let mut arguments = vec![
                        name.as_str().into_datum(),
                        optional_text(failed.session),
                        optional_text(former.as_deref()),
                    ];
                    arguments.extend(told);
                    statements.record.run(&arguments);
                }
                None => {
                    statements.record_nameless.run(&told);
                }
            }
        });
    });
    if let Err(failure) = recorded {
        ereport!(PgLogLevel::WARNING, failure.code, format!("the failure could not be recorded: {}", failure.message));
    }
}

/// Forgets the failures of these orders: they are gone, or made good.
pub fn resolve(tables: &Tables, orders: &[Key]) {
    with(tables, |statements| {
        let orders = array(orders.iter().map(|order| order.to_string().into_datum()), pg_sys::TEXTOID);
        statements.resolve.run(&[orders]);
    });
}

/// The failure of an order follows its new key.
pub fn rename(tables: &Tables, before: &Key, after: &Key) {
    with(tables, |statements| {
        let after = after.to_string().into_datum();
        statements.resolve.run(&[array([after], pg_sys::TEXTOID)]);
        statements.rename.run(&[before.to_string().into_datum(), after]);
    });
}
