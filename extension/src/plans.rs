//! Prepared statements kept for the life of the backend.

use pgrx::prelude::*;
use pgrx::spi::{OwnedPreparedStatement, SpiClient};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::errors::Error;

thread_local! {
    /// By the schema it was prepared in and its text: an extension dropped and created elsewhere gets new plans.
    static KEPT: RefCell<HashMap<(pg_sys::Oid, &'static str), Rc<OwnedPreparedStatement>>> = RefCell::default();
}

/// The kept plan of a statement, prepared at its first use. Names in `sql` are looked up by the search_path that the
/// calling function pins; `schema` is the schema of that function.
pub fn kept(
    client: &SpiClient<'_>,
    schema: pg_sys::Oid,
    sql: &'static str,
    arguments: &[PgBuiltInOids],
) -> Result<Rc<OwnedPreparedStatement>, Error> {
    if let Some(plan) = KEPT.with_borrow(|plans| plans.get(&(schema, sql)).cloned()) {
        return Ok(plan);
    }
    let types: Vec<PgOid> = arguments.iter().map(|oid| PgOid::BuiltIn(*oid)).collect();
    let plan = Rc::new(client.prepare_mut(sql, &types)?.keep());
    KEPT.with_borrow_mut(|plans| plans.insert((schema, sql), Rc::clone(&plan)));
    Ok(plan)
}

/// The schema of the SQL function that is running.
pub fn schema_of(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Oid {
    // SAFETY: PostgreSQL passes a valid call with its function's information.
    unsafe { pg_sys::get_func_namespace((*(*fcinfo).flinfo).fn_oid) }
}
