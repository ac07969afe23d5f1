//! The attached shop as this backend knows it: its tables, the rights to act on them with, and what it says of an order.
//!
//! Read from `_campaign_shop` at first use, and again after any change of its tables or of the mapping, of which
//! PostgreSQL's cache invalidation tells.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CString;
use std::rc::Rc;

use super::lookup::{self, Tables};
use super::reading::{Layout, Readers};
use super::rights::{self, Owner};
use super::statement::{Rows, Statement, connected};
use super::values::KeyType;
use super::writing::Writers;

/// What `_campaign_shop` says, each mapping as an expression over the order's row `o`.
pub struct Mapping {
    pub key: String,
    pub customer: Option<String>,
    pub total: String,
    pub currency: Option<String>,
    pub session: Option<String>,
    pub placed_at: String,
    pub is_placed: Option<String>,
    pub is_cancelled: Option<String>,
    pub refunded: Option<String>,
    pub lines: Option<String>,
    /// The key of a customer, as an expression over the customer's row `o`.
    pub customer_key: Option<String>,
    /// The tables that hold parts of orders, each with the order's key as an expression over its own row `o`.
    pub parts: Vec<(pg_sys::Oid, String)>,
}

pub struct Shop {
    pub tables: Rc<Tables>,
    pub orders: pg_sys::Oid,
    pub customers: Option<pg_sys::Oid>,
    pub owner: Owner,
    pub customers_owner: Option<Owner>,
    /// Whether the mapped expressions need the owner's search_path.
    pub needs_path: bool,
    pub key_type: KeyType,
    pub customer_type: KeyType,
    pub at_commit: bool,
    /// Whether orders and customers have columns of ours.
    pub add_columns: bool,
    /// Whether an order's facts can depend on other tables than its own.
    pub reads_elsewhere: bool,
    pub mapping: Mapping,
    pub readers: Readers,
    pub writers: Writers,
    layouts: RefCell<HashMap<pg_sys::Oid, Rc<Layout>>>,
}

thread_local! {
    static SHOP: RefCell<Option<Rc<Shop>>> = const { RefCell::new(None) };
    static LOADED_AT: Cell<Option<u64>> = const { Cell::new(None) };
}

const LOAD: &str = "
select s.orders::pg_catalog.oid, s.customers::pg_catalog.oid,
       (select pg_catalog.format('%I.%I', n.nspname, c.relname)
          from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
         where c.oid operator(pg_catalog.=) s.orders),
       (select pg_catalog.format('%I.%I', n.nspname, c.relname)
          from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
         where c.oid operator(pg_catalog.=) s.customers),
       s.attribute_at operator(pg_catalog.=) 'commit', s.add_columns,
       s.order_key, s.order_customer, s.order_total, s.order_currency, s.order_session, s.order_placed_at,
       s.order_is_placed, s.order_is_cancelled, s.order_refunded, s.order_lines, s.customer_key, s.needs_path
  from campaign._campaign_shop s";

const LOAD_PARTS: &str = "
select pg_catalog.to_regclass(p.key)::pg_catalog.oid, p.value
  from campaign._campaign_shop s cross join lateral pg_catalog.jsonb_each_text(s.order_parts) p (key, value)
 where s.order_parts is not null";

// The settings of the role here, of the role, of the database: the first that there is, as at a login. That of the database
// counts where its owner has the table's owner's privileges: or he would have them by it.
const LOAD_PATH: &str = "
select pg_catalog.substr(c.setting, 13)
  from pg_catalog.pg_db_role_setting s
 cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
 where pg_catalog.starts_with(c.setting, 'search_path=')
   and ((s.setrole operator(pg_catalog.=) $1
         and (s.setdatabase operator(pg_catalog.=) $2 or s.setdatabase operator(pg_catalog.=) '0'::pg_catalog.oid))
     or (s.setrole operator(pg_catalog.=) '0'::pg_catalog.oid and s.setdatabase operator(pg_catalog.=) $2
         and (select pg_catalog.pg_has_role(d.datdba, $1, 'usage') from pg_catalog.pg_database d where d.oid operator(pg_catalog.=) $2)))
 order by (s.setrole operator(pg_catalog.=) $1) desc, (s.setdatabase operator(pg_catalog.=) $2) desc
 limit 1";

/// PostgreSQL's own default.
const DEFAULT_PATH: &str = "\"$user\", public";

/// Whether [`attached`] knows without reading anything.
pub fn is_known() -> bool {
    LOADED_AT.get() == Some(lookup::changes())
}

/// The attached shop; `None` when none is.
pub fn attached() -> Option<Rc<Shop>> {
    if is_known() {
        return SHOP.with_borrow(Clone::clone);
    }
    let tables = lookup::tables();
    let changes = lookup::changes();
    let shop = rights::as_ours(tables.owner, || connected(|| load(&tables))).map(Rc::new);
    if let Some(shop) = &shop {
        lookup::watch(shop.orders);
        shop.customers.into_iter().for_each(lookup::watch);
        shop.mapping.parts.iter().for_each(|(part, _)| lookup::watch(*part));
    }
    SHOP.set(shop.clone());
    // A table that is watched only from now on may have changed while it was read: the next call reads once more.
    LOADED_AT.set((changes == lookup::changes()).then_some(changes));
    shop
}

