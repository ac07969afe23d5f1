//! Kept plans as the order's way needs them: prepared once, planned once for every value, and only ever by index.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_long};

use super::guard;

/// A value handed to a statement; `None` is NULL.
pub type Argument = Option<pg_sys::Datum>;

/// What no plan of ours may do: a scan of a whole table costs a big shop its orders' speed, and under SERIALIZABLE it
/// makes strangers' orders conflict. Penalties look like expensive queries to the JIT compiler, hence it is off too.
const PLANNER: [(&CStr, &str); 5] = [
    (c"enable_seqscan", "off"),
    (c"enable_hashjoin", "off"),
    (c"enable_mergejoin", "off"),
    (c"jit", "off"),
    (c"plan_cache_mode", "force_generic_plan"),
];

/// A statement and, once it ran, its plan. Names in it carry their schema, operators too.
pub struct Statement {
    text: CString,
    types: Vec<pg_sys::Oid>,
    plan: Cell<pg_sys::SPIPlanPtr>,
    /// The search_path and the user it was planned under: PostgreSQL plans anew where they are others.
    planned_under: RefCell<Option<(CString, pg_sys::Oid)>>,
}

impl Statement {
    pub fn new(text: impl Into<String>, types: &[pg_sys::Oid]) -> Statement {
        let text = CString::new(text.into()).unwrap_or_else(|_| {
            ereport!(ERROR, PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE, "an expression holds a zero byte");
        });
        Statement {
            text,
            types: types.to_vec(),
            plan: Cell::new(std::ptr::null_mut()),
            planned_under: RefCell::new(None),
        }
    }

    /// Runs it. Within [`connected`]; what the rows hold lives as long as that.
    pub fn run(&self, arguments: &[Argument]) -> Rows {
        assert_eq!(arguments.len(), self.types.len(), "a statement gets the values that it names");
        // SAFETY: SPI is connected, which SPI_prepare and SPI_execute_plan would tell otherwise; the arrays have as many
        // elements as the plan has parameters.
        unsafe {
            let level = if self.is_planned() {
                None
            } else {
                let level = pg_sys::NewGUCNestLevel();
                for (name, value) in PLANNER {
                    guard::set(name, value);
                }
                Some(level)
            };
            if self.plan.get().is_null() {
                self.prepare();
            }
            let mut values: [pg_sys::Datum; MOST_ARGUMENTS] = [pg_sys::Datum::null(); MOST_ARGUMENTS];
            let mut nulls = [b' ' as c_char; MOST_ARGUMENTS];
            for (i, argument) in arguments.iter().enumerate() {
                match argument {
                    Some(value) => values[i] = *value,
                    None => nulls[i] = b'n' as c_char,
                }
            }
            let result =
                pg_sys::SPI_execute_plan(self.plan.get(), values.as_mut_ptr(), nulls.as_ptr(), false, 0 as c_long);
            if result < 0 {
                failed("SPI_execute_plan", result);
            }
            if let Some(level) = level {
                pg_sys::AtEOXact_GUC(true, level);
                self.planned_under.replace(Some((search_path(), pg_sys::GetUserId())));
            }
            Rows { table: pg_sys::SPI_tuptable }
        }
    }

    fn is_planned(&self) -> bool {
        // SAFETY: the plan, once kept, is ours; the path is PostgreSQL's own string.
        unsafe {
            !self.plan.get().is_null()
                && pg_sys::SPI_plan_is_valid(self.plan.get())
                && self.planned_under.borrow().as_ref().is_some_and(|(path, user)| {
                    *user == pg_sys::GetUserId() && path.as_c_str() == CStr::from_ptr(pg_sys::namespace_search_path)
                })
        }
    }

    /// # Safety
    /// SPI is connected.
    unsafe fn prepare(&self) {
        // SAFETY: text and types outlive the call; the plan is kept before the connection ends.
        unsafe {
            let mut types = self.types.clone();
            let plan = pg_sys::SPI_prepare_cursor(
                self.text.as_ptr(),
                types.len() as c_int,
                types.as_mut_ptr(),
                pg_sys::CURSOR_OPT_GENERIC_PLAN as c_int,
            );
            if plan.is_null() {
                failed("SPI_prepare", pg_sys::SPI_result);
            }
            let result = pg_sys::SPI_keepplan(plan);
            if result != 0 {
                failed("SPI_keepplan", result);
            }
            self.plan.set(plan);
        }
    }
}

