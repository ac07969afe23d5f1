//! What an order says, read from the row that a trigger was given or from the stored order.
//!
//! A mapping whose arguments are plain columns is read straight from the row; any other by one kept plan, evaluated as
//! the owner of the orders.

use pgrx::prelude::*;
use std::ffi::CStr;

use super::lookup::{self, Row, Tables};
use super::rights::{self, Called, Doing};
use super::shop::{Mapping, Shop};
use super::statement::{Argument, Rows, Statement, connected};
use super::values::{self, Id, Key, KeyType, Money, array};

/// What attribution must know of an order, whatever the shop's table looks like.
#[derive(Clone, Debug)]
pub struct Facts {
    pub key: Key,
    /// `None` for a guest.
    pub customer: Option<Key>,
    pub total: Money,
    /// In capital letters; `None` when the order names none.
    pub currency: Option<String>,
    /// The order's own; `None` when it carries none.
    pub session: Option<String>,
    /// In microseconds since PostgreSQL's epoch.
    pub placed_at: i64,
    pub is_placed: bool,
    pub is_cancelled: bool,
    /// Never below 0.
    pub refunded: Money,
}

/// Whom an order's own columns name: the campaign and the visit.
pub type Marks = Option<(Id, Id)>;

/// The select list of the facts, in the order of [`FACTS`].
const FACTS: usize = 9;
const KEY: usize = 0;
const CUSTOMER: usize = 1;
const TOTAL: usize = 2;
const CURRENCY: usize = 3;
const SESSION: usize = 4;
const PLACED_AT: usize = 5;
const IS_PLACED: usize = 6;
const IS_CANCELLED: usize = 7;
const REFUNDED: usize = 8;

type Values = [Argument; FACTS];

/// What is read of an order before it is stored: enough to find its visit.
pub struct Placing {
    pub customer: Option<Key>,
    pub session: Option<String>,
    pub placed_at: i64,
    pub is_placed: bool,
}

/// A row of a trigger, kept for as long as its statement is settled.
pub struct Image {
    content: Content,
    /// `None` where orders have no columns of ours.
    pub marks: Option<Marks>,
}

enum Content {
    Facts(Box<Facts>),
    /// The row as a value of the orders' row type.
    Row(pg_sys::Datum),
}

/// The kept plans that evaluate the shop's expressions.
pub struct Readers {
    /// Which column each fact is, where all of them are plain ones.
    columns: Option<[Option<Column>; FACTS]>,
    key: Statement,
    placing: Statement,
    facts: Statement,
    stored: Statement,
    hold: Statement,
    placed_between: Statement,
    lines: Option<Statement>,
}

/// A plain column that holds a fact.
#[derive(Clone, Debug)]
struct Column {
    name: String,
    convert: Convert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Convert {
    No,
    Int2ToInt4,
    Int2ToNumeric,
    Int4ToNumeric,
    Int8ToNumeric,
    UuidToText,
}

/// Where the columns that matter stand in the rows of one table: orders, a partition or a child of it.
#[derive(Debug)]
pub struct Layout {
    /// The column of each fact and how its value becomes one; `None` where a plan reads them.
    columns: Option<[Option<(i32, Convert)>; FACTS]>,
    /// The columns of our marks: campaign_id, visit_id.
    marks: Option<(i32, i32)>,
    /// The row type of the orders, where this table's rows are not of it.
    converts_to: Option<pg_sys::Oid>,
    /// Whether the key is a generated column: then no trigger before the row is stored knows it.
    pub key_is_generated: bool,
    /// Whether rows may be changed by a trigger before they are stored. PostgreSQL (15.18, any trigger) fails to store a
    /// changed row of a partition that has a generated column of a domain.
    pub may_change: bool,
}

fn as_type(expression: Option<&str>, kind: &str, default: &str) -> String {
    expression.map_or_else(|| format!("{default}::{kind}"), |expression| format!("({expression})::{kind}"))
}

impl Mapping {
    /// The expressions of the facts with their types, in their order.
    fn facts(&self, tables: &Tables) -> [String; FACTS] {
        let mut facts = [const { String::new() }; FACTS];
        facts[KEY] = as_type(Some(&self.key), tables.order_key.name(), "");
        facts[CUSTOMER] = as_type(self.customer.as_deref(), tables.customer_key.name(), "null");
        facts[TOTAL] = as_type(Some(&self.total), "pg_catalog.numeric", "");
        facts[CURRENCY] = as_type(self.currency.as_deref(), "pg_catalog.text", "null");
        facts[SESSION] = as_type(self.session.as_deref(), "pg_catalog.text", "null");
        facts[PLACED_AT] = as_type(Some(&self.placed_at), "pg_catalog.timestamptz", "");
        facts[IS_PLACED] = as_type(self.is_placed.as_deref(), "pg_catalog.bool", "true");
        facts[IS_CANCELLED] = as_type(self.is_cancelled.as_deref(), "pg_catalog.bool", "false");
        facts[REFUNDED] = as_type(self.refunded.as_deref(), "pg_catalog.numeric", "0");
        facts
    }

