//! How the fields of an object are written, by whether they may be missing, `null`, or both.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::model::Extra;

/// Writes an object. The first failure is kept and told at the end, so that no field needs code of its own for it.
pub(crate) struct Writer<M: SerializeMap> {
    map: M,
    failure: Option<M::Error>,
}

impl<M: SerializeMap> Writer<M> {
    pub(crate) fn new<S: Serializer<SerializeMap = M>>(serializer: S) -> Result<Self, S::Error> {
        serializer.serialize_map(None).map(|map| Self { map, failure: None })
    }

    pub(crate) fn required<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) {
        if self.failure.is_none() {
            self.failure = self.map.serialize_entry(key, value).err();
        }
    }

    pub(crate) fn optional<T: Serialize>(&mut self, key: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.required(key, value);
        }
    }

    pub(crate) fn nullable<T: Serialize>(&mut self, key: &'static str, value: &Option<T>) {
        self.required(key, value);
    }

    pub(crate) fn clearable<T: Serialize>(&mut self, key: &'static str, value: &Option<Option<T>>) {
        self.optional(key, value);
    }

    pub(crate) fn end(mut self, extra: &Extra) -> Result<M::Ok, M::Error> {
        self.failure.map_or(Ok(()), Err)?;
        extra.serialize_into(&mut self.map)?;
        self.map.end()
    }
}
