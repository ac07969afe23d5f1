//! Audiences: exact sets of session numbers, small enough for every row of a report, that unite and intersect.
//!
//! The type `campaign_audience` with its functions and aggregates. Operators, casts and rights stand in sql/audience;
//! the bytes in `bytes`, growing sets in `gathered`.

mod bytes;
mod gathered;

use bytes::{Damage, Stored};
use gathered::Gathered;
use pgrx::callconv::{Arg, ArgAbi, BoxRet, FcInfo};
use pgrx::datum::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pgrx_sql_entity_graph::metadata::TypeOrigin;
use pgrx::pgrx_sql_entity_graph::metadata::{ArgumentError, ReturnsError, ReturnsRef, SqlMappingRef, SqlTranslatable};
use pgrx::prelude::*;
use pgrx::{Internal, PgMemoryContexts, check_for_interrupts};
use roaring::RoaringTreemap;
use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::fmt::Write;

/// Longest value PostgreSQL holds, in bytes.
const LONGEST_VALUE: usize = 0x3fff_ffff;

/// Members handled between two looks at whether the query is cancelled.
const UNINTERRUPTED: usize = 1 << 16;

/// A value of the type `campaign_audience`: the stored bytes of a set.
pub struct Audience<'a>(Cow<'a, [u8]>);

impl Audience<'_> {
    fn open(&self) -> Result<Stored<'_>, ErrorReport> {
        Stored::open(&self.0).map_err(damaged)
    }

    fn set(&self) -> Result<RoaringTreemap, ErrorReport> {
        self.open()?.decode().map_err(damaged)
    }
}

impl TryFrom<RoaringTreemap> for Audience<'static> {
    type Error = ErrorReport;

    fn try_from(set: RoaringTreemap) -> Result<Self, ErrorReport> {
        let bytes = bytes::store(set);
        if bytes.len() > LONGEST_VALUE - pg_sys::VARHDRSZ {
            return Err(too_large());
        }
        Ok(Audience(Cow::Owned(bytes)))
    }
}

impl TryFrom<&Gathered> for Audience<'static> {
    type Error = ErrorReport;

    fn try_from(gathered: &Gathered) -> Result<Self, ErrorReport> {
        bounded(gathered)?;
        gathered.set().map_err(damaged)?.try_into()
    }
}

// SAFETY: the SQL type is made in sql/audience, and these functions are the only ones that give and take it.
unsafe impl SqlTranslatable for Audience<'_> {
    const TYPE_IDENT: &'static str = pgrx::pgrx_resolved_type!(Audience);
    const TYPE_ORIGIN: TypeOrigin = TypeOrigin::External;
    const ARGUMENT_SQL: Result<SqlMappingRef, ArgumentError> = Ok(SqlMappingRef::literal("campaign_audience"));
    const RETURN_SQL: Result<ReturnsRef, ReturnsError> =
        Ok(ReturnsRef::One(SqlMappingRef::literal("campaign_audience")));
}

// SAFETY: an argument of the type is a varlena that lives as long as the call; what detoasting makes lives in the
// memory of the call too.
unsafe impl<'fcx> ArgAbi<'fcx> for Audience<'fcx> {
    unsafe fn unbox_arg_unchecked(arg: Arg<'_, 'fcx>) -> Self {
        unsafe { Audience(Cow::Borrowed(arg.unbox_unchecked::<&'fcx [u8]>())) }
    }
}

// SAFETY: the bytes become a varlena in the caller's memory.
unsafe impl BoxRet for Audience<'_> {
    unsafe fn box_into<'fcx>(self, fcinfo: &mut FcInfo<'fcx>) -> Datum<'fcx> {
        unsafe { (&*self.0).box_into(fcinfo) }
    }
}

impl IntoDatum for Audience<'_> {
    fn into_datum(self) -> Option<pg_sys::Datum> {
        (&*self.0).into_datum()
    }

    fn type_oid() -> pg_sys::Oid {
        // The type's own number is known to the catalogs only; rows are formed without asking for it.
        pg_sys::InvalidOid
    }
}

/// Reads the text form: session numbers in braces, in any order, with or without blanks and repetitions.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_shell"])]
fn campaign_audience_in(text: &CStr) -> Result<Audience<'static>, ErrorReport> {
    let text = text.to_bytes().trim_ascii();
    let inside = text.strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}"));
    let inside = inside.ok_or_else(|| malformed("it must stand in braces", text))?;

    let mut gathered = Gathered::default();
    if !inside.trim_ascii().is_empty() {
        for (i, word) in inside.split(|c| *c == b',').enumerate() {
            if i % UNINTERRUPTED == 0 {
                check_for_interrupts!();
                bounded(&gathered)?;
            }
            gathered.insert(number_in(word.trim_ascii())?);
        }
    }
    Audience::try_from(&gathered)
}