    /// The same as given.
    fn expressions(&self) -> [Option<&str>; FACTS] {
        let mut expressions = [None; FACTS];
        expressions[KEY] = Some(self.key.as_str());
        expressions[CUSTOMER] = self.customer.as_deref();
        expressions[TOTAL] = Some(self.total.as_str());
        expressions[CURRENCY] = self.currency.as_deref();
        expressions[SESSION] = self.session.as_deref();
        expressions[PLACED_AT] = Some(self.placed_at.as_str());
        expressions[IS_PLACED] = self.is_placed.as_deref();
        expressions[IS_CANCELLED] = self.is_cancelled.as_deref();
        expressions[REFUNDED] = self.refunded.as_deref();
        expressions
    }
}

impl Readers {
    pub fn new(orders: pg_sys::Oid, name: &str, mapping: &Mapping, tables: &Tables, has_marks: bool) -> Readers {
        let facts = mapping.facts(tables);
        let list = facts.join(", ");
        let marks = if has_marks {
            "o.campaign_id::pg_catalog.uuid, o.visit_id::pg_catalog.uuid"
        } else {
            "null::pg_catalog.uuid, null::pg_catalog.uuid"
        };
        let key = &mapping.key;
        let stored = format!("select {list}, {marks} from {name} o where ({key}) operator(pg_catalog.=) any ($1)");
        // SAFETY: look-ups in the system caches of a table that is there.
        let row_array = unsafe { pg_sys::get_array_type(pg_sys::get_rel_type_id(orders)) };
        let of_rows = |list: &str| Statement::new(format!("select {list} from pg_catalog.unnest($1) o"), &[row_array]);
        let placed_at = format!("coalesce({}, pg_catalog.now())", facts[PLACED_AT]);
        Readers {
            columns: columns(orders, mapping, tables),
            key: of_rows(&facts[KEY]),
            placing: of_rows(&[CUSTOMER, SESSION, PLACED_AT, IS_PLACED].map(|i| facts[i].as_str()).join(", ")),
            facts: of_rows(&list),
            hold: Statement::new(
                format!(
                    "select from {name} o where ({key}) operator(pg_catalog.=) any ($1) order by ({key}) for no key update of o"
                ),
                &[tables.order_key.array_oid()],
            ),
            stored: Statement::new(stored, &[tables.order_key.array_oid()]),
            placed_between: Statement::new(
                format!(
                    "select ({key})::pg_catalog.text, {is_placed} from {name} o
                      where {placed_at} operator(pg_catalog.>=) $1 and {placed_at} operator(pg_catalog.<) $2
                      order by {placed_at}, ({key})",
                    is_placed = facts[IS_PLACED],
                ),
                &[pg_sys::TIMESTAMPTZOID, pg_sys::TIMESTAMPTZOID],
            ),
            lines: mapping.lines.as_ref().map(|lines| {
                Statement::new(
                    format!(
                        "select ({key})::pg_catalog.text, l.product_id::pg_catalog.text, l.product_name::pg_catalog.text,
                                l.quantity::pg_catalog.numeric, l.amount::pg_catalog.numeric
                           from {name} o
                          cross join lateral ({lines}) l (product_id, product_name, quantity, amount)
                          where ({key}) operator(pg_catalog.=) any ($1)"
                    ),
                    &[tables.order_key.array_oid()],
                )
            }),
        }
    }

