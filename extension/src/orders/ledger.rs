//! The conversions: one row an order credited to a visit. Written with the rights of our tables' owner; every statement
//! names what it uses with its schema, operators too.

use pgrx::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::lookup::{self, Search, Tables};
use super::reading::Facts;
use super::rights;
use super::statement::{Argument, Statement, connected, rows_of};
use super::touch::Touch;
use super::values::{self, Id, Key, KeyType, Money, array, optional_text, uuid};
use crate::settings;

/// A conversion as it stands.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub campaign: Id,
    pub visit: Id,
    pub session: String,
    pub customer: Option<Key>,
    pub currency: Option<String>,
    pub total: Money,
    pub refunded: Money,
    pub is_cancelled: bool,
    /// Whether its order was deleted: another one may have its key since.
    pub is_deleted: bool,
}

/// An order that gets the credit of a visit.
pub struct Credit<'a> {
    pub facts: &'a Facts,
    pub touch: &'a Touch,
}

/// How a conversion is to be from now on; `None` leaves what is there.
#[derive(Debug)]
pub struct Correction {
    pub order: Key,
    pub total: Money,
    pub refunded: Option<Money>,
    pub is_cancelled: bool,
    pub customer: Option<Key>,
    /// `Some(None)`: none.
    pub currency: Option<Option<String>>,
}

/// The kept plans, for one pair of key types.
struct Statements {
    of: (KeyType, KeyType),
    insert: Statement,
    insert_many: Statement,
    mark_visit: Statement,
    mark_visits: Statement,
    correct: Statement,
    correct_many: Statement,
    take_over: Statement,
    lock: Statement,
    make_room: Statement,
    rename: Statement,
    rename_in_visit: Statement,
    exchange: Statement,
    cancel: Statement,
    cancel_all: Statement,
    sessions_of_customer: Statement,
    first_of_customers: Statement,
    mark_late: Statement,
}

const CONVERSION: &str =
    "(id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency,
   revenue, order_total, refunded, cancelled_at, converted_at)";

