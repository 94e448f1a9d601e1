//! How an object of the API becomes a struct: strict about what must be there, lossless about the rest.
//!
//! It differs from [`object`](crate::model::object) in that a required field has no default: one of several types
//! is told by what it cannot be without.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};

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
                $( let mut $field = $crate::operations::slot::$presence(); )*
                let extra = $crate::operations::fill::fill(&mut map, Self::NAME, Self::KEYS, &mut [
                    $( &mut $crate::operations::slot::Constant::new($text), )*
                    $( &mut $field, )*
                ])?;
                Ok(Self {
                    $( $field: $crate::operations::slot::held!($presence $field $key), )*
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
                #[allow(unused_mut, reason = "some types have no fields")]
                let mut writer = $crate::operations::writer::Writer::new(serializer)?;
                $( writer.required($constant, $text); )*
                $( writer.$presence($key, &self.$field); )*
                writer.end(&self.extra)
            }
        }
    };
}
pub(crate) use record;