    /// Whether every fact is a plain column.
    pub fn are_columns(&self) -> bool {
        self.columns.is_some()
    }
}

/// The plain columns that the facts are; `None` unless all of them are, of types that need no cast of the shop's.
fn columns(orders: pg_sys::Oid, mapping: &Mapping, tables: &Tables) -> Option<[Option<Column>; FACTS]> {
    let mut columns = [const { None }; FACTS];
    for (i, expression) in mapping.expressions().into_iter().enumerate() {
        let Some(expression) = expression else { continue };
        let (name, kind) = plain_column(orders, expression)?;
        columns[i] = Some(Column { name, convert: conversion(i, kind, tables)? });
    }
    Some(columns)
}

/// The name and type of the column that an expression over `o` is; `None` when it is more than that.
fn plain_column(orders: pg_sys::Oid, expression: &str) -> Option<(String, pg_sys::Oid)> {
    let quoted = expression.strip_prefix("o.")?;
    // SAFETY: look-ups in the system caches; the names are copied.
    unsafe {
        let last = lookup::class(orders, |class| class.relnatts);
        (1..=last).find_map(|number| {
            let name = pg_sys::get_attname(orders, number, true);
            if name.is_null() || CStr::from_ptr(pg_sys::quote_identifier(name)).to_str() != Ok(quoted) {
                return None;
            }
            let kind = pg_sys::getBaseType(pg_sys::get_atttype(orders, number));
            Some((CStr::from_ptr(name).to_str().ok()?.to_owned(), kind))
        })
    }
}

/// How a column's base type becomes that of a fact; `None` when only a cast in SQL can tell.
fn conversion(fact: usize, kind: pg_sys::Oid, tables: &Tables) -> Option<Convert> {
    let is_text = kind == pg_sys::TEXTOID || kind == pg_sys::VARCHAROID;
    match fact {
        KEY | CUSTOMER => {
            let wanted = if fact == KEY { tables.order_key } else { tables.customer_key };
            match wanted {
                KeyType::Text => is_text.then_some(Convert::No),
                KeyType::Integer if kind == pg_sys::INT2OID => Some(Convert::Int2ToInt4),
                wanted => (kind == wanted.oid()).then_some(Convert::No),
            }
        }
        TOTAL | REFUNDED => match kind {
            pg_sys::NUMERICOID => Some(Convert::No),
            pg_sys::INT2OID => Some(Convert::Int2ToNumeric),
            pg_sys::INT4OID => Some(Convert::Int4ToNumeric),
            pg_sys::INT8OID => Some(Convert::Int8ToNumeric),
            _ => None,
        },
        CURRENCY | SESSION if is_text => Some(Convert::No),
        CURRENCY | SESSION => (kind == pg_sys::UUIDOID).then_some(Convert::UuidToText),
        PLACED_AT => (kind == pg_sys::TIMESTAMPTZOID).then_some(Convert::No),
        _ => (kind == pg_sys::BOOLOID).then_some(Convert::No),
    }
}

impl Layout {
    pub fn of(shop: &Shop, relation: pg_sys::Relation) -> Layout {
        // SAFETY: the caller's relation is open; look-ups in the system caches.
        unsafe {
            let oid = (*relation).rd_id;
            let number = |name: &str| -> Option<i32> {
                let name = std::ffi::CString::new(name).ok()?;
                let number = i32::from(pg_sys::get_attnum(oid, name.as_ptr()));
                (number > 0).then_some(number)
            };
            // What the shop made of our columns since is not ours to read.
            let mark = |name: &str| {
                number(name).filter(|number| pg_sys::get_atttype(oid, *number as pg_sys::AttrNumber) == pg_sys::UUIDOID)
            };
            let columns = shop.readers.columns.as_ref().and_then(|columns| {
                let mut places = [const { None }; FACTS];
                for (place, column) in places.iter_mut().zip(columns) {
                    if let Some(column) = column {
                        *place = Some((number(&column.name)?, column.convert));
                    }
                }
                Some(places)
            });
            Layout {
                columns,
                marks: if shop.add_columns { mark("campaign_id").zip(mark("visit_id")) } else { None },
                key_is_generated: columns.is_some_and(|columns| {
                    columns[KEY].is_some_and(|(column, _)| {
                        (*(*(*relation).rd_att).attrs.as_ptr().add(column as usize - 1)).attgenerated != 0
                    })
                }),
                may_change: {
                    let constraints = (*(*relation).rd_att).constr;
                    !(*(*relation).rd_rel).relispartition
                        || constraints.is_null()
                        || !(*constraints).has_generated_stored
                },
                converts_to: (oid != shop.orders).then(|| pg_sys::get_rel_type_id(shop.orders)),
            }
        }
    }

    /// Where our marks stand in a row: campaign_id, visit_id.
    pub fn marks(&self) -> Option<(i32, i32)> {
        self.marks
    }