impl Statements {
    fn new(order: KeyType, customer: KeyType) -> Statements {
        use pg_sys::{
            BOOLARRAYOID, BOOLOID, NUMERICARRAYOID, NUMERICOID, TEXTARRAYOID, TEXTOID, TIMESTAMPTZARRAYOID,
            TIMESTAMPTZOID, UUIDARRAYOID, UUIDOID,
        };
        let (key, keys) = (order.oid(), order.array_oid());
        let (who, whom) = (customer.oid(), customer.array_oid());
        let mark = "set converted = true,
                        conversion_at = coalesce(v.conversion_at, {at}),
                        attributed_order_id = coalesce(v.attributed_order_id, {order}),
                        customer_id = coalesce(v.customer_id, {customer})";
        let unmarked = "v.session_id operator(pg_catalog.=) {session} and v.id operator(pg_catalog.=) {visit}
                    and (not v.converted or (v.customer_id is null and {customer} is not null))";
        let fill = |text: &str, names: [&str; 5]| {
            ["{session}", "{visit}", "{customer}", "{at}", "{order}"]
                .iter()
                .zip(names)
                .fold(text.to_owned(), |text, (hole, name)| text.replace(hole, name))
        };
        let one = ["$1", "$2", "$3", "$4", "$5"];
        let many = ["c.session_id", "c.visit_id", "c.customer_id", "c.converted_at", "c.order_id"];
        let correct = "set order_total = {total},
                           refunded = coalesce({refunded}, c.refunded),
                           cancelled_at = case when {cancelled} then coalesce(c.cancelled_at, pg_catalog.now()) end,
                           customer_id = coalesce({customer}, c.customer_id),
                           currency = case when {currency_is_told} then {currency} else c.currency end,
                           order_deleted_at = null";
        let fill_correct = |names: [&str; 6]| {
            ["{total}", "{refunded}", "{cancelled}", "{customer}", "{currency}", "{currency_is_told}"]
                .iter()
                .zip(names)
                .fold(correct.to_owned(), |text, (hole, name)| text.replace(hole, name))
        };
        Statements {
            of: (order, customer),
            insert: Statement::new(
                format!(
                    "insert into campaign.campaign_conversions {CONVERSION}
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13)
                     on conflict (order_id) do nothing
                     returning (select s.until from campaign._campaign_snapshot_state s)"
                ),
                &[
                    UUIDOID, UUIDOID, UUIDOID, key, who, TEXTOID, TEXTOID, TEXTOID, TEXTOID, NUMERICOID, NUMERICOID,
                    TIMESTAMPTZOID, TIMESTAMPTZOID,
                ],
            ),
            insert_many: Statement::new(
                format!(
                    "insert into campaign.campaign_conversions {CONVERSION}
                     select n.id, n.campaign_id, n.visit_id, n.order_id, n.customer_id, n.session_id, n.device_type,
                            n.country, n.currency, n.total, n.total, n.refunded, n.cancelled_at, n.converted_at
                       from {rows}
                         n (id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency,
                            total, refunded, cancelled_at, converted_at)
                     on conflict (order_id) do nothing
                     returning (select s.until from campaign._campaign_snapshot_state s), order_id",
                    rows = rows_of(13)
                ),
                &[
                    UUIDARRAYOID,
                    UUIDARRAYOID,
                    UUIDARRAYOID,
                    keys,
                    whom,
                    TEXTARRAYOID,
                    TEXTARRAYOID,
                    TEXTARRAYOID,
                    TEXTARRAYOID,
                    NUMERICARRAYOID,
                    NUMERICARRAYOID,
                    TIMESTAMPTZARRAYOID,
                    TIMESTAMPTZARRAYOID,
                ],
            ),
            mark_visit: Statement::new(
                fill(&format!("update campaign.campaign_visits v {mark} where {unmarked}"), one),
                &[TEXTOID, UUIDOID, who, TIMESTAMPTZOID, key],
            ),
            mark_visits: Statement::new(
                fill(
                    &format!(
                        "update campaign.campaign_visits v {mark}
                           from {rows}
                             c (session_id, visit_id, customer_id, converted_at, order_id)
                          where {unmarked}",
                        rows = rows_of(5)
                    ),
                    many,
                ),
                &[TEXTARRAYOID, UUIDARRAYOID, whom, TIMESTAMPTZARRAYOID, keys],
            ),
            correct: Statement::new(
                format!(
                    "update campaign.campaign_conversions c {} where c.order_id operator(pg_catalog.=) $1",
                    fill_correct(["$2", "$3", "$4", "$5", "$6", "$7"])
                ),
                &[key, NUMERICOID, NUMERICOID, BOOLOID, who, TEXTOID, BOOLOID],
            ),
            correct_many: Statement::new(
                format!(
                    "update campaign.campaign_conversions c {}
                       from {rows}
                         p (order_id, total, refunded, is_cancelled, customer_id, currency, currency_is_told)
                      where c.order_id operator(pg_catalog.=) p.order_id",
                    fill_correct(["p.total", "p.refunded", "p.is_cancelled", "p.customer_id", "p.currency", "p.currency_is_told"]),
                    rows = rows_of(7)
                ),
                &[keys, NUMERICARRAYOID, NUMERICARRAYOID, BOOLARRAYOID, whom, TEXTARRAYOID, BOOLARRAYOID],
            ),
            take_over: Statement::new(
                "update campaign.campaign_conversions c
                    set campaign_id = $1, visit_id = $2, customer_id = $4, session_id = $5, device_type = $6, country = $7,
                        currency = $8, revenue = $9, order_total = $9, refunded = $10, cancelled_at = $11, converted_at = $12,
                        order_deleted_at = null
                  where c.order_id operator(pg_catalog.=) $3 and c.order_deleted_at is not null",
                &[
                    UUIDOID, UUIDOID, key, who, TEXTOID, TEXTOID, TEXTOID, TEXTOID, NUMERICOID, NUMERICOID,
                    TIMESTAMPTZOID, TIMESTAMPTZOID,
                ],
            ),
            lock: Statement::new(
                "select c.order_id from campaign.campaign_conversions c
                  where c.order_id operator(pg_catalog.=) any ($1)
                  order by c.order_id for update of c",
                &[keys],
            ),
            make_room: Statement::new(
                "delete from campaign.campaign_conversions c
                  where c.order_id operator(pg_catalog.=) $1 and c.order_deleted_at is not null",
                &[key],
            ),
            rename: Statement::new(
                "update campaign.campaign_conversions c set order_id = $2 where c.order_id operator(pg_catalog.=) $1",
                &[key, key],
            ),
            rename_in_visit: Statement::new(
                "update campaign.campaign_visits v set attributed_order_id = $2
                   from campaign.campaign_conversions c
                  where c.order_id operator(pg_catalog.=) $2
                    and v.session_id operator(pg_catalog.=) c.session_id and v.id operator(pg_catalog.=) c.visit_id
                    and v.attributed_order_id operator(pg_catalog.=) $1",
                &[key, key],
            ),
            // All are gone (that is what the order asks for) before the first comes back: none is in another one's way.
            exchange: Statement::new(
                format!(
                    "with gone as (
                       delete from campaign.campaign_conversions c
                        where c.order_id operator(pg_catalog.=) any ($1) and c.order_deleted_at is null
                       returning c.*
                     )
                     insert into campaign.campaign_conversions
                       (id, campaign_id, visit_id, order_id, customer_id, session_id, device_type, country, currency,
                        revenue, order_total, refunded, cancelled_at, converted_at, created_at)
                     select g.id, g.campaign_id, g.visit_id, m.key, g.customer_id, g.session_id, g.device_type, g.country,
                            g.currency, g.revenue, g.order_total, g.refunded, g.cancelled_at, g.converted_at, g.created_at
                       from gone g join {} m (former, key) on m.former operator(pg_catalog.=) g.order_id
                      order by m.key",
                    rows_of(2)
                ),
                &[keys, keys],
            ),
            cancel: Statement::new(
                "update campaign.campaign_conversions c
                    set cancelled_at = coalesce(c.cancelled_at, pg_catalog.now()), order_deleted_at = pg_catalog.now()
                  where c.order_id operator(pg_catalog.=) any ($1) and c.order_deleted_at is null",
                &[keys],
            ),
            cancel_all: Statement::new(
                "update campaign.campaign_conversions c
                    set cancelled_at = coalesce(c.cancelled_at, pg_catalog.now()), order_deleted_at = pg_catalog.now()
                  where c.order_deleted_at is null",
                &[],
            ),
            sessions_of_customer: Statement::new(
                "select s.session_id from campaign.campaign_customer_sessions s
                  where s.customer_id operator(pg_catalog.=) $1
                 union
                 select c.session_id from campaign.campaign_conversions c where c.customer_id operator(pg_catalog.=) $1",
                &[who],
            ),
            first_of_customers: Statement::new(
                "select k.customer_id, f.campaign_id
                   from pg_catalog.unnest($1) k (customer_id)
                   left join lateral (
                     select c.campaign_id from campaign.campaign_conversions c
                      where c.customer_id operator(pg_catalog.=) k.customer_id
                        and c.campaign_id operator(pg_catalog.<>) all ($2)
                      order by c.converted_at, c.created_at, c.id
                      limit 1
                   ) f on true",
                &[whom, UUIDARRAYOID],
            ),
            mark_late: Statement::new(
                "select campaign._campaign_mark_late('conversion', $1, $2)",
                &[UUIDARRAYOID, TIMESTAMPTZARRAYOID],
            ),
        }
    }
}