/// Writes the text form: ascending session numbers in braces, `{1,2,5}`.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_shell"])]
fn campaign_audience_out(audience: Audience<'_>) -> Result<CString, ErrorReport> {
    const LONGEST_NUMBER: usize = 20;
    let mut text = String::from("{");
    for (i, member) in audience.set()?.into_iter().enumerate() {
        if i % UNINTERRUPTED == 0 {
            check_for_interrupts!();
        }
        if text.len() > LONGEST_VALUE - LONGEST_NUMBER - 2 {
            return Err(too_large());
        }
        let comma = if i == 0 { "" } else { "," };
        // Writing to memory does not fail.
        let _ = write!(text, "{comma}{member}");
    }
    text.push('}');
    // There is no NUL in it.
    Ok(CString::new(text).unwrap_or_default())
}

/// Reads the binary form: the portable 64-bit Roaring format. All of it is checked.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_shell"])]
fn campaign_audience_recv(message: Internal) -> Result<Audience<'static>, ErrorReport> {
    // SAFETY: PostgreSQL gives a receive function the message as a StringInfo, and no one can call it from SQL.
    let portable = unsafe {
        let message = message.get::<pg_sys::StringInfoData>().ok_or_else(|| unreadable(Damage::MISSING))?;
        let (from, until) = (message.cursor as usize, message.len as usize);
        let message = (message as *const pg_sys::StringInfoData).cast_mut();
        (*message).cursor = (*message).len;
        std::slice::from_raw_parts((*message).data.cast::<u8>().add(from), until - from)
    };
    bytes::import(portable).map_err(unreadable)?.try_into()
}

/// Writes the binary form: the portable 64-bit Roaring format.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_shell"])]
fn campaign_audience_send(audience: Audience<'_>) -> Result<Vec<u8>, ErrorReport> {
    portable(&audience)
}

/// The cast from bytea, which holds the portable 64-bit Roaring format. All of it is checked.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_from_bytea(portable: &[u8]) -> Result<Audience<'static>, ErrorReport> {
    bytes::import(portable).map_err(unreadable)?.try_into()
}

/// The cast to bytea: the portable 64-bit Roaring format.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_to_bytea(audience: Audience<'_>) -> Result<Vec<u8>, ErrorReport> {
    portable(&audience)
}

/// The audience of these session numbers.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn campaign_audience(session_numbers: pgrx::Array<'_, i64>) -> Result<Audience<'static>, ErrorReport> {
    let mut gathered = Gathered::default();
    for (i, number) in session_numbers.iter().enumerate() {
        if i % UNINTERRUPTED == 0 {
            check_for_interrupts!();
            bounded(&gathered)?;
        }
        gathered.insert(checked(number.ok_or_else(null_member)?)?);
    }
    Audience::try_from(&gathered)
}

/// The number of members. A large set is not decoded for it.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn campaign_audience_count(audience: Audience<'_>) -> Result<i64, ErrorReport> {
    let count = audience.open()?.count().map_err(damaged)?;
    i64::try_from(count).map_err(|_| too_large())
}

/// Whether the session is a member. A number below 0 never is.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn campaign_audience_contains(audience: Audience<'_>, session_no: i64) -> Result<bool, ErrorReport> {
    match u64::try_from(session_no) {
        Ok(number) => audience.open()?.contains(number).map_err(damaged),
        Err(_) => Ok(false),
    }
}

/// Whether all members of the second audience are in the first.
#[pg_extern(immutable, parallel_safe, strict, name = "campaign_audience_contains", requires = ["campaign_audience_type"])]
fn campaign_audience_contains_all(audience: Audience<'_>, part: Audience<'_>) -> Result<bool, ErrorReport> {
    Ok(part.set()?.is_subset(&audience.set()?))
}

/// The members, ascending.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn campaign_audience_members(audience: Audience<'_>) -> Result<SetOfIterator<'static, i64>, ErrorReport> {
    Ok(SetOfIterator::new(audience.set()?.into_iter().map(|member| member as i64)))
}

/// Operator `|`: who is in either.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_or(a: Audience<'_>, b: Audience<'_>) -> Result<Audience<'static>, ErrorReport> {
    (a.set()? | b.set()?).try_into()
}