    /// Whom a row's own columns name; `None` where orders have no columns of ours.
    pub fn marks_of(&self, row: &Row) -> Option<Marks> {
        let (campaign, visit) = self.marks?;
        // SAFETY: both columns are uuids.
        let read = |column| row.get(column).map(|datum| unsafe { values::id(datum) });
        Some(read(campaign).zip(read(visit)))
    }

    /// Whether a row names anybody at all in one of our columns.
    pub fn is_marked(&self, row: &Row) -> bool {
        self.marks.is_some_and(|(campaign, visit)| row.get(campaign).is_some() || row.get(visit).is_some())
    }

    /// The session that a row carries, where that is known without a plan: `Some(None)` is none.
    pub fn session(&self, row: &Row) -> Option<Option<String>> {
        self.columns.as_ref().map(|columns| session(value(row, columns[SESSION])))
    }

    /// Whether anything that the facts depend on differs between two versions of a row.
    pub fn facts_differ(&self, before: &Row, after: &Row) -> bool {
        // SAFETY: both slots hold tuples of this table.
        unsafe {
            let description = (*after.slot).tts_tupleDescriptor;
            let differ = |column: i32| differ(description, column, before.get(column), after.get(column));
            match &self.columns {
                Some(columns) => columns.iter().flatten().any(|(column, _)| differ(*column)),
                None => (1..=(*description).natts).any(|column| {
                    !self.marks.is_some_and(|(campaign, visit)| column == campaign || column == visit) && differ(column)
                }),
            }
        }
    }
}

/// Whether two values of a column are not the same, byte for byte.
///
/// # Safety
/// The values are of this column of the description.
unsafe fn differ(description: pg_sys::TupleDesc, column: i32, before: Argument, after: Argument) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return before.is_some() != after.is_some() };
    // SAFETY: as the caller says; a value by reference has the length that its type says.
    unsafe {
        let attribute = (*description).attrs.as_ptr().add(column as usize - 1);
        if (*attribute).attbyval {
            return before.value() != after.value();
        }
        let length = |datum: pg_sys::Datum| match (*attribute).attlen {
            -1 => pgrx::varsize_any(datum.cast_mut_ptr()),
            -2 => CStr::from_ptr(datum.cast_mut_ptr()).count_bytes(),
            fixed => fixed as usize,
        };
        let bytes = |datum: pg_sys::Datum| std::slice::from_raw_parts(datum.cast_mut_ptr::<u8>(), length(datum));
        bytes(before) != bytes(after)
    }
}

/// The value of a fact that is a plain column, in the fact's type.
fn value(row: &Row, column: Option<(i32, Convert)>) -> Argument {
    let (column, convert) = column?;
    let datum = row.get(column)?;
    let call = |function, datum| {
        // SAFETY: a conversion of PostgreSQL's own, given what it converts.
        unsafe { pgrx::direct_function_call_as_datum(function, &[Some(datum)]) }
    };
    match convert {
        Convert::No => Some(datum),
        Convert::Int2ToInt4 => Some(pg_sys::Datum::from(i32::from(datum.value() as i16))),
        Convert::Int2ToNumeric => call(pg_sys::int2_numeric, datum),
        Convert::Int4ToNumeric => call(pg_sys::int4_numeric, datum),
        Convert::Int8ToNumeric => call(pg_sys::int8_numeric, datum),
        // SAFETY: the column is a uuid.
        Convert::UuidToText => uuid::Uuid::from_bytes(unsafe { values::id(datum) }).to_string().into_datum(),
    }
}

fn session(datum: Argument) -> Option<String> {
    // SAFETY: the fact is a text.
    datum.map(|datum| unsafe { values::text(datum) }).filter(|session| !session.is_empty())
}

fn moment(datum: Argument) -> i64 {
    // SAFETY: reads a field of the current transaction.
    datum.map_or_else(|| unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }, |datum| datum.value() as i64)
}

fn flag(datum: Argument) -> bool {
    datum.is_some_and(|datum| datum.value() != 0)
}

