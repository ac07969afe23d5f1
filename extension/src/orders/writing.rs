//! What is written into the shop's own tables, as their owners: whom an order and a customer were won by.

use pgrx::prelude::*;
use std::cell::Cell;

use super::lookup::Tables;
use super::reading::Marks;
use super::rights::{self, Called, Doing};
use super::settle::Manner;
use super::shop::{Mapping, Shop};
use super::statement::{Rows, Statement, connected, rows_of};
use super::values::{self, Id, Key, array, uuid};

/// The kept plans that write into the shop's tables.
pub struct Writers {
    mark: Statement,
    mark_many: Statement,
    forget_orders: Statement,
    customers: Option<CustomerWriters>,
}

struct CustomerWriters {
    free: Statement,
    acquire: Statement,
    unwon: Statement,
    release: Statement,
    won_by: Statement,
    renew: Statement,
}

impl Writers {
    pub fn new(orders: &str, customers: Option<&str>, mapping: &Mapping, tables: &Tables) -> Writers {
        use pg_sys::{UUIDARRAYOID, UUIDOID};
        let key = &mapping.key;
        let (who, whom) = (tables.customer_key.oid(), tables.customer_key.array_oid());
        let customers = customers.zip(mapping.customer_key.as_ref()).map(|(customers, key)| CustomerWriters {
            acquire: Statement::new(
                format!(
                    "update {customers} o set acquisition_campaign_id = w.campaign_id
                       from {rows} w (key, campaign_id)
                      where ({key}) operator(pg_catalog.=) w.key and o.acquisition_campaign_id is null",
                    rows = rows_of(2)
                ),
                &[whom, UUIDARRAYOID],
            ),
            // Apart from the UPDATE, which must stay one that rules of the shop's can rewrite.
            free: Statement::new(
                format!(
                    "select ({key})::{} from {customers} o
                      where ({key}) operator(pg_catalog.=) any ($1) and o.acquisition_campaign_id is null
                        for no key update of o skip locked",
                    tables.customer_key.name()
                ),
                &[whom],
            ),
            unwon: Statement::new(
                format!(
                    "select ({key})::{} from {customers} o
                      where ({key}) operator(pg_catalog.=) any ($1) and o.acquisition_campaign_id is null",
                    tables.customer_key.name()
                ),
                &[whom],
            ),
            release: Statement::new(
                format!(
                    "update {customers} o set acquisition_campaign_id = null
                      where ({key}) operator(pg_catalog.=) $1 and o.acquisition_campaign_id is not null"
                ),
                &[who],
            ),
            won_by: Statement::new(
                format!(
                    "select ({key})::{} from {customers} o
                      where o.acquisition_campaign_id operator(pg_catalog.=) any ($1)",
                    tables.customer_key.name()
                ),
                &[UUIDARRAYOID],
            ),
            renew: Statement::new(
                format!(
                    "update {customers} o set acquisition_campaign_id = w.campaign_id
                       from {rows} w (key, campaign_id)
                      where ({key}) operator(pg_catalog.=) w.key",
                    rows = rows_of(2)
                ),
                &[whom, UUIDARRAYOID],
            ),
        });
        Writers {
            mark: Statement::new(
                format!(
                    "update {orders} o set campaign_id = $2, visit_id = $3 where ({key}) operator(pg_catalog.=) $1"
                ),
                &[tables.order_key.oid(), UUIDOID, UUIDOID],
            ),
            mark_many: Statement::new(
                format!(
                    "update {orders} o set campaign_id = m.campaign_id, visit_id = m.visit_id
                       from {rows} m (key, campaign_id, visit_id)
                      where ({key}) operator(pg_catalog.=) m.key",
                    rows = rows_of(3)
                ),
                &[tables.order_key.array_oid(), UUIDARRAYOID, UUIDARRAYOID],
            ),
            forget_orders: Statement::new(
                format!(
                    "update {orders} o set campaign_id = null, visit_id = null
                      where o.campaign_id operator(pg_catalog.=) any ($1)"
                ),
                &[UUIDARRAYOID],
            ),
            customers,
        }
    }
}

