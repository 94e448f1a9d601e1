//! How the fields of an object are read, in whatever order they come.
//!
//! A struct has a slot for each of its fields, and one piece of code fills the slots of all structs. Were there code for
//! each, hundreds of structs would be a third of what it costs to build this module.

use serde::de::MapAccess;

use super::slot::{Slot, absent};
use crate::field_name::FieldName;
use crate::model::Extra;

/// Fills a slot for each key, and returns what has none.
pub(crate) fn fill<'de, A: MapAccess<'de>>(
    map: &mut A,
    name: &'static str,
    keys: &'static [&'static str],
    slots: &mut [&mut dyn Slot<'de, A>],
) -> Result<Extra, A::Error> {
    let mut extra = Extra::default();
    let place = |key: &str| keys.iter().position(|known| *known == key).ok_or_else(|| Box::<str>::from(key));
    while let Some(place) = map.next_key_seed(FieldName(place))? {
        match place {
            Ok(index) => slots[index].fill(map)?,
            Err(unknown) => extra.push(&unknown, map.next_value()?),
        }
    }
    let missing = keys.iter().zip(slots).find(|(_, slot)| slot.is_wanting());
    missing.map_or(Ok(extra), |(key, _)| Err(absent(key, name)))
}
