//! What waits for the value of a field, by whether it may be missing, `null`, or both.

use std::borrow::Cow;

use serde::de::{Deserialize, Error, MapAccess};

/// What waits for the value of a field.
pub(crate) trait Slot<'de, A: MapAccess<'de>> {
    /// Reads the value; one that was read before is forgotten.
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error>;

    /// Whether a field has not come that must, and whose value nobody will ask for.
    fn is_wanting(&self) -> bool {
        false
    }
}

/// The error for an object without a field that it must have.
pub(super) fn absent<E: Error>(key: &'static str, name: &'static str) -> E {
    E::custom(format_args!("missing field `{key}` of {name}"))
}

/// A field that always has the same text.
pub(crate) struct Constant {
    text: &'static str,
    has_come: bool,
}

impl Constant {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, has_come: false }
    }
}

impl<'de, A: MapAccess<'de>> Slot<'de, A> for Constant {
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error> {
        let text: Cow<'_, str> = map.next_value()?;
        if text != self.text {
            return Err(A::Error::custom(format_args!("expected `{}`", self.text)));
        }
        self.has_come = true;
        Ok(())
    }

    fn is_wanting(&self) -> bool {
        !self.has_come
    }
}

/// A field that must be there.
pub(crate) struct Required<T>(Option<T>);

pub(crate) const fn required<T>() -> Required<T> {
    Required(None)
}

impl<T> Required<T> {
    pub(crate) fn get<E: Error>(self, key: &'static str, name: &'static str) -> Result<T, E> {
        self.0.ok_or_else(|| absent(key, name))
    }
}

impl<'de, T: Deserialize<'de>, A: MapAccess<'de>> Slot<'de, A> for Required<T> {
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = Some(map.next_value()?);
        Ok(())
    }
}

/// A field that may be missing or `null`, which mean the same.
pub(crate) struct Optional<T>(pub(crate) Option<T>);

pub(crate) const fn optional<T>() -> Optional<T> {
    Optional(None)
}

/// A field that is always written, as `null` if there is no value.
pub(crate) const fn nullable<T>() -> Optional<T> {
    Optional(None)
}

impl<'de, T: Deserialize<'de>, A: MapAccess<'de>> Slot<'de, A> for Optional<T> {
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = map.next_value()?;
        Ok(())
    }
}

/// A field that may be missing, and for which `null` says something else.
pub(crate) struct Clearable<T>(pub(crate) Option<Option<T>>);

pub(crate) const fn clearable<T>() -> Clearable<T> {
    Clearable(None)
}

impl<'de, T: Deserialize<'de>, A: MapAccess<'de>> Slot<'de, A> for Clearable<T> {
    fn fill(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = Some(map.next_value()?);
        Ok(())
    }
}

/// What a slot holds in the end; returns early where it must hold something.
macro_rules! held {
    (required $slot:ident $key:literal) => {
        $slot.get($key, <Self as $crate::operations::record::Record>::NAME)?
    };
    ($presence:ident $slot:ident $key:literal) => {
        $slot.0
    };
}
pub(crate) use held;
