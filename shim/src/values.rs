//! The forms a value in a request can have. A form is checked here, so that the error can name the field; whether the
//! value makes sense is for SQL to say.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use chrono::{DateTime, NaiveDate};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Text without NUL and other control characters; line ends and tabs may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match has_controls(&text) {
            true => Err(D::Error::custom("control characters are not allowed")),
            false => Ok(Self(text)),
        }
    }
}

/// Whether a text holds control characters other than line ends and tabs.
pub fn has_controls(text: &str) -> bool {
    // Almost every text is printable ASCII, which is told at once.
    let is_plain = text.bytes().fold(true, |plain, byte| plain & (b' '..=b'~').contains(&byte));
    !is_plain && text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// The largest number taken: up to here the floats that other readers of JSON use hold both decimals of money.
const LARGEST: f64 = 90_071_992_547_409.0;

/// A JSON number, whose digits are kept: PostgreSQL reads them as `numeric`.
#[derive(Clone, Debug)]
pub struct Number;

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        match raw.get().parse::<f64>() {
            Ok(number) if number.abs() <= LARGEST => Ok(Self),
            Ok(_) => Err(D::Error::custom("must be at most 90071992547409")),
            Err(_) => Err(D::Error::custom("expected a number")),
        }
    }
}

/// A time as RFC 3339 writes it, with its offset from UTC.
#[derive(Clone, Debug)]
pub struct Timestamp;

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        match DateTime::parse_from_rfc3339(&text) {
            Ok(_) => Ok(Self),
            Err(_) => Err(D::Error::custom("expected a time such as 2024-06-01T00:00:00Z")),
        }
    }
}

/// A day, written 2024-06-01.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day(String);

impl Deref for Day {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match NaiveDate::parse_from_str(&text, "%Y-%m-%d") {
            Ok(_) if text.len() == "2024-06-01".len() => Ok(Self(text)),
            _ => Err(D::Error::custom("expected a day such as 2024-06-01")),
        }
    }
}

/// A key of the shop, as text: JSON may bring it as text or as a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Deref for Key {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a whole number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
        match has_controls(text) {
            true => Err(E::custom("control characters are not allowed")),
            false => Ok(Key(text.to_owned())),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Key, E> {
        Ok(Key(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Key, E> {
        Ok(Key(number.to_string()))
    }
}

/// A JSON object read as `T`. A derived `T` alone would also take a list of its fields.
pub struct Object<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads<T: DeserializeOwned>(json: &str) -> bool {
        serde_json::from_str::<T>(json).is_ok()
    }

    #[test]
    fn numbers_are_taken_that_readers_can_hold() {
        for good in ["0", "-2.50", "250.00", "1e3", "90071992547409", "0.000000000000000000000001"] {
            assert!(serde_json::from_str::<Number>(good).is_ok(), "{good}");
        }
        for bad in ["1e400", "1e14", "-1e14", "\"7\"", "true", "null", "[1]"] {
            assert!(serde_json::from_str::<Number>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_have_an_offset_and_days_ten_characters() {
        assert!(reads::<Timestamp>(r#""2024-06-01T00:00:00Z""#));
        assert!(reads::<Timestamp>(r#""2024-06-01T00:00:00.123456+05:30""#));
        assert!(!reads::<Timestamp>(r#""tomorrow""#));
        assert!(!reads::<Timestamp>(r#""2024-06-01T00:00:00""#));
        assert!(reads::<Day>(r#""2024-02-29""#));
        for day in ["2023-02-29", "2024-6-1", "today", "02024-06-1", ""] {
            assert!(!reads::<Day>(&format!("\"{day}\"")), "{day}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        assert!(reads::<Text>(r#""two\nlines\tand é, 夏""#));
        for text in [r#""\u0000""#, r#""a\u0007b""#, r#""\u001b[31m""#, "\"\u{7f}\"", "\"\u{85}\""] {
            assert!(!reads::<Text>(text), "{text}");
            assert!(!reads::<Key>(text), "{text}");
        }
    }

    #[test]
    fn keys_are_text_or_whole_numbers() {
        let key = |json| serde_json::from_str::<Key>(json).ok();
        assert_eq!(key("42"), Some(Key("42".to_owned())));
        assert_eq!(key(r#""cus_1""#), Some(Key("cus_1".to_owned())));
        assert_eq!(key("1.5"), None);
        assert_eq!(key("null"), None);
    }

    #[test]
    fn only_an_object_is_an_object() {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Point {
            #[expect(dead_code)]
            x: u8,
        }
        assert!(reads::<Object<Point>>(r#"{"x": 1}"#));
        assert!(!reads::<Object<Point>>("[1]"));
        assert!(!reads::<Object<Point>>(r#"{"x": 1, "y": 2}"#));
    }
}
