//! How the fields of an object are read, in whatever order they come.
//!
//! A struct has a slot for each of its fields, and one piece of code fills the slots of all structs. Were there code for
//! each, hundreds of structs would be a third of what it costs to build this module.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::model::Extra;

/// What waits for the value of a field.
pub(crate) trait Slot<'de, A: MapAccess<'de>> {
    /// Reads the value; one that was read before is forgotten.
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error>;

    /// Whether the object is not what it should be as long as the field has not come.
    fn is_missing(&self) -> bool;
}

/// Fills a slot for each key, and returns what has none.
pub(crate) fn fill<'de, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
    keys: &'static [&'static str],
    slots: &mut [&mut dyn Slot<'de, A>],
) -> Result<Extra, A::Error> {
    let mut extra = Extra::default();
    while let Some(key) = map.next_key_seed(KeySeed(keys))? {
        match key {
            Key::Known(index) => slots[index].fill(map)?,
            Key::Other(key) => extra.push(&key, map.next_value()?),
        }
    }
    let missing = keys.iter().zip(slots).find(|(_, slot)| slot.is_missing());
    missing.map_or(Ok(extra), |(key, _)| Err(absent(key, name)))
}

/// The error for an object without a field that it must have.
pub(crate) fn absent<E: Error>(key: &'static str, name: &'static str) -> E {
    E::custom(format_args!("missing field `{key}` of {name}"))
}

/// The name of a field: the place of one that is known, or another.
enum Key {
    Known(usize),
    Other(Box<str>),
}

/// Reads the name of a field.
struct KeySeed(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a field name")
    }

    fn visit_str<E>(self, text: &str) -> Result<Key, E> {
        let known = self.0.iter().position(|key| *key == text);
        Ok(known.map_or_else(|| Key::Other(text.into()), Key::Known))
    }
}