/// Reads the facts out of their values.
///
/// # Safety
/// The values are of the types that [`Mapping::facts`] says.
unsafe fn facts(values: &Values, tables: &Tables) -> Facts {
    // SAFETY: as the caller says.
    unsafe {
        let Some(key) = values[KEY] else {
            ereport!(ERROR, PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED, "the order has no key");
        };
        Facts {
            key: tables.order_key.read(key),
            customer: values[CUSTOMER].map(|datum| tables.customer_key.read(datum)),
            total: values[TOTAL].map_or_else(|| Money::of(0), |datum| Money::read(datum)),
            currency: values[CURRENCY]
                .map(|datum| values::text(datum).trim_matches(' ').to_uppercase())
                .filter(|currency| !currency.is_empty()),
            session: session(values[SESSION]),
            placed_at: moment(values[PLACED_AT]),
            is_placed: flag(values[IS_PLACED]),
            is_cancelled: flag(values[IS_CANCELLED]),
            refunded: values[REFUNDED]
                .map(|datum| Money::read(datum))
                .filter(|refunded| !refunded.is_negative())
                .unwrap_or_else(|| Money::of(0)),
        }
    }
}

fn of_row(rows: &Rows, row: usize, tables: &Tables) -> Facts {
    let values: Values = std::array::from_fn(|i| rows.get(row, i + 1));
    // SAFETY: the statement casts each value to its type.
    unsafe { facts(&values, tables) }
}

impl Shop {
    fn columns_of(&self, layout: &Layout, row: &Row) -> Option<Values> {
        let columns = layout.columns.as_ref()?;
        let mut values: Values = std::array::from_fn(|i| value(row, columns[i]));
        if columns[IS_PLACED].is_none() {
            values[IS_PLACED] = Some(pg_sys::Datum::from(true));
        }
        Some(values)
    }

    /// What an order that is about to be stored says of its visit.
    pub fn placing(&self, layout: &Layout, row: &Row) -> Placing {
        let [customer, session_id, placed_at, is_placed] = match &layout.columns {
            Some(columns) => {
                let is_placed = match columns[IS_PLACED] {
                    Some(column) => value(row, Some(column)),
                    None => Some(pg_sys::Datum::from(true)),
                };
                [value(row, columns[CUSTOMER]), value(row, columns[SESSION]), value(row, columns[PLACED_AT]), is_placed]
            }
            None => {
                let image = self.composite(layout, row);
                return self.as_owner(Called::ByTrigger, || {
                    let rows = self.readers.placing.run(&[self.rows([image])]);
                    self.placing_of(std::array::from_fn(|i| rows.get(0, i + 1)))
                });
            }
        };
        self.placing_of([customer, session_id, placed_at, is_placed])
    }

    fn placing_of(&self, [customer, session_id, placed_at, is_placed]: [Argument; 4]) -> Placing {
        Placing {
            // SAFETY: the value is of the customers' key type.
            customer: customer.map(|datum| unsafe { self.customer_type.read(datum) }),
            session: session(session_id),
            placed_at: moment(placed_at),
            is_placed: flag(is_placed),
        }
    }

    /// Keeps a row for as long as its statement is settled; its facts are read now where no plan is needed.
    pub fn image(&self, layout: &Layout, row: &Row) -> Image {
        let content = match self.columns_of(layout, row) {
            // SAFETY: the values are those of columns of the facts' types.
            Some(values) => Content::Facts(Box::new(unsafe { facts(&values, &self.tables) })),
            None => Content::Row(self.composite(layout, row)),
        };
        Image { content, marks: layout.marks_of(row) }
    }

    /// The same, kept until the end of the transaction.
    pub fn lasting_image(&self, layout: &Layout, row: &Row) -> Image {
        // SAFETY: the context is left as it was; after an error the end of the (sub)transaction sets it.
        unsafe {
            let before = pg_sys::MemoryContextSwitchTo(pg_sys::TopTransactionContext);
            let image = self.image(layout, row);
            pg_sys::MemoryContextSwitchTo(before);
            image
        }
    }

    /// The row as a value of the orders' row type.
    fn composite(&self, layout: &Layout, row: &Row) -> pg_sys::Datum {
        // SAFETY: the slot holds a tuple of the layout's table; a child's row has all columns of the orders, which
        // PostgreSQL guarantees, under the same names.
        unsafe {
            let Some(row_type) = layout.converts_to else {
                return pg_sys::ExecFetchSlotHeapTupleDatum(row.slot);
            };
            let tuple = pg_sys::ExecCopySlotHeapTuple(row.slot);
            let description = pg_sys::lookup_rowtype_tupdesc_copy(row_type, -1);
            let map = pg_sys::convert_tuples_by_name((*row.slot).tts_tupleDescriptor, description);
            let tuple = if map.is_null() { tuple } else { pg_sys::execute_attr_map_tuple(tuple, map) };
            pg_sys::heap_copy_tuple_as_datum(tuple, description)
        }
    }