/// Operator `&`: who is in both.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_and(a: Audience<'_>, b: Audience<'_>) -> Result<Audience<'static>, ErrorReport> {
    (a.set()? & b.set()?).try_into()
}

/// Operator `-`: who is in the first but not in the second.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_minus(a: Audience<'_>, b: Audience<'_>) -> Result<Audience<'static>, ErrorReport> {
    (a.set()? - b.set()?).try_into()
}

/// Operator `=`: the same members.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_equal(a: Audience<'_>, b: Audience<'_>) -> Result<bool, ErrorReport> {
    Ok(a.0 == b.0 || a.set()? == b.set()?)
}

/// Operator `<>`: not the same members.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_unequal(a: Audience<'_>, b: Audience<'_>) -> Result<bool, ErrorReport> {
    _campaign_audience_equal(a, b).map(|equal| !equal)
}

/// A row of `campaign_audience_build`.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_build_step(
    state: Option<Internal>,
    session_no: Option<i64>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<Internal>, ErrorReport> {
    let Some(session_no) = session_no else { return Ok(state) };
    grown(state, fcinfo, |gathered: &mut Gathered| {
        gathered.insert(checked(session_no)?);
        bounded(gathered)
    })
}

/// A row of `campaign_audience_union`.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_union_step(
    state: Option<Internal>,
    audience: Option<Audience<'_>>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<Internal>, ErrorReport> {
    let Some(audience) = audience else { return Ok(state) };
    grown(state, fcinfo, |gathered: &mut Gathered| {
        gathered.add(&audience.0).map_err(damaged)?;
        bounded(gathered)
    })
}

/// Two partial states of build or union as one.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_gathered_combine(
    state: Option<Internal>,
    other: Option<Internal>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<Internal>, ErrorReport> {
    let Some(mut other) = other else { return Ok(state) };
    // SAFETY: only the aggregates of this file call this. They give what deserial made for this one call, so its
    // content may be taken.
    let other = unsafe { other.get_mut::<Gathered>() }.map(std::mem::take).unwrap_or_default();
    grown(state, fcinfo, |gathered: &mut Gathered| {
        gathered.merge(other);
        bounded(gathered)
    })
}

/// The state of build or union on its way to another process: the stored bytes.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_gathered_serial(state: Internal) -> Result<Vec<u8>, ErrorReport> {
    // SAFETY: only the aggregates of this file call this, with their state.
    let gathered = unsafe { state.get::<Gathered>() };
    let audience = gathered.map_or_else(|| Audience::try_from(&Gathered::default()), Audience::try_from)?;
    Ok(audience.0.into_owned())
}

/// The state of build or union from another process.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_gathered_deserial(stored: &[u8], _none: Internal) -> Result<Internal, ErrorReport> {
    let mut gathered = Gathered::default();
    gathered.add(stored).map_err(damaged)?;
    Ok(Internal::new(gathered))
}

/// The result of build or union; without a row the empty audience.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_gathered_final(state: Option<Internal>) -> Result<Audience<'static>, ErrorReport> {
    // SAFETY: only the aggregates of this file call this, with their state.
    match state.as_ref().and_then(|state| unsafe { state.get::<Gathered>() }) {
        Some(gathered) => gathered.try_into(),
        None => RoaringTreemap::new().try_into(),
    }
}

/// What all audiences so far have in common; `None` before the first.
#[derive(Default)]
struct Common(Option<RoaringTreemap>);

impl Common {
    fn intersect(&mut self, stored: &[u8]) -> Result<(), Damage> {
        // Nothing can be added to what is empty already.
        if self.0.as_ref().is_some_and(RoaringTreemap::is_empty) {
            return Ok(());
        }
        let other = Stored::open(stored)?.decode()?;
        self.0 = Some(match self.0.take() {
            Some(set) => set & other,
            None => other,
        });
        Ok(())
    }
}

/// A row of `campaign_audience_intersect`.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_intersect_step(
    state: Option<Internal>,
    audience: Option<Audience<'_>>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<Internal>, ErrorReport> {
    let Some(audience) = audience else { return Ok(state) };
    grown(state, fcinfo, |common: &mut Common| common.intersect(&audience.0).map_err(damaged))
}

/// Two partial states of intersect as one.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_intersect_combine(
    state: Option<Internal>,
    other: Option<Internal>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> Result<Option<Internal>, ErrorReport> {
    let Some(mut other) = other else { return Ok(state) };
    // SAFETY: as in _campaign_audience_gathered_combine.
    let Some(other) = unsafe { other.get_mut::<Common>() }.and_then(|common| common.0.take()) else {
        return Ok(state);
    };
    grown(state, fcinfo, |common: &mut Common| {
        common.0 = Some(match common.0.take() {
            Some(set) => set & other,
            None => other,
        });
        Ok(())
    })
}

