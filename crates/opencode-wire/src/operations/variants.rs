//! How a value that is one of several becomes an enum, with an arm for what is none of them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor};

use crate::model::Json;
use crate::surrogate;

/// The text or truth value of a field of an object, without looking at the rest of it.
pub(crate) fn tag(json: &Json, key: &str) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_str(json.as_str());
    serde::Deserializer::deserialize_map(&mut deserializer, TagVisitor(key)).ok().flatten()
}

struct TagVisitor<'k>(&'k str);

impl<'de> Visitor<'de> for TagVisitor<'_> {
    type Value = Option<String>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if key == self.0 {
                let value: Json = map.next_value()?;
                found =
                    value.parse().ok().or_else(|| value.parse::<bool>().ok().map(|value| value.to_string()));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Reads a value whose type is known by now.
pub(crate) fn read<T: DeserializeOwned, E: Error>(json: &Json) -> Result<T, E> {
    serde_json::from_str(json.as_str()).map_err(E::custom)
}

/// Reads a value if it is of a type.
pub(crate) fn attempt<T: DeserializeOwned>(json: &Json) -> Option<T> {
    serde_json::from_str(json.as_str()).ok().or_else(|| {
        // Half of a character would otherwise make a known value an unknown one.
        let repaired = surrogate::replace_lone(json.as_str())?;
        serde_json::from_str(&repaired).ok()
    })
}

/// Declares an enum whose variants are told apart by a field.
macro_rules! tagged {
    (
        $(#[$meta:meta])*
        $name:ident by $tag:literal { $( $variant:ident($type:ty) = $value:literal, )* }
    ) => {
        $crate::operations::variants::declare! { $(#[$meta])* $name { $( $variant($type), $value; )* } }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = <$crate::model::Json as serde::Deserialize>::deserialize(deserializer)?;
                match $crate::operations::variants::tag(&json, $tag).as_deref() {
                    $( Some($value) => $crate::operations::variants::read(&json).map(Self::$variant), )*
                    _ => Ok(Self::Unknown(json)),
                }
            }
        }
    };
}
pub(crate) use tagged;

/// Declares an enum whose variants are tried in order.
macro_rules! untagged {
    (
        $(#[$meta:meta])*
        $name:ident { $( $variant:ident($type:ty), )* }
    ) => {
        $crate::operations::variants::declare! { $(#[$meta])* $name { $( $variant($type), stringify!($variant); )* } }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = <$crate::model::Json as serde::Deserialize>::deserialize(deserializer)?;
                $( if let Some(value) = $crate::operations::variants::attempt(&json) {
                    return Ok(Self::$variant(value));
                } )*
                Ok(Self::Unknown(json))
            }
        }
    };
}
pub(crate) use untagged;

macro_rules! declare {
    ( $(#[$meta:meta])* $name:ident { $( $variant:ident($type:ty), $told:expr; )* } ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "answers are read once and live shortly")]
        pub enum $name {
            $( #[doc = concat!("`", $told, "`.")] $variant($type), )*
            /// What this version of the crate does not know, as the server wrote it.
            Unknown($crate::model::Json),
        }

        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(stringify!($name))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(value) => value.serialize(serializer), )*
                    Self::Unknown(json) => json.serialize(serializer),
                }
            }
        }
    };
}
pub(crate) use declare;
