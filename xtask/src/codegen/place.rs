//! Where a schema stands, and what it turned out to be.

use super::items::{Home, Type};
use super::names::pascal;

/// A type, and whether `null` stands for one more value.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) type_: Type,
    pub(super) nullable: bool,
}

impl Shape {
    /// The type where nothing says that a value may be missing.
    pub(super) fn into_type(self) -> Type {
        if self.nullable { Type::Option(Box::new(self.type_)) } else { self.type_ }
    }
}

impl From<Type> for Shape {
    fn from(type_: Type) -> Self {
        Self { type_, nullable: false }
    }
}

/// Where a schema stands, from which a type that it needs gets name and place.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) home: Home,
    pub(super) origin: String,
}

impl Place {
    pub(super) fn child(&self, key: &str) -> Self {
        Self {
            name: format!("{}{}", self.name, pascal(key)),
            home: self.home.clone(),
            origin: format!("{}.{key}", self.origin),
        }
    }
}
