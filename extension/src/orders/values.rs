//! What the order's way handles, as values of Rust: they outlive the memory of the statements they came from.

use pgrx::prelude::*;
use std::ffi::c_int;
use std::hash::Hash;

use super::statement::Argument;

/// The key of an order or a customer, in the shop's own type.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Key {
    Uuid([u8; 16]),
    Bigint(i64),
    Integer(i32),
    Text(String),
}

/// The types that keys are kept in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyType {
    Uuid,
    Bigint,
    Integer,
    Text,
}

impl KeyType {
    /// `None` for a type that no key is kept in.
    pub fn of(oid: pg_sys::Oid) -> Option<KeyType> {
        [KeyType::Uuid, KeyType::Bigint, KeyType::Integer, KeyType::Text].into_iter().find(|kind| kind.oid() == oid)
    }

    pub fn oid(self) -> pg_sys::Oid {
        match self {
            KeyType::Uuid => pg_sys::UUIDOID,
            KeyType::Bigint => pg_sys::INT8OID,
            KeyType::Integer => pg_sys::INT4OID,
            KeyType::Text => pg_sys::TEXTOID,
        }
    }

    pub fn array_oid(self) -> pg_sys::Oid {
        match self {
            KeyType::Uuid => pg_sys::UUIDARRAYOID,
            KeyType::Bigint => pg_sys::INT8ARRAYOID,
            KeyType::Integer => pg_sys::INT4ARRAYOID,
            KeyType::Text => pg_sys::TEXTARRAYOID,
        }
    }

    /// Its name in SQL, whatever the search_path.
    pub fn name(self) -> &'static str {
        match self {
            KeyType::Uuid => "pg_catalog.uuid",
            KeyType::Bigint => "pg_catalog.int8",
            KeyType::Integer => "pg_catalog.int4",
            KeyType::Text => "pg_catalog.text",
        }
    }

    /// The function behind its operator `=`.
    pub fn equals(self) -> pg_sys::Oid {
        pg_sys::Oid::from(match self {
            KeyType::Uuid => pg_sys::F_UUID_EQ,
            KeyType::Bigint => pg_sys::F_INT8EQ,
            KeyType::Integer => pg_sys::F_INT4EQ,
            KeyType::Text => pg_sys::F_TEXTEQ,
        })
    }

    /// Reads a key of this type.
    ///
    /// # Safety
    /// The datum is a value of this type, not NULL.
    pub unsafe fn read(self, datum: pg_sys::Datum) -> Key {
        // SAFETY: as the caller says.
        unsafe {
            match self {
                KeyType::Uuid => Key::Uuid(*datum.cast_mut_ptr::<[u8; 16]>()),
                KeyType::Bigint => Key::Bigint(datum.value() as i64),
                KeyType::Integer => Key::Integer(datum.value() as i32),
                KeyType::Text => Key::Text(text(datum)),
            }
        }
    }

    /// A key as its text says; error 22P02 when it cannot be one of this type.
    pub fn parse(self, text: &str) -> Key {
        let input = match self {
            KeyType::Uuid => pg_sys::uuid_in,
            KeyType::Bigint => pg_sys::int8in,
            KeyType::Integer => pg_sys::int4in,
            KeyType::Text => return Key::Text(text.to_owned()),
        };
        let Ok(text) = std::ffi::CString::new(text) else {
            ereport!(ERROR, PgSqlErrorCode::ERRCODE_INVALID_TEXT_REPRESENTATION, "a key holds no zero byte");
        };
        // SAFETY: an input function of PostgreSQL and its argument; it raises the error.
        unsafe {
            let argument = Some(pg_sys::Datum::from(text.as_ptr()));
            let datum = pgrx::direct_function_call_as_datum(input, &[argument]);
            self.read(datum.unwrap_or(pg_sys::Datum::null()))
        }
    }
}

impl Key {
    pub fn argument(&self) -> Argument {
        match self {
            Key::Uuid(bytes) => uuid(bytes),
            Key::Bigint(number) => Some(pg_sys::Datum::from(*number)),
            Key::Integer(number) => Some(pg_sys::Datum::from(*number)),
            Key::Text(text) => text.as_str().into_datum(),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Uuid(bytes) => uuid::Uuid::from_bytes(*bytes).fmt(f),
            Key::Bigint(number) => number.fmt(f),
            Key::Integer(number) => number.fmt(f),
            Key::Text(text) => f.write_str(text),
        }
    }
}

/// An id of ours, in bytes.
pub type Id = [u8; 16];

pub fn uuid(id: &Id) -> Argument {
    pgrx::Uuid::from_bytes(*id).into_datum()
}

pub fn optional_text(text: Option<&str>) -> Argument {
    text.and_then(IntoDatum::into_datum)
}