    fn rows(&self, rows: impl IntoIterator<Item = pg_sys::Datum>) -> Argument {
        // SAFETY: a look-up in the system caches.
        let row_type = unsafe { pg_sys::get_rel_type_id(self.orders) };
        array(rows.into_iter().map(Some), row_type)
    }

    /// How the shop's expressions are evaluated.
    pub fn reading(&self) -> Doing {
        if self.needs_path { Doing::Reading } else { Doing::ReadingWithoutPath }
    }

    fn as_owner<T>(&self, called: Called, body: impl FnOnce() -> T) -> T {
        rights::as_owner(&self.owner, called, self.reading(), || connected(body))
    }

    /// The facts of rows, in their order.
    pub fn facts(&self, images: &[&Image]) -> Vec<Facts> {
        let mut rows = Vec::new();
        for image in images {
            if let Content::Row(row) = image.content {
                rows.push(row);
            }
        }
        if rows.is_empty() {
            return images
                .iter()
                .filter_map(|image| match &image.content {
                    Content::Facts(facts) => Some((**facts).clone()),
                    Content::Row(_) => None,
                })
                .collect();
        }
        self.as_owner(Called::ByTrigger, || {
            let rows = self.readers.facts.run(&[self.rows(rows)]);
            (0..rows.len()).map(|row| of_row(&rows, row, &self.tables)).collect()
        })
    }

    /// The key of a row; `None` when it has none.
    pub fn key(&self, image: &Image) -> Option<Key> {
        match &image.content {
            Content::Facts(facts) => Some(facts.key.clone()),
            Content::Row(row) => self.as_owner(Called::ByTrigger, || {
                let rows = self.readers.key.run(&[self.rows([*row])]);
                // SAFETY: the statement casts the key to its type.
                rows.get(0, 1).map(|key| unsafe { self.key_type.read(key) })
            }),
        }
    }

    /// Keeps everybody else from changing or settling these orders before this transaction ends. What is read of an order
    /// in the same statement may be older than the lock, so it is read afterwards.
    pub fn hold(&self, keys: &[Key], called: Called) {
        if !keys.is_empty() {
            let keys = array(keys.iter().map(Key::argument), self.key_type.oid());
            self.as_owner(called, || {
                self.readers.hold.run(&[keys]);
            });
        }
    }

    /// Stored orders as they stand now, with their marks; nothing for a key that no order has.
    pub fn stored(&self, keys: &[Key], called: Called) -> Vec<(Facts, Marks)> {
        let keys = array(keys.iter().map(Key::argument), self.key_type.oid());
        self.as_owner(called, || {
            let rows = self.readers.stored.run(&[keys]);
            (0..rows.len())
                .map(|row| {
                    // SAFETY: the columns after the facts are uuids.
                    let mark = |column| rows.get(row, column).map(|datum| unsafe { values::id(datum) });
                    (of_row(&rows, row, &self.tables), mark(FACTS + 1).zip(mark(FACTS + 2)))
                })
                .collect()
        })
    }

    /// The keys of the orders of a stretch of time, first one first, and whether each is placed.
    pub fn placed_between(&self, from: i64, until: i64) -> Vec<(String, bool)> {
        self.as_owner(Called::ByFunction, || {
            let moments = [Some(pg_sys::Datum::from(from)), Some(pg_sys::Datum::from(until))];
            let rows = self.readers.placed_between.run(&moments);
            (0..rows.len()).filter_map(|row| Some((rows.value(row, 1)?, flag(rows.get(row, 2))))).collect()
        })
    }

    /// The lines of orders; none when no lines are mapped.
    pub fn lines(&self, keys: &[Key]) -> Vec<Line> {
        let Some(statement) = &self.readers.lines else { return Vec::new() };
        let keys = array(keys.iter().map(Key::argument), self.key_type.oid());
        self.as_owner(Called::ByFunction, || {
            let rows = statement.run(&[keys]);
            (0..rows.len())
                .map(|row| Line {
                    order: rows.value(row, 1),
                    product: rows.value(row, 2),
                    name: rows.value(row, 3),
                    quantity: rows.value(row, 4),
                    amount: rows.value(row, 5),
                })
                .collect()
        })
    }
}

/// A line of an order, as the shop's `order_lines` query tells it.
pub struct Line {
    pub order: Option<String>,
    pub product: Option<String>,
    pub name: Option<String>,
    pub quantity: Option<AnyNumeric>,
    pub amount: Option<AnyNumeric>,
}