/// The state of intersect on its way to another process: the stored bytes.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_intersect_serial(state: Internal) -> Result<Option<Vec<u8>>, ErrorReport> {
    // SAFETY: only the aggregates of this file call this, with their state.
    let set = unsafe { state.get::<Common>() }.and_then(|common| common.0.clone());
    set.map(|set| Ok(Audience::try_from(set)?.0.into_owned())).transpose()
}

/// The state of intersect from another process.
#[pg_extern(immutable, parallel_safe, strict, requires = ["campaign_audience_type"])]
fn _campaign_audience_intersect_deserial(stored: &[u8], _none: Internal) -> Result<Internal, ErrorReport> {
    let mut common = Common::default();
    common.intersect(stored).map_err(damaged)?;
    Ok(Internal::new(common))
}

/// The result of intersect; without a row NULL, since everyone is in no audience's intersection.
#[pg_extern(immutable, parallel_safe, requires = ["campaign_audience_type"])]
fn _campaign_audience_intersect_final(state: Option<Internal>) -> Result<Option<Audience<'static>>, ErrorReport> {
    // SAFETY: only the aggregates of this file call this, with their state.
    let set = state.as_ref().and_then(|state| unsafe { state.get::<Common>() }).and_then(|common| common.0.clone());
    set.map(Audience::try_from).transpose()
}

/// Lets an aggregate's state grow; the first time makes it, in the memory of its group, which drops it in the end.
fn grown<T: Default>(
    state: Option<Internal>,
    fcinfo: pg_sys::FunctionCallInfo,
    grow: impl FnOnce(&mut T) -> Result<(), ErrorReport>,
) -> Result<Option<Internal>, ErrorReport> {
    let state = match state.and_then(Internal::unwrap) {
        Some(state) => state,
        None => {
            let mut memory = std::ptr::null_mut();
            // SAFETY: fcinfo is that of the call under way.
            if unsafe { pg_sys::AggCheckCallContext(fcinfo, &mut memory) } == 0 {
                return Err(crate::errors::Error::Internal("called outside an aggregate".to_owned()).into());
            }
            pg_sys::Datum::from(PgMemoryContexts::For(memory).leak_and_drop_on_delete(T::default()))
        }
    };
    // SAFETY: only the aggregates of this file call their steps, each with a state that its own steps made.
    if let Some(state) = unsafe { state.cast_mut_ptr::<T>().as_mut() } {
        grow(state)?;
    }
    Ok(Some(Internal::from(Some(state))))
}

fn portable(audience: &Audience<'_>) -> Result<Vec<u8>, ErrorReport> {
    let bytes = bytes::export(&audience.0).map_err(damaged)?;
    if bytes.len() > LONGEST_VALUE - pg_sys::VARHDRSZ { Err(too_large()) } else { Ok(bytes) }
}

/// Refuses a set that has grown too large, before the server's memory is used up.
fn bounded(gathered: &Gathered) -> Result<(), ErrorReport> {
    if gathered.is_too_large() { Err(too_large()) } else { Ok(()) }
}

/// A session number as audiences hold it.
fn checked(session_no: i64) -> Result<u64, ErrorReport> {
    u64::try_from(session_no).map_err(|_| out_of_range(&session_no.to_string()))
}

/// A number of the text form.
fn number_in(word: &[u8]) -> Result<u64, ErrorReport> {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed("between the braces stand numbers and commas", word));
    }
    let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<i64>().ok());
    number.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| out_of_range(&shown(word)))
}

/// The beginning of a text, for messages.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn report(code: PgSqlErrorCode, message: String) -> ErrorReport {
    ErrorReport::new(code, message, "pg_campaign")
}

/// 22P02: a text that is no audience.
fn malformed(why: &str, text: &[u8]) -> ErrorReport {
    report(
        PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION,
        format!("malformed campaign_audience \"{}\": {why}", shown(text)),
    )
    .set_hint("An audience is written as its session numbers in braces: {1,2,5}.")
}

/// 22P03: bytes from outside that are no audience.
fn unreadable(damage: Damage) -> ErrorReport {
    report(
        PgSqlErrorCode::ERRCODE_INVALID_BINARY_REPRESENTATION,
        format!("the bytes are not a campaign_audience: {damage}"),
    )
    .set_hint("An audience's bytes are a 64-bit Roaring bitmap in the portable format.")
}