/// The attached shop; error 55000 when none is.
pub fn needed() -> Rc<Shop> {
    attached().unwrap_or_else(|| {
        ereport!(ERROR, PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, "no shop is attached");
    })
}

fn load(tables: &Rc<Tables>) -> Option<Shop> {
    let rows = Statement::new(LOAD, &[]).run(&[]);
    if rows.len() == 0 {
        return None;
    }
    let text = |column: usize| rows.value::<String>(0, column);
    let orders = rows.value::<pg_sys::Oid>(0, 1)?;
    let customers = rows.value::<pg_sys::Oid>(0, 2);
    // A table that was dropped has no name left: nothing is attached any more.
    let orders_name = text(3)?;
    let customers_name = text(4);
    let customers = customers.filter(|_| customers_name.is_some());
    let mapping = Mapping {
        key: text(7)?,
        customer: text(8),
        total: text(9)?,
        currency: text(10),
        session: text(11),
        placed_at: text(12)?,
        is_placed: text(13),
        is_cancelled: text(14),
        refunded: text(15),
        lines: text(16),
        customer_key: text(17),
        parts: parts(),
    };
    let owner = owner(orders);
    let customers_owner = customers.map(self::owner);
    let add_columns = flag(&rows, 6);
    let readers = Readers::new(orders, &orders_name, &mapping, tables, add_columns);
    let writers = Writers::new(&orders_name, customers_name.as_deref(), &mapping, tables);
    Some(Shop {
        tables: Rc::clone(tables),
        orders,
        customers,
        owner,
        customers_owner,
        needs_path: flag(&rows, 18),
        key_type: tables.order_key,
        customer_type: tables.customer_key,
        at_commit: flag(&rows, 5),
        add_columns,
        reads_elsewhere: !readers.are_columns() || !mapping.parts.is_empty(),
        readers,
        writers,
        mapping,
        layouts: RefCell::default(),
    })
}

fn flag(rows: &Rows, column: usize) -> bool {
    rows.value::<bool>(0, column).unwrap_or_default()
}

fn parts() -> Vec<(pg_sys::Oid, String)> {
    let rows = Statement::new(LOAD_PARTS, &[]).run(&[]);
    (0..rows.len()).filter_map(|row| Some((rows.value(row, 1)?, rows.value(row, 2)?))).collect()
}

/// Who owns a table, and his own search_path. Within [`connected`], with our rights.
pub fn owner(relation: pg_sys::Oid) -> Owner {
    let role = lookup::owner_of(relation);
    let load = Statement::new(LOAD_PATH, &[pg_sys::OIDOID, pg_sys::OIDOID]);
    // SAFETY: a variable of this backend.
    let database = unsafe { pg_sys::MyDatabaseId };
    let rows = load.run(&[Some(pg_sys::Datum::from(role)), Some(pg_sys::Datum::from(database))]);
    let path = if rows.len() > 0 { rows.value::<String>(0, 1) } else { None };
    // The caller's temporary tables come last, where no path names them: or they would come first.
    let path = format!("{}, pg_temp", path.unwrap_or_else(|| DEFAULT_PATH.to_owned()));
    Owner { role, path: CString::new(path).unwrap_or_default() }
}

impl Shop {
    /// How a table of orders lays its rows out: the orders table, a partition or a child of it. `None` for any other.
    pub fn layout(&self, relation: pg_sys::Relation) -> Option<Rc<Layout>> {
        // SAFETY: the caller's relation is open.
        let oid = unsafe { (*relation).rd_id };
        if let Some(layout) = self.known_layout(oid) {
            return Some(layout);
        }
        if oid != self.orders && !self.is_child(oid) {
            return None;
        }
        lookup::watch(oid);
        let layout = Rc::new(Layout::of(self, relation));
        self.layouts.borrow_mut().insert(oid, Rc::clone(&layout));
        Some(layout)
    }

    /// The same where it was asked before.
    pub fn known_layout(&self, table: pg_sys::Oid) -> Option<Rc<Layout>> {
        self.layouts.borrow().get(&table).map(Rc::clone)
    }

    fn is_child(&self, relation: pg_sys::Oid) -> bool {
        const ANCESTORS: &str = "
            with recursive above as (
              select i.inhparent from pg_catalog.pg_inherits i where i.inhrelid operator(pg_catalog.=) $1
              union
              select i.inhparent
                from above a join pg_catalog.pg_inherits i on i.inhrelid operator(pg_catalog.=) a.inhparent
            )
            select true from above a where a.inhparent operator(pg_catalog.=) $2";
        rights::as_ours(self.tables.owner, || {
            connected(|| {
                let statement = Statement::new(ANCESTORS, &[pg_sys::OIDOID, pg_sys::OIDOID]);
                statement.run(&[Some(pg_sys::Datum::from(relation)), Some(pg_sys::Datum::from(self.orders))]).len() > 0
            })
        })
    }
}