const MOST_ARGUMENTS: usize = 16;

impl Drop for Statement {
    fn drop(&mut self) {
        if !self.plan.get().is_null() {
            // SAFETY: the plan is ours, and nothing runs it: who runs a statement holds it.
            unsafe { pg_sys::SPI_freeplan(self.plan.get()) };
        }
    }
}

fn search_path() -> CString {
    // SAFETY: PostgreSQL's own string.
    unsafe { CStr::from_ptr(pg_sys::namespace_search_path).to_owned() }
}

fn failed(what: &str, result: c_int) -> ! {
    ereport!(ERROR, PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, format!("{what} answered {result}"));
}

/// Does something whose memory is freed at its end: a statement on very many orders settles them in pieces.
pub fn in_scratch<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: the context is made, left and deleted here; after an error it goes with the one that it is a child of.
    unsafe {
        let before = pg_sys::CurrentMemoryContext;
        let scratch = pg_sys::AllocSetContextCreateInternal(
            before,
            c"pg_campaign".as_ptr(),
            pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
            pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        pg_sys::MemoryContextSwitchTo(scratch);
        let answer = body();
        pg_sys::MemoryContextSwitchTo(before);
        pg_sys::MemoryContextDelete(scratch);
        answer
    }
}

/// Parameters $1 to the last, arrays all of them, as the rows of a table in a FROM clause.
pub fn rows_of(last: usize) -> String {
    let arrays: Vec<String> = (1..=last).map(|i| format!("pg_catalog.unnest(${i})")).collect();
    format!("rows from ({})", arrays.join(", "))
}

/// Runs a command that answers nothing. Within [`connected`].
pub fn command(text: &CStr) {
    // SAFETY: the text outlives the call.
    let result = unsafe { pg_sys::SPI_execute(text.as_ptr(), false, 0) };
    if result < 0 {
        failed("SPI_execute", result);
    }
}

/// What a statement answered.
pub struct Rows {
    table: *mut pg_sys::SPITupleTable,
}

impl Rows {
    /// How many rows it returned.
    pub fn len(&self) -> usize {
        // SAFETY: SPI's own table, or null.
        if self.table.is_null() { 0 } else { unsafe { (*self.table).numvals as usize } }
    }

    /// The value of a column (from 1) of a row (from 0).
    pub fn get(&self, row: usize, column: usize) -> Argument {
        assert!(row < self.len());
        // SAFETY: the row is there; SPI_getbinval answers NULL for a column that is not.
        unsafe {
            let mut is_null = false;
            let value = pg_sys::SPI_getbinval(
                *(*self.table).vals.add(row),
                (*self.table).tupdesc,
                column as c_int,
                &mut is_null,
            );
            (!is_null).then_some(value)
        }
    }

    /// The same in the type's own text form.
    pub fn text(&self, row: usize, column: usize) -> Option<String> {
        if row >= self.len() {
            return None;
        }
        // SAFETY: SPI_getvalue answers null for NULL; what it answers is copied.
        unsafe {
            let text = pg_sys::SPI_getvalue(*(*self.table).vals.add(row), (*self.table).tupdesc, column as c_int);
            (!text.is_null()).then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        }
    }

    /// The same as a value of Rust, copied.
    pub fn value<T: FromDatum>(&self, row: usize, column: usize) -> Option<T> {
        let datum = self.get(row, column)?;
        // SAFETY: the caller knows what the statement's column is.
        unsafe { T::from_datum(datum, false) }
    }
}

/// Runs statements, and frees what they answered afterwards. Values that are to stay are copied by the body into Rust or
/// into the context that was current before.
pub fn connected<T>(body: impl FnOnce() -> T) -> T {
    // SAFETY: the connection ends with this call; after an error the end of the (sub)transaction ends it.
    unsafe {
        let result = pg_sys::SPI_connect();
        if result != pg_sys::SPI_OK_CONNECT as c_int {
            failed("SPI_connect", result);
        }
        let answer = body();
        pg_sys::SPI_finish();
        answer
    }
}
