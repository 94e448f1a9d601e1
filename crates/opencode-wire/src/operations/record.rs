//! How an object of the API becomes a struct: strict about what must be there, lossless about the rest.
//!
//! It differs from [`object`](crate::model::object) in that a required field has no default: one of several types
//! is told by what it cannot be without.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

/// A struct with fields that are known by name.
pub(crate) trait Record: Sized {
    const NAME: &'static str;
    const KEYS: &'static [&'static str];

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads a struct from an object.
pub(crate) struct RecordVisitor<T>(PhantomData<T>);

impl<T> RecordVisitor<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: Record> Visitor<'de> for RecordVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "an object ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(map)
    }
}

/// The name of a field: one that is known, or another.
pub(crate) enum Key {
    Known(&'static str),
    Other(Box<str>),
}

/// Reads the name of a field. One type for all structs, so that its code is compiled once.
pub(crate) struct KeySeed(pub(crate) &'static [&'static str]);

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
        let known = self.0.iter().find(|key| **key == text);
        Ok(known.map_or_else(|| Key::Other(text.into()), |key| Key::Known(key)))
    }
}

/// Reads and writes a field, by whether it may be missing, `null`, or both.
pub(crate) mod field {
    use std::borrow::Cow;

    use serde::Serialize;
    use serde::de::{Deserialize, Error, MapAccess};
    use serde::ser::SerializeMap;

    /// A field that always has the same text.
    pub(crate) fn constant<'de, A: MapAccess<'de>>(
        map: &mut A,
        expected: &'static str,
    ) -> Result<(), A::Error> {
        let text: Cow<'_, str> = map.next_value()?;
        if text == expected { Ok(()) } else { Err(A::Error::custom(format_args!("expected `{expected}`"))) }
    }

    pub(crate) mod required {
        use super::{Deserialize, Error, MapAccess, Serialize, SerializeMap};

        pub(crate) fn read<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
            map.next_value()
        }

        pub(crate) fn finish<T, E: Error>(value: Option<T>, key: &'static str, name: &str) -> Result<T, E> {
            value.ok_or_else(|| E::custom(format_args!("missing field `{key}` of {name}")))
        }

        pub(crate) fn write<T: Serialize, M: SerializeMap>(
            map: &mut M,
            key: &'static str,
            value: &T,
        ) -> Result<(), M::Error> {
            map.serialize_entry(key, value)
        }
    }

    pub(crate) mod optional {
        use super::{Deserialize, MapAccess, Serialize, SerializeMap};

        pub(crate) fn read<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            map: &mut A,
        ) -> Result<Option<T>, A::Error> {
            map.next_value()
        }

        #[expect(clippy::unnecessary_wraps, reason = "it is one of several with the same shape")]
        pub(crate) fn finish<T, E>(
            value: Option<Option<T>>,
            _key: &'static str,
            _name: &str,
        ) -> Result<Option<T>, E> {
            Ok(value.flatten())
        }

        pub(crate) fn write<T: Serialize, M: SerializeMap>(
            map: &mut M,
            key: &'static str,
            value: &Option<T>,
        ) -> Result<(), M::Error> {
            value.as_ref().map_or(Ok(()), |value| map.serialize_entry(key, value))
        }
    }

    pub(crate) mod nullable {
        pub(crate) use super::optional::{finish, read};
        pub(crate) use super::required::write;
    }

    pub(crate) mod clearable {
        pub(crate) use super::optional::{finish, write};
        use super::{Deserialize, MapAccess};

        pub(crate) fn read<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
            map: &mut A,
        ) -> Result<Option<Option<T>>, A::Error> {
            map.next_value().map(Some)
        }
    }
}

/// Declares a struct that stands for an object of the API.
macro_rules! record {
    (
        $(#[$meta:meta])*
        $name:ident {
            const { $($constant:literal = $text:literal),* }
            $( $presence:ident $field:ident: $type:ty = $key:literal, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( #[doc = concat!("`", $key, "`.")] pub $field: $type, )*
            /// Fields that this version of the crate does not know.
            pub extra: $crate::model::Extra,
        }

        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }

        impl $crate::operations::record::Record for $name {
            const NAME: &'static str = stringify!($name);
            const KEYS: &'static [&'static str] = &[$($constant,)* $($key,)*];

            fn read<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                #[allow(unused_imports, reason = "some types have no fields")]
                use $crate::operations::record::field;
                use $crate::operations::record::{Key, KeySeed};

                $( let mut $field: Option<$type> = None; )*
                let mut extra = $crate::model::Extra::default();
                #[allow(unused_mut, reason = "most types have no constants")]
                let mut missing: Vec<&'static str> = vec![$($constant),*];
                while let Some(told_key) = map.next_key_seed(KeySeed(Self::KEYS))? {
                    match told_key {
                        $( Key::Known($constant) => {
                            field::constant(&mut map, $text)?;
                            missing.retain(|key| *key != $constant);
                        } )*
                        $( Key::Known($key) => $field = Some(field::$presence::read(&mut map)?), )*
                        Key::Known(name) => extra.push(name, map.next_value()?),
                        Key::Other(name) => extra.push(&name, map.next_value()?),
                    }
                }
                if let Some(key) = missing.first() {
                    return Err(serde::de::Error::missing_field(key));
                }
                Ok(Self {
                    $( $field: field::$presence::finish($field, $key, Self::NAME)?, )*
                    extra,
                })
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map($crate::operations::record::RecordVisitor::<Self>::new())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $( map.serialize_entry($constant, $text)?; )*
                $( $crate::operations::record::field::$presence::write(&mut map, $key, &self.$field)?; )*
                self.extra.serialize_into(&mut map)?;
                map.end()
            }
        }
    };
}
pub(crate) use record;