/// XX001: a row's bytes that are no audience.
fn damaged(damage: Damage) -> ErrorReport {
    report(PgSqlErrorCode::ERRCODE_DATA_CORRUPTED, format!("a stored campaign_audience is damaged: {damage}"))
}

/// 22003: a number that no session has.
fn out_of_range(number: &str) -> ErrorReport {
    report(
        PgSqlErrorCode::ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
        format!("session number {number} must lie between 0 and {}", i64::MAX),
    )
}

/// 22004: NULL among the members.
fn null_member() -> ErrorReport {
    report(
        PgSqlErrorCode::ERRCODE_NULL_VALUE_NOT_ALLOWED,
        "a session number of an audience must not be NULL".to_owned(),
    )
}

/// 54000: more than a value can hold.
fn too_large() -> ErrorReport {
    report(PgSqlErrorCode::ERRCODE_PROGRAM_LIMIT_EXCEEDED, "the campaign_audience takes more than 1 GB".to_owned())
}

#[cfg(any(test, feature = "pg_test"))]
// Clippy allows unwrap in tests, but does not know a pg_test for one.
#[allow(clippy::unwrap_used)]
#[pgrx::pg_schema]
mod tests {
    use pgrx::prelude::*;
    use std::collections::BTreeSet;

    /// Numbers that look random and are the same in each run (xorshift64).
    pub(super) struct Dice(pub(super) u64);