/// # Safety
/// The datum is a uuid, not NULL.
pub unsafe fn id(datum: pg_sys::Datum) -> Id {
    // SAFETY: as the caller says.
    unsafe { *datum.cast_mut_ptr::<Id>() }
}

/// # Safety
/// The datum is a text or varchar, not NULL.
pub unsafe fn text(datum: pg_sys::Datum) -> String {
    // SAFETY: as the caller says. Databases are UTF-8; what is not cannot become an order's undoing.
    unsafe {
        let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        let bytes = pgrx::varlena_to_byte_slice(varlena);
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// An amount of money: a `numeric`, as PostgreSQL writes it in memory.
#[derive(Clone, Debug)]
pub struct Money(Box<[u64]>);

impl Money {
    /// # Safety
    /// The datum is a numeric, not NULL.
    pub unsafe fn read(datum: pg_sys::Datum) -> Money {
        // SAFETY: as the caller says; the copy is aligned as the widest type is, and as long as the original.
        unsafe {
            let numeric = pg_sys::pg_detoast_datum(datum.cast_mut_ptr());
            let length = pgrx::varsize_any(numeric);
            let mut copy = vec![0u64; length.div_ceil(8)].into_boxed_slice();
            std::ptr::copy_nonoverlapping(numeric.cast::<u8>(), copy.as_mut_ptr().cast::<u8>(), length);
            Money(copy)
        }
    }

    pub fn of(whole: i64) -> Money {
        // SAFETY: a conversion of PostgreSQL's own, which answers a numeric.
        unsafe {
            let argument = Some(pg_sys::Datum::from(whole));
            let numeric = pgrx::direct_function_call_as_datum(pg_sys::int8_numeric, &[argument]);
            Money::read(numeric.unwrap_or(pg_sys::Datum::null()))
        }
    }

    pub fn argument(&self) -> Argument {
        Some(pg_sys::Datum::from(self.0.as_ptr().cast_mut()))
    }

    pub fn is_negative(&self) -> bool {
        self.compare(&Money::of(0)) < 0
    }

    fn compare(&self, other: &Money) -> c_int {
        // SAFETY: both are numerics.
        unsafe {
            pgrx::direct_function_call::<i32>(pg_sys::numeric_cmp, &[self.argument(), other.argument()])
                .unwrap_or_default()
        }
    }
}

impl PartialEq for Money {
    fn eq(&self, other: &Money) -> bool {
        self.0 == other.0 || self.compare(other) == 0
    }
}

#[doc(hidden)]
#[unsafe(no_mangle)]
pub extern "C" fn pg_finfo_campaign_is_money() -> &'static pg_sys::Pg_finfo_record {
    const V1: pg_sys::Pg_finfo_record = pg_sys::Pg_finfo_record { api_version: 1 };
    &V1
}

/// Whether three amounts are finite and the last is not below 0: revenue, total and refunded amount of a conversion. The
/// table's one check, which every order pays for: so it reads the numbers where they lie.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn campaign_is_money(fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
    // SAFETY: the function is strict and declared with three numerics.
    let amounts = unsafe { (*fcinfo).args.as_slice(3) }.iter().map(|argument| argument.value);
    let are_finite = amounts.clone().all(|amount| {
        // SAFETY: a numeric, untoasted.
        unsafe {
            let numeric = pg_sys::pg_detoast_datum(amount.cast_mut_ptr()).cast();
            !pg_sys::numeric_is_nan(numeric) && !pg_sys::numeric_is_inf(numeric)
        }
    });
    // SAFETY: as above.
    let is_refund = amounts.clone().next_back().is_some_and(|amount| !unsafe { Money::read(amount) }.is_negative());
    pg_sys::Datum::from(are_finite && is_refund)
}

/// An array of PostgreSQL's, one dimension, for a set statement.
pub fn array(elements: impl IntoIterator<Item = Argument>, element_type: pg_sys::Oid) -> Argument {
    let (mut values, mut nulls): (Vec<pg_sys::Datum>, Vec<bool>) =
        elements.into_iter().map(|element| (element.unwrap_or(pg_sys::Datum::null()), element.is_none())).unzip();
    let (mut length, mut by_value, mut alignment) = (0i16, false, 0);
    let mut dimension = values.len() as c_int;
    let mut from = 1;
    // SAFETY: values and nulls have as many elements as the dimension says, of the type whose layout is looked up.
    unsafe {
        pg_sys::get_typlenbyvalalign(element_type, &mut length, &mut by_value, &mut alignment);
        let array = pg_sys::construct_md_array(
            values.as_mut_ptr(),
            nulls.as_mut_ptr(),
            1,
            &mut dimension,
            &mut from,
            element_type,
            c_int::from(length),
            by_value,
            alignment,
        );
        Some(pg_sys::Datum::from(array))
    }
}