thread_local! {
    static STATEMENTS: RefCell<Option<Rc<Statements>>> = const { RefCell::new(None) };
}

/// The conversions, for those who write them.
pub struct Ledger {
    tables: Rc<Tables>,
    statements: Rc<Statements>,
}

/// Five seconds: what is older when it is written may have been counted already (`_campaign_mark_late`).
const RECENT: i64 = 5_000_000;

impl Ledger {
    pub fn of(tables: &Rc<Tables>) -> Ledger {
        let kinds = (tables.order_key, tables.customer_key);
        let kept = STATEMENTS.with_borrow(|kept| kept.as_ref().filter(|kept| kept.of == kinds).cloned());
        let statements = kept.unwrap_or_else(|| {
            let statements = Rc::new(Statements::new(kinds.0, kinds.1));
            STATEMENTS.set(Some(Rc::clone(&statements)));
            statements
        });
        Ledger { tables: Rc::clone(tables), statements }
    }

    fn with<T>(&self, body: impl FnOnce(&Statements) -> T) -> T {
        rights::as_ours(self.tables.owner, || connected(|| body(&self.statements)))
    }

    /// The conversion of an order, committed or of this transaction.
    pub fn find(&self, order: &Key) -> Option<Conversion> {
        let column = &self.tables.conversion;
        let mut found = None;
        let search = Search {
            table: self.tables.conversions,
            index: self.tables.conversions_by_order,
            equals: self.tables.order_key.equals(),
            value: order.argument()?,
        };
        lookup::each(&search, |row| {
            let needed = |column| row.get(column).unwrap_or(pg_sys::Datum::null());
            // SAFETY: the columns have these types, and those that are read so cannot be NULL.
            found = Some(unsafe {
                Conversion {
                    campaign: values::id(needed(column.campaign_id)),
                    visit: values::id(needed(column.visit_id)),
                    session: values::text(needed(column.session_id)),
                    customer: row.get(column.customer_id).map(|datum| self.tables.customer_key.read(datum)),
                    currency: row.get(column.currency).map(|datum| values::text(datum)),
                    total: Money::read(needed(column.order_total)),
                    refunded: Money::read(needed(column.refunded)),
                    is_cancelled: row.get(column.cancelled_at).is_some(),
                    is_deleted: row.get(column.order_deleted_at).is_some(),
                }
            });
            false
        });
        found
    }