    impl Dice {
        pub(super) fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }
    }

    fn ask<T: FromDatum + IntoDatum>(query: &str) -> Option<T> {
        Spi::connect_mut(|client| client.update(query, None, &[]).unwrap().first().get_one::<T>().unwrap())
    }

    fn text(query: &str) -> String {
        ask::<String>(&format!("select ({query})::text")).unwrap_or_else(|| "NULL".to_owned())
    }

    fn holds(condition: &str) {
        assert_eq!(ask::<bool>(&format!("select {condition}")), Some(true), "{condition}");
    }

    /// The SQLSTATE and message of what a query fails with.
    fn failure(query: &str) -> String {
        if ask::<bool>("select to_regprocedure('pg_temp.failure(text)') is null") == Some(true) {
            Spi::run(
                "create function pg_temp.failure(query text) returns text language plpgsql as $$
                 begin execute query; return 'none'; exception when others then return sqlstate || ' ' || sqlerrm; end $$",
            )
            .unwrap();
        }
        ask::<String>(&format!("select pg_temp.failure($query${query}$query$)")).unwrap()
    }

    fn literal(set: &BTreeSet<i64>) -> String {
        let numbers: Vec<String> = set.iter().map(i64::to_string).collect();
        format!("'{{{}}}'::campaign_audience", numbers.join(","))
    }

    #[pg_test]
    fn audience_text_is_read_in_any_order_and_written_ascending() {
        for (input, output) in [
            ("{}", "{}"),
            (" { } ", "{}"),
            ("{5}", "{5}"),
            ("{5,1,2}", "{1,2,5}"),
            ("\t{ 5 ,\n1, 1,5 , 2 }\n", "{1,2,5}"),
            ("{007}", "{7}"),
            ("{9223372036854775807,0,4294967296,4294967295}", "{0,4294967295,4294967296,9223372036854775807}"),
        ] {
            assert_eq!(text(&format!("e'{input}'::campaign_audience")), output);
        }
        holds("'{3,1}'::campaign_audience = campaign_audience(array[1, 3, 3])");
        holds("array[3, 1]::bigint[]::campaign_audience = '{1,3}'");
        holds("campaign_audience('{}'::bigint[]) = '{}'");
        holds("campaign_audience(null::bigint[]) is null");
    }

    #[pg_test]
    fn audience_text_that_is_none_is_refused() {
        for input in
            ["", "1,2", "{1,2", "1}", "{1,,2}", "{1,}", "{,}", "{a}", "{1.5}", "{1 2}", "{+1}", "{-}", "{}}", "{é}"]
        {
            let failure = failure(&format!("select '{input}'::campaign_audience"));
            assert!(failure.starts_with("22P02 malformed campaign_audience"), "{input}: {failure}");
        }
        for input in ["{-1}", "{9223372036854775808}", "{99999999999999999999999}", "{-99999999999999999999999}"] {
            let failure = failure(&format!("select '{input}'::campaign_audience"));
            assert!(failure.starts_with("22003 session number"), "{input}: {failure}");
        }
        assert_eq!(
            failure("select campaign_audience(array[1, -1])"),
            "22003 session number -1 must lie between 0 and 9223372036854775807"
        );
        assert_eq!(
            failure("select campaign_audience(array[1, null])"),
            "22004 a session number of an audience must not be NULL"
        );
        assert!(failure("select campaign_audience_build(n) from unnest(array[1, -1]) n").starts_with("22003"));
    }

    #[pg_test]
    fn audience_operators_agree_with_sorted_sets() {
        let mut dice = Dice(5);
        for _ in 0..60 {
            let mut any = || {
                let spread = [40, 3_000, 200_000, i64::MAX as u64][dice.below(4) as usize];
                (0..dice.below(400)).map(|_| dice.below(spread) as i64).collect::<BTreeSet<i64>>()
            };
            let (a, b) = (any(), any());
            let (x, y) = (literal(&a), literal(&b));
            assert_eq!(
                text(&format!(
                    "select concat_ws(' ', {x} | {y} = {}, {x} & {y} = {}, {x} - {y} = {}, {x} = {y}, {x} <> {y}, \
                     {x} @> {y}, {x} @> ({x} & {y}), campaign_audience_count({x}))",
                    literal(&(&a | &b)),
                    literal(&(&a & &b)),
                    literal(&(&a - &b)),
                )),
                format!("t t t {} {} {} t {}", t(a == b), t(a != b), t(a.is_superset(&b)), a.len())
            );
            for number in a.iter().chain(&b).take(20) {
                let query = format!("{x} @> {number} and campaign_audience_contains({x}, {number})");
                assert_eq!(ask::<bool>(&format!("select {query}")), Some(a.contains(number)));
            }
            let members = text(&format!("select coalesce(array_agg(n), '{{}}') from campaign_audience_members({x}) n"));
            assert_eq!(members, text(&x));
        }
    }

    fn t(holds: bool) -> &'static str {
        if holds { "t" } else { "f" }
    }

    #[pg_test]
    fn audience_without_a_value_is_null() {
        for query in [
            "null::campaign_audience | '{1}'",
            "'{1}'::campaign_audience & null",
            "null::campaign_audience - '{1}'",
            "null::campaign_audience @> 1",
            "null::campaign_audience = '{1}'",
            "campaign_audience_count(null)",
            "campaign_audience_contains('{1}', null::bigint)",
            "null::bytea::campaign_audience",
        ] {
            assert_eq!(text(query), "NULL", "{query}");
        }
        assert_eq!(text("select count(*) from campaign_audience_members(null)"), "0");
        holds("not '{1}'::campaign_audience @> -1");
    }

    #[pg_test]
    fn audience_aggregates_pass_over_null_and_know_the_empty_set() {
        assert_eq!(text("select campaign_audience_build(n) from unnest(array[3, null, 1, 3]) n"), "{1,3}");
        assert_eq!(text("select campaign_audience_build(n) from unnest(array[null::bigint]) n"), "{}");
        assert_eq!(text("select campaign_audience_build(1) where false"), "{}");
        let of = |aggregate: &str, rows: &str| {
            text(&format!("select campaign_audience_{aggregate}(a) from unnest('{rows}'::campaign_audience[]) a"))
        };
        for (rows, union, intersect) in [
            ("{}", "{}", "NULL"),
            ("{NULL}", "{}", "NULL"),
            ("{\"{}\"}", "{}", "{}"),
            ("{NULL,\"{1,2}\",NULL}", "{1,2}", "{1,2}"),
            ("{\"{1,2}\",\"{2,3}\"}", "{1,2,3}", "{2}"),
            ("{\"{1,2}\",\"{}\",\"{2,3}\"}", "{1,2,3}", "{}"),
            ("{\"{1,2}\",\"{3}\"}", "{1,2,3}", "{}"),
        ] {
            assert_eq!(of("union", rows), union, "{rows}");
            assert_eq!(of("intersect", rows), intersect, "{rows}");
        }
    }

    /// 60,000 clicks of 20,000 sessions in 40 groups, and the audiences of each group and hour.
    fn clicks() {
        Spi::run(
            "create table clicks as
               select i % 40 as grp, i / 1000 as hour, (i * 7919::bigint) % 20011 * 37 as session_no
                 from generate_series(1, 60000) i;
             create table hourly as
               select grp, hour, campaign_audience_build(session_no) as audience from clicks group by grp, hour;
             analyze clicks, hourly;",
        )
        .unwrap();
    }

    #[pg_test]
    fn audience_aggregates_agree_with_count_distinct() {
        clicks();
        for hash in ["on", "off"] {
            Spi::run(&format!("set local enable_hashagg = {hash}; set local work_mem = '64kB'")).unwrap();
            holds(
                "not exists (
                   select from
                     (select grp, campaign_audience_build(session_no) as a, count(distinct session_no) as n,
                             array_agg(distinct session_no) as members
                        from clicks group by grp) built
                     join (select grp, campaign_audience_union(audience) as a from hourly group by grp) united using (grp)
                   where built.a <> united.a or campaign_audience_count(built.a) <> n
                      or built.a <> campaign_audience(members))",
            );
            holds(
                "(select campaign_audience_count(campaign_audience_union(audience)) from hourly)
                  = (select count(distinct session_no) from clicks)",
            );
            holds(
                "(select campaign_audience_intersect(a) from (select campaign_audience_union(audience) as a from hourly
                   where grp < 3 group by grp) g)
                  = (select campaign_audience_build(session_no) from (select session_no from clicks where grp < 3
                       group by session_no having count(distinct grp) = 3) common)",
            );
            holds(
                "(select count(*) from (select grp, campaign_audience_build(session_no) from clicks
                   group by grouping sets ((grp), (hour), ())) s) = 102",
            );
        }
    }

    #[pg_test]
    fn audience_aggregates_run_in_parallel() {
        clicks();
        let queries = [
            "select campaign_audience_build(session_no) from clicks",
            "select campaign_audience_build(session_no) from clicks where grp + 0 < 0",
            "select campaign_audience_union(audience) from hourly",
            "select campaign_audience_union(audience) from hourly where grp + 0 < 0",
            "select campaign_audience_intersect(audience | '{1}') from hourly",
            "select campaign_audience_intersect(audience) from hourly where grp + 0 < 0",
            "select campaign_audience_union(a) from (select campaign_audience_build(session_no) as a from clicks group by grp) g",
            "select sum(campaign_audience_count(audience)) from hourly where audience @> 37 or audience @> '{74}'",
        ];
        Spi::run("set local max_parallel_workers_per_gather = 0").unwrap();
        let alone: Vec<String> = queries.iter().map(|query| text(query)).collect();
        Spi::run(
            "set local max_parallel_workers_per_gather = 4; set local parallel_setup_cost = 0;
             set local parallel_tuple_cost = 0; set local min_parallel_table_scan_size = 0;
             set local force_parallel_mode = on; set local parallel_leader_participation = off",
        )
        .unwrap();
        for (query, alone) in queries.iter().zip(alone) {
            let plan = Spi::connect_mut(|client| {
                let rows = client.update(&format!("explain {query}"), None, &[]).unwrap();
                rows.map(|row| row.get::<String>(1).unwrap().unwrap()).collect::<Vec<_>>().join("\n")
            });
            assert!(plan.contains("Gather") && plan.contains("Partial"), "{plan}");
            assert_eq!(text(query), alone, "{query}");
        }
    }

    #[pg_test]
    fn audience_aggregates_run_over_windows() {
        Spi::run("create table touches as select i, i % 5 as n from generate_series(1, 12) i").unwrap();
        assert_eq!(
            text(
                "select string_agg(so_far::text || last_two::text, ' ' order by i) from (
                   select i, campaign_audience_build(n) over (order by i) as so_far,
                          campaign_audience_build(n) over (order by i rows 1 preceding) as last_two
                     from touches limit 4) w"
            ),
            "{1}{1} {1,2}{1,2} {1,2,3}{2,3} {1,2,3,4}{3,4}"
        );
        assert_eq!(
            text(
                "select string_agg(u::text || c::text, ' ' order by i) from (
                   select i, campaign_audience_union(a) over w as u, campaign_audience_intersect(a) over w as c
                     from (select i, campaign_audience(array[n, 9]) as a from touches) t
                   window w as (partition by i % 2 order by i) limit 2) w"
            ),
            "{2,9}{2,9} {2,4,9}{9}"
        );
    }

    #[pg_test]
    fn audience_bytes_go_round() {
        clicks();
        Spi::run(
            "create table kept (id int, a campaign_audience);
             insert into kept values (0, '{}'), (1, '{0}'), (2, '{9223372036854775807}'), (3, '{1,4294967296}');
             insert into kept select 4, campaign_audience_build(n) from generate_series(1, 300000) n;
             insert into kept select 5, campaign_audience_build(n * 7919::bigint % 10000019) from generate_series(1, 200000) n;
             insert into kept select 6, campaign_audience_build(n * 7919::bigint % 10000019 * 9999991) from generate_series(1, 20000) n;
             insert into kept select 10 + hour, audience from hourly where grp = 1;
             create table returned (like kept);
             do $$
             declare v_file text := current_setting('data_directory') || '/audience_bytes';
             begin
               execute format('copy kept to %L (format binary)', v_file);
               execute format('copy returned from %L (format binary)', v_file);
               execute format('copy kept to %L', v_file);
               execute format('copy returned from %L', v_file);
             end $$",
        )
        .unwrap();
        holds("(select count(*) = 2 * (select count(*) from kept) from returned)");
        holds("(select bool_and(k.a = r.a) from kept k join returned r using (id))");
        holds("(select bool_and(a = a::bytea::campaign_audience and a = a::text::campaign_audience) from kept)");
        holds("(select bool_and(pg_column_size(k.a) = pg_column_size(r.a)) from kept k join returned r using (id))");
        holds("(select campaign_audience_count(a) = 300000 and pg_column_size(a) < 1000 from kept where id = 4)");
        holds("(select campaign_audience_count(a) = 200000 and a @> 7919 and not a @> 2 from kept where id = 5)");
        assert_eq!(text("select '{}'::campaign_audience::bytea"), "\\x0000000000000000");
        assert_eq!(
            text("select '{1,2,5}'::campaign_audience::bytea"),
            "\\x0100000000000000000000003a300000010000000000020010000000010002000500"
        );
    }

    #[pg_test]
    fn audience_bytes_that_are_none_are_refused() {
        for bytes in ["", "00", "ff", "ffffffffffffffff", "010000000000000000000000", "000000000000000000"] {
            let failure = failure(&format!("select '\\x{bytes}'::bytea::campaign_audience"));
            assert!(failure.starts_with("22P03 the bytes are not a campaign_audience: "), "{bytes}: {failure}");
        }
        // Thousands of mutations: an error of ours, or a set that is sound.
        Spi::run("select setseed(0.5)").unwrap();
        holds(
            "(select count(*) filter (where failure = 'none') > 20 and count(*) filter (where failure like '22P03 %') > 500
                     and count(*) filter (where failure <> 'none' and failure not like '22P03 %') = 0
                from (select pg_temp.failure(format(
                        'do $$ declare a campaign_audience := %L::bytea::campaign_audience; begin
                           if a::text::campaign_audience <> a or campaign_audience_count(a) <>
                              (select count(distinct n) from campaign_audience_members(a) n) then
                             raise ''unsound''; end if; end $$',
                        set_byte(bytes, (random() * (length(bytes) - 1))::int, (random() * 255)::int))) as failure
                      from (select campaign_audience_build(n * k % 99991)::bytea as bytes
                              from generate_series(1, 40) k, generate_series(1, 30 * k) n group by k
                            union all select campaign_audience_build(n)::bytea
                              from generate_series(1, 40) k, generate_series(1, 30 * k) n group by k) sets,
                           generate_series(1, 40) round) tried)",
        );
    }

    #[pg_test]
    fn audience_is_for_analysts_only() {
        Spi::run(
            "create role audience_reader; create role audience_stranger; grant campaign_analyst to audience_reader;
             grant usage on schema campaign to audience_stranger;
             set local role audience_reader",
        )
        .unwrap();
        assert_eq!(
            text(
                "select campaign_audience_union(((a | '{7}') & '{1,2,3,7,8}') - '{8}')::bytea::campaign_audience
                   from (select campaign_audience_build(n) as a from generate_series(1, 3) n) s
                  where a @> 2 and a @> '{1}' and a = a and not a <> a and campaign_audience_count(a) = 3"
            ),
            "{1,2,3,7}"
        );
        Spi::run("reset role").unwrap();
        Spi::run("set local role audience_stranger").unwrap();
        for query in [
            "select '{1}'::campaign_audience | '{2}'",
            "select campaign_audience_build(1)",
            "select campaign_audience_union('{1}')",
            "select campaign_audience_count('{1}')",
            "select campaign_audience_members('{1}')",
            "select '{1}'::campaign_audience::bytea",
        ] {
            let failure = failure(query);
            assert!(failure.starts_with("42501 permission denied"), "{query}: {failure}");
        }
        Spi::run("reset role").unwrap();
        assert_eq!(
            text(
                "select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
                  where proname like '%campaign_audience%' and exists (
                    select from aclexplode(coalesce(proacl, acldefault('f', proowner))) where grantee = 0)"
            ),
            "NULL"
        );
        assert_eq!(
            text(
                "select string_agg(p.oid::regprocedure::text, ' ') from pg_proc p
                  where proname like '%campaign_audience%' and (provolatile <> 'i' or proparallel <> 's')"
            ),
            "NULL"
        );
    }
}