thread_local! {
    /// Whether orders are written by us: what our triggers see of that is our own doing.
    static IS_MARKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the running statement on orders is ours.
pub fn is_marking() -> bool {
    IS_MARKING.get()
}

/// Ends marking at the end of its scope, after an error too.
struct Marking(bool);

impl Drop for Marking {
    fn drop(&mut self) {
        IS_MARKING.set(self.0);
    }
}

impl Shop {
    /// Who writes orders himself has the owner's triggers run for him anyway; whoever else calls must not.
    fn as_orders_owner(&self, manner: Manner, body: impl Fn()) {
        let doing = if manner.writes_orders { Doing::WritingWhatTheCallerWrites } else { Doing::Writing };
        rights::as_owner_at_once(&self.tables, &self.owner, manner.called, doing, || connected(&body));
    }

    /// Writes whom orders were won by into the orders themselves.
    pub fn mark(&self, marks: &[(&Key, Marks)], manner: Manner) {
        if marks.is_empty() || !self.add_columns {
            return;
        }
        let _marking = Marking(IS_MARKING.replace(true));
        let campaign = |marks: &Marks| marks.as_ref().and_then(|(campaign, _)| uuid(campaign));
        let visit = |marks: &Marks| marks.as_ref().and_then(|(_, visit)| uuid(visit));
        self.as_orders_owner(manner, || match marks {
            [(key, mark)] => {
                self.writers.mark.run(&[key.argument(), campaign(mark), visit(mark)]);
            }
            marks => {
                self.writers.mark_many.run(&[
                    array(marks.iter().map(|(key, _)| key.argument()), self.key_type.oid()),
                    array(marks.iter().map(|(_, mark)| campaign(mark)), pg_sys::UUIDOID),
                    array(marks.iter().map(|(_, mark)| visit(mark)), pg_sys::UUIDOID),
                ]);
            }
        });
    }

    /// Takes deleted campaigns out of the shop's orders.
    pub fn forget_orders(&self, campaigns: &[Id]) {
        if !self.add_columns {
            return;
        }
        let _marking = Marking(IS_MARKING.replace(true));
        self.as_orders_owner(Manner::REPAIR, || {
            self.writers.forget_orders.run(&[array(campaigns.iter().map(uuid), pg_sys::UUIDOID)]);
        });
    }

    fn as_customers_owner(&self, called: Called, body: impl Fn(&CustomerWriters)) {
        if let (true, Some(writers), Some(owner)) = (self.add_columns, &self.writers.customers, &self.customers_owner) {
            rights::as_owner_at_once(&self.tables, owner, called, Doing::Writing, || connected(|| body(writers)));
        }
    }

    /// Whether customers have a column that tells whom they were won by.
    pub fn acquires(&self) -> bool {
        self.add_columns && self.writers.customers.is_some() && self.customers_owner.is_some()
    }

    /// Writes whom customers were won by, where nobody is named yet. Those whose rows somebody else holds: nobody waits for
    /// them.
    pub fn acquire(&self, customers: &[(Key, Id)], called: Called) -> Vec<Key> {
        let held = std::cell::RefCell::new(Vec::new());
        self.as_customers_owner(called, |writers| {
            let kind = self.customer_type.oid();
            let keys = |rows: &Rows| -> Vec<Key> {
                // SAFETY: the statements answer keys of the customers' type.
                (0..rows.len())
                    .filter_map(|row| rows.get(row, 1).map(|key| unsafe { self.customer_type.read(key) }))
                    .collect()
            };
            let all = array(customers.iter().map(|(customer, _)| customer.argument()), kind);
            let free: std::collections::HashSet<Key> = keys(&writers.free.run(&[all])).into_iter().collect();
            let (won, others): (Vec<_>, Vec<_>) = customers.iter().partition(|(customer, _)| free.contains(customer));
            if !won.is_empty() {
                writers.acquire.run(&[
                    array(won.iter().map(|(customer, _)| customer.argument()), kind),
                    array(won.iter().map(|(_, campaign)| uuid(campaign)), pg_sys::UUIDOID),
                ]);
            }
            if !others.is_empty() {
                let others = array(others.iter().map(|(customer, _)| customer.argument()), kind);
                held.replace(keys(&writers.unwon.run(&[others])));
            }
        });
        held.into_inner()
    }

    /// A customer was won by nobody after all.
    pub fn release(&self, customer: &Key, called: Called) {
        self.as_customers_owner(called, |writers| {
            writers.release.run(&[customer.argument()]);
        });
    }

    /// The customers won by any of these campaigns.
    pub fn won_by(&self, campaigns: &[Id]) -> Vec<Key> {
        let customers = std::cell::RefCell::new(Vec::new());
        self.as_customers_owner(Called::ByFunction, |writers| {
            let rows = writers.won_by.run(&[array(campaigns.iter().map(uuid), pg_sys::UUIDOID)]);
            // SAFETY: the statement casts the key to its type.
            let found =
                (0..rows.len()).filter_map(|row| rows.get(row, 1).map(|key| unsafe { self.customer_type.read(key) }));
            customers.replace(found.collect());
        });
        customers.into_inner()
    }

    /// Writes whom customers were won by, whatever is named there.
    pub fn renew(&self, customers: &[(Key, Option<Id>)]) {
        self.as_customers_owner(Called::ByFunction, |writers| {
            writers.renew.run(&[
                array(customers.iter().map(|(customer, _)| customer.argument()), self.customer_type.oid()),
                array(customers.iter().map(|(_, campaign)| campaign.as_ref().and_then(values::uuid)), pg_sys::UUIDOID),
            ]);
        });
    }
}
