//! Numbers as the server writes them: counts that may be fractions or negative, times in two notations.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// A count of tokens, lines or attempts.
///
/// The server computes some of them by subtraction and declares all of them as `number`, so a count may arrive
/// negative or with a fraction: it is read as the nearest whole number, not below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Count(u64);

impl Count {
    /// Makes a count.
    #[must_use]
    pub const fn new(value: u64) -> Self {
        Self(value)
    }

    /// The count as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CountVisitor)
    }
}

struct CountVisitor;

impl Visitor<'_> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    fn visit_u64<E>(self, value: u64) -> Result<Count, E> {
        Ok(Count(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Count, E> {
        Ok(Count(u64::try_from(value).unwrap_or(0)))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, which is what is meant"
    )]
    fn visit_f64<E>(self, value: f64) -> Result<Count, E> {
        Ok(Count(value.round() as u64))
    }
}

/// A point in time: milliseconds since the Unix epoch.
///
/// The old routes write it as a number, the V2 routes on the old streams as an ISO 8601 string; both are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Makes a timestamp from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("milliseconds since 1970 or an ISO 8601 time")
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Timestamp, E> {
        i64::try_from(value).map(Timestamp).map_err(E::custom)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(value))
    }

    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is meant")]
    fn visit_f64<E>(self, value: f64) -> Result<Timestamp, E> {
        Ok(Timestamp(value.round() as i64))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse::<jiff::Timestamp>().map(|time| Timestamp(time.as_millisecond())).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_never_lost_to_their_notation() {
        let read = |text| serde_json::from_str::<Count>(text).unwrap().get();
        assert_eq!([read("3"), read("-4"), read("2.6"), read("1e3")], [3, 0, 3, 1000]);
    }

    #[test]
    fn both_notations_of_time_are_read() {
        let number: Timestamp = serde_json::from_str("1795211385769").unwrap();
        let text: Timestamp = serde_json::from_str("\"2026-11-20T21:49:45.769Z\"").unwrap();
        assert_eq!(number, text);
    }
}
