//! JSON whose shape is somebody else's business: a tool's input, a provider's metadata.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::surrogate;

/// A JSON value as text: checked to be valid when it was read, parsed only when somebody asks.
///
/// Two values are equal when their text is: `1.0` and `1` differ, and so do two orders of the same fields.
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// The value as JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Writes a value as JSON.
    ///
    /// # Errors
    ///
    /// When the value cannot be JSON, such as a map whose keys are not strings.
    pub fn from_value<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, crate::Error> {
        serde_json::value::to_raw_value(value).map(Self).map_err(|source| {
            crate::Error::new(crate::ErrorKind::Decode, "cannot be written as JSON").with_source(source)
        })
    }

    /// Reads the value as a type.
    ///
    /// # Errors
    ///
    /// When it has another shape.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, crate::Error> {
        self.read().map_err(|source| {
            crate::Error::new(crate::ErrorKind::Decode, "JSON of another shape").with_source(source)
        })
    }

    /// The value as a tree; `null` if it is nested deeper than 128 levels.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        self.read().unwrap_or_default()
    }

    fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.as_str()).or_else(|error| {
            // The server's JSON may contain half of a character, which is no text to anybody else.
            match surrogate::replace_lone(self.as_str()) {
                Some(repaired) => serde_json::from_str(&repaired),
                None => Err(error),
            }
        })
    }

    /// Whether it is an empty object, an empty list, an empty string or `null`: nothing that anybody would show.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self.as_str().trim(), "{}" | "[]" | "\"\"" | "null")
    }
}

impl Default for Json {
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(serde_json::value::to_raw_value(&value).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl serde::Serialize for Json {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Json {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_character_costs_that_character_and_not_the_value() {
        let json: Json = serde_json::from_str(r#"{"text":"cut \ud83d here","n":1}"#).unwrap();
        assert_eq!(json.to_value(), serde_json::json!({"text": "cut \u{fffd} here", "n": 1}));
    }
}
