//! How a JSON object of the server becomes a struct: tolerant when read, lossless when written.
//!
//! Derived code cannot do it: `#[serde(flatten)]` buffers every object it reads, which costs half of the decoding
//! speed and breaks [`Json`](super::Json). So one macro writes a visitor that reads known fields in any order,
//! takes `null` for absent, and keeps unknown fields.

use serde::de::Deserialize;
use serde::ser::{Serialize, SerializeMap};

use super::Json;

/// Fields that this version of the crate does not know, kept in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extra(Vec<(Box<str>, Json)>);

impl Extra {
    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| value)
    }

    /// Whether every field was known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Name and value of each unknown field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// Adds a field; one of this name that is there already is replaced.
    pub fn insert(&mut self, name: &str, value: impl Into<Json>) {
        self.0.retain(|(key, _)| &**key != name);
        self.push(name, value.into());
    }

    pub(crate) fn push(&mut self, name: &str, value: Json) {
        self.0.push((name.into(), value));
    }

    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))
    }
}

/// How a field behaves when the server leaves it out.
pub(crate) trait Field: Sized {
    /// What an absent field means; `None` where the object is worthless without it.
    fn absent() -> Option<Self>;

    /// Whether the field is left out when written.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> Field for Option<T> {
    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

macro_rules! required {
    ($($type:ty),* $(,)?) => {
        $(impl Field for $type { fn absent() -> Option<Self> { None } })*
    };
}

macro_rules! defaulted {
    ($($type:ty),* $(,)?) => {
        $(impl Field for $type { fn absent() -> Option<Self> { Some(Self::default()) } })*
    };
}

required!(
    crate::ids::SessionId,
    crate::ids::MessageId,
    crate::ids::PartId,
    crate::ids::CallId,
    crate::ids::PermissionId,
    crate::ids::QuestionId,
    super::Role,
    super::ToolStatus,
    super::ToolState,
    super::Part,
    super::Message,
    super::Session,
    super::PermissionAction,
);
defaulted!(
    bool,
    f64,
    u32,
    String,
    super::Count,
    super::Json,
    super::Timestamp,
    super::Tokens,
    super::CacheTokens,
    super::MessageTime,
    super::SessionTime,
    super::PartTime,
    super::ErrorData,
    super::ModelRef,
);

impl<T> Field for Vec<T> {
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

/// Reads a field's value; `null` counts as absent.
pub(crate) fn read<'de, T: Deserialize<'de>, A: serde::de::MapAccess<'de>>(
    map: &mut A,
) -> Result<Option<T>, A::Error> {
    map.next_value::<Option<T>>()
}

/// Writes a field unless it is absent.
pub(crate) fn write<T: Serialize + Field, M: SerializeMap>(
    map: &mut M,
    key: &'static str,
    value: &T,
) -> Result<(), M::Error> {
    if value.is_absent() { Ok(()) } else { map.serialize_entry(key, value) }
}

/// Declares a struct that mirrors an object of the server, with an `extra` field for what it does not know.
macro_rules! object {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty = $key:literal ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        $visibility struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            /// Fields that this version of the crate does not know.
            pub extra: $crate::model::Extra,
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[allow(non_camel_case_types, reason = "variants are named after the fields")]
                enum Key { $( $field, )* Other(Box<str>) }

                impl Key {
                    fn from_name(name: &str) -> Self {
                        match name { $( $key => Self::$field, )* other => Self::Other(other.into()) }
                    }
                }

                struct ObjectVisitor;
                impl<'de> serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name;
                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str(concat!("an object (", stringify!($name), ")"))
                    }
                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                        use $crate::field_name::FieldName;
                        $( let mut $field: Option<$type> = None; )*
                        let mut extra = $crate::model::Extra::default();
                        while let Some(told_key) = map.next_key_seed(FieldName(Key::from_name))? {
                            match told_key {
                                $( Key::$field => $field = $crate::model::object::read(&mut map)?, )*
                                Key::Other(name) => extra.push(&name, map.next_value()?),
                            }
                        }
                        Ok($name {
                            $( $field: match $field {
                                Some(value) => value,
                                None => $crate::model::object::Field::absent()
                                    .ok_or_else(|| serde::de::Error::missing_field($key))?,
                            }, )*
                            extra,
                        })
                    }
                }
                deserializer.deserialize_map(ObjectVisitor)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $( $crate::model::object::write(&mut map, $key, &self.$field)?; )*
                self.extra.serialize_into(&mut map)?;
                map.end()
            }
        }
    };
}
pub(crate) use object;