    /// Whether any order of a customer has a conversion.
    pub fn knows_customer(&self, customer: &Key) -> bool {
        let Some(value) = customer.argument() else { return false };
        let search = Search {
            table: self.tables.conversions,
            index: self.tables.conversions_by_customer,
            equals: self.tables.customer_key.equals(),
            value,
        };
        let mut is_known = false;
        lookup::each(&search, |_| {
            is_known = true;
            false
        });
        is_known
    }

    /// Locks the conversions of orders against other writers until the end of the transaction, always in one order.
    pub fn lock(&self, orders: &[Key]) {
        self.with(|statements| {
            statements.lock.run(&[keys(orders, self.tables.order_key)]);
        });
    }

    /// Writes the conversions of orders that have none, and marks their visits. Whether each was written: an order that
    /// has one already keeps it.
    pub fn credit(&self, credits: &[Credit<'_>]) -> Vec<bool> {
        if credits.is_empty() {
            return Vec::new();
        }
        self.with(|statements| {
            let (written, until) = match credits {
                [credit] => insert_one(&statements.insert, credit),
                credits => self.insert_many(&statements.insert_many, credits),
            };
            let new: Vec<&Credit<'_>> =
                credits.iter().zip(&written).filter(|(_, written)| **written).map(|(credit, _)| credit).collect();
            self.mark_visits(statements, &new);
            mark_late(&statements.mark_late, &new, until);
            written
        })
    }

    fn insert_many(&self, statement: &Statement, credits: &[Credit<'_>]) -> (Vec<bool>, Option<i64>) {
        use pg_sys::{NUMERICOID, TEXTOID, TIMESTAMPTZOID, UUIDOID};
        let rows: Vec<[Argument; 13]> = credits.iter().map(conversion).collect();
        let kinds = [
            UUIDOID,
            UUIDOID,
            UUIDOID,
            self.tables.order_key.oid(),
            self.tables.customer_key.oid(),
            TEXTOID,
            TEXTOID,
            TEXTOID,
            TEXTOID,
            NUMERICOID,
            NUMERICOID,
            TIMESTAMPTZOID,
            TIMESTAMPTZOID,
        ];
        let columns: Vec<Argument> =
            kinds.iter().enumerate().map(|(i, kind)| array(rows.iter().map(|row| row[i]), *kind)).collect();
        let answer = statement.run(&columns);
        let until = if answer.len() > 0 { answer.get(0, 1).map(|until| until.value() as i64) } else { None };
        let mut inserted: std::collections::HashSet<Key> = (0..answer.len())
            // SAFETY: the column is of the orders' key type.
            .filter_map(|row| answer.get(row, 2).map(|key| unsafe { self.tables.order_key.read(key) }))
            .collect();
        // Of several orders with one key only the first was written.
        (credits.iter().map(|credit| inserted.remove(&credit.facts.key)).collect(), until)
    }

    /// Visits are marked in the order of their ids, so that two statements never wait for each other in a circle.
    fn mark_visits(&self, statements: &Statements, credits: &[&Credit<'_>]) {
        struct Mark<'a> {
            session: &'a str,
            customer: Option<&'a Key>,
            at: i64,
            order: &'a Key,
        }
        let mut marks: BTreeMap<Id, Mark<'_>> = BTreeMap::new();
        for Credit { facts, touch } in credits {
            if touch.is_converted && (touch.has_customer || facts.customer.is_none()) {
                continue;
            }
            let mark = marks.entry(touch.visit).or_insert(Mark {
                session: &touch.session,
                customer: None,
                at: facts.placed_at,
                order: &facts.key,
            });
            if (facts.placed_at, &facts.key) < (mark.at, mark.order) {
                (mark.at, mark.order) = (facts.placed_at, &facts.key);
            }
            // A guest's order says nothing of whose visit it was.
            mark.customer = mark.customer.or(facts.customer.as_ref());
        }
        let customer = |mark: &Mark<'_>| mark.customer.and_then(Key::argument);
        match marks.len() {
            0 => {}
            1 => {
                for (visit, mark) in &marks {
                    statements.mark_visit.run(&[
                        mark.session.into_datum(),
                        uuid(visit),
                        customer(mark),
                        Some(pg_sys::Datum::from(mark.at)),
                        mark.order.argument(),
                    ]);
                }
            }
            _ => {
                statements.mark_visits.run(&[
                    array(marks.values().map(|mark| mark.session.into_datum()), pg_sys::TEXTOID),
                    array(marks.keys().map(uuid), pg_sys::UUIDOID),
                    array(marks.values().map(customer), self.tables.customer_key.oid()),
                    array(marks.values().map(|mark| Some(pg_sys::Datum::from(mark.at))), pg_sys::TIMESTAMPTZOID),
                    array(marks.values().map(|mark| mark.order.argument()), self.tables.order_key.oid()),
                ]);
            }
        }
    }

    /// Gives the conversion of an order that was deleted to the new order under its key.
    pub fn take_over(&self, credit: &Credit<'_>) {
        self.with(|statements| {
            let [_, campaign, visit, order, rest @ ..] = conversion(credit);
            let mut arguments = vec![campaign, visit, order];
            arguments.extend(rest);
            statements.take_over.run(&arguments);
            self.mark_visits(statements, &[credit]);
        });
    }

    /// Brings conversions in line with their orders.
    pub fn correct(&self, corrections: &[Correction]) {
        let customer = |c: &Correction| c.customer.as_ref().and_then(Key::argument);
        let refunded = |c: &Correction| c.refunded.as_ref().and_then(Money::argument);
        let currency = |c: &Correction| optional_text(c.currency.as_ref().and_then(Option::as_deref));
        let currency_is_told = |c: &Correction| Some(pg_sys::Datum::from(c.currency.is_some()));
        let cancelled = |c: &Correction| Some(pg_sys::Datum::from(c.is_cancelled));
        match corrections {
            [] => {}
            [c] => self.with(|statements| {
                statements.correct.run(&[
                    c.order.argument(),
                    c.total.argument(),
                    refunded(c),
                    cancelled(c),
                    customer(c),
                    currency(c),
                    currency_is_told(c),
                ]);
            }),
            all => self.with(|statements| {
                statements.correct_many.run(&[
                    array(all.iter().map(|c| c.order.argument()), self.tables.order_key.oid()),
                    array(all.iter().map(|c| c.total.argument()), pg_sys::NUMERICOID),
                    array(all.iter().map(refunded), pg_sys::NUMERICOID),
                    array(all.iter().map(cancelled), pg_sys::BOOLOID),
                    array(all.iter().map(customer), self.tables.customer_key.oid()),
                    array(all.iter().map(currency), pg_sys::TEXTOID),
                    array(all.iter().map(currency_is_told), pg_sys::BOOLOID),
                ]);
            }),
        }
    }

    /// Lets a visit know whose it is, unless it knows.
    pub fn link_customer(&self, visit: &Id, session: &str, customer: &Key, order: &Key, at: i64) {
        self.with(|statements| {
            statements.mark_visit.run(&[
                session.into_datum(),
                uuid(visit),
                customer.argument(),
                Some(pg_sys::Datum::from(at)),
                order.argument(),
            ]);
        });
    }

    /// An order has another key from now on.
    pub fn rename(&self, before: &Key, after: &Key) {
        self.with(|statements| {
            let keys = [before.argument(), after.argument()];
            statements.make_room.run(&keys[1..]);
            statements.rename.run(&keys);
            statements.rename_in_visit.run(&keys);
        });
    }

    /// The same for orders whose keys change places.
    pub fn exchange(&self, renamed: &[(&Key, &Key)]) {
        self.with(|statements| {
            let kind = self.tables.order_key.oid();
            for (_, after) in renamed {
                statements.make_room.run(&[after.argument()]);
            }
            statements.exchange.run(&[
                array(renamed.iter().map(|(before, _)| before.argument()), kind),
                array(renamed.iter().map(|(_, after)| after.argument()), kind),
            ]);
            for (before, after) in renamed {
                statements.rename_in_visit.run(&[before.argument(), after.argument()]);
            }
        });
    }

    /// Cancels the conversions of orders that are gone; the records stay.
    pub fn cancel(&self, orders: &[Key]) {
        self.with(|statements| {
            statements.cancel.run(&[keys(orders, self.tables.order_key)]);
        });
    }

    /// All orders are gone.
    pub fn cancel_all(&self) {
        self.with(|statements| {
            statements.cancel_all.run(&[]);
        });
    }

    /// The sessions that are known to be a customer's: told by campaign_identify, or by his orders.
    pub fn sessions_of(&self, customer: &Key) -> Vec<String> {
        self.with(|statements| {
            let rows = statements.sessions_of_customer.run(&[customer.argument()]);
            (0..rows.len()).filter_map(|row| rows.value(row, 1)).collect()
        })
    }

    /// The campaign of each customer's first conversion that is none of these campaigns'; `None` without one.
    pub fn first_of(&self, customers: &[Key], but: &[Id]) -> Vec<(Key, Option<Id>)> {
        self.with(|statements| {
            let but = array(but.iter().map(uuid), pg_sys::UUIDOID);
            let rows = statements.first_of_customers.run(&[keys(customers, self.tables.customer_key), but]);
            (0..rows.len())
                .filter_map(|row| {
                    // SAFETY: the columns are a key of the customers' type and a uuid.
                    let key = unsafe { self.tables.customer_key.read(rows.get(row, 1)?) };
                    Some((key, rows.get(row, 2).map(|id| unsafe { values::id(id) })))
                })
                .collect()
        })
    }
}

fn keys(keys: &[Key], kind: KeyType) -> Argument {
    array(keys.iter().map(Key::argument), kind.oid())
}

/// The values of a new conversion, in the order of `insert`.
fn conversion(credit: &Credit<'_>) -> [Argument; 13] {
    let Credit { facts, touch } = credit;
    // SAFETY: reads a field of the current transaction.
    let now = unsafe { pg_sys::GetCurrentTransactionStartTimestamp() };
    let currency = facts.currency.clone().or_else(settings::currency);
    [
        crate::ids::new_id().into_datum(),
        uuid(&touch.campaign),
        uuid(&touch.visit),
        facts.key.argument(),
        facts.customer.as_ref().and_then(Key::argument),
        touch.session.as_str().into_datum(),
        optional_text(touch.device.as_deref()),
        optional_text(touch.country.as_deref()),
        optional_text(currency.as_deref()),
        facts.total.argument(),
        facts.refunded.argument(),
        facts.is_cancelled.then(|| pg_sys::Datum::from(now)),
        Some(pg_sys::Datum::from(facts.placed_at)),
    ]
}

fn insert_one(statement: &Statement, credit: &Credit<'_>) -> (Vec<bool>, Option<i64>) {
    let answer = statement.run(&conversion(credit));
    let is_written = answer.len() > 0;
    let until = if is_written { answer.get(0, 1).map(|until| until.value() as i64) } else { None };
    (vec![is_written], until)
}

/// Lets snapshots know of conversions that were just written, and that they may have passed already.
fn mark_late(statement: &Statement, credits: &[&Credit<'_>], until: Option<i64>) {
    // SAFETY: both read the clock, or what was read of it.
    let (start, now) = unsafe { (pg_sys::GetCurrentTransactionStartTimestamp(), pg_sys::GetCurrentTimestamp()) };
    let is_late = |credit: &&Credit<'_>| {
        credit.facts.placed_at < start - RECENT || until.is_some_and(|until| credit.facts.placed_at < until)
    };
    if credits.is_empty() || (now - start <= RECENT && !credits.iter().any(is_late)) {
        return;
    }
    statement.run(&[
        array(credits.iter().map(|credit| uuid(&credit.touch.campaign)), pg_sys::UUIDOID),
        array(credits.iter().map(|credit| Some(pg_sys::Datum::from(credit.facts.placed_at))), pg_sys::TIMESTAMPTZOID),
    ]);
}
