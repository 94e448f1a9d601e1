//! What is generated, before it is text: types, and which of them there are.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// A type as a field, an answer or an element has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Boolean,
    Unsigned,
    Signed,
    Float,
    /// A number or its name, where JSON has no notation for it.
    Number,
    Text,
    /// One of the crate's own ids.
    Id(&'static str),
    Json,
    List(Box<Self>),
    Map(Box<Self>),
    Tuple(Vec<Self>),
    Option(Box<Self>),
    /// A type of the model that is written by hand.
    Shared(&'static str),
    /// A generated type.
    Named(String),
    /// A generated type that would otherwise contain itself.
    Boxed(String),
}

/// A generated type.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) name: String,
    /// The module that it lies in: `types::session`, or that of its operation.
    pub(super) home: Home,
    /// What of the description it stands for, for its documentation.
    pub(super) origin: String,
    pub(super) kind: Kind,
}

/// The file that a type lies in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// A schema, or what lies within one.
    Types(String),
    /// What only one operation has.
    Operations(String),
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    Record(Record),
    /// Strings with their variants.
    Enum(Vec<(String, String)>),
    Union(Union),
}

#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Fields that always have the same text.
    pub(super) constants: Vec<(String, String)>,
    pub(super) fields: Vec<Field>,
}

impl Record {
    /// The fields without which it cannot be made.
    pub(super) fn required(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| matches!(field.presence, Presence::Required | Presence::Nullable))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) presence: Presence,
    pub(super) type_: Type,
}

/// Whether a field may be missing, `null`, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    Nullable,
    Clearable,
}

impl Presence {
    pub(super) fn of(required: bool, nullable: bool) -> Self {
        match (required, nullable) {
            (true, false) => Self::Required,
            (false, false) => Self::Optional,
            (true, true) => Self::Nullable,
            (false, true) => Self::Clearable,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Union {
    /// The field that tells the variants apart, if there is one.
    pub(super) tag: Option<String>,
    pub(super) variants: Vec<Variant>,
}

#[derive(Debug, Clone)]
pub(super) struct Variant {
    pub(super) name: String,
    /// The value of the tag; empty without one.
    pub(super) value: String,
    pub(super) type_: Type,
}

/// All generated types by name.
#[derive(Debug, Default)]
pub(super) struct Items {
    by_name: BTreeMap<String, Option<Item>>,
}

impl Items {
    /// Takes a name, before what it stands for is known.
    pub(super) fn reserve(&mut self, name: &str) -> Result<()> {
        if self.by_name.insert(name.to_owned(), None).is_some() {
            bail!("two things would be called {name}: rename one of them in fixups.rs");
        }
        Ok(())
    }

    pub(super) fn set(&mut self, item: Item) {
        self.by_name.insert(item.name.clone(), Some(item));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Item> {
        self.by_name.get(name).and_then(Option::as_ref)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.by_name.values().flatten()
    }

    /// Puts boxes where a type would contain itself.
    pub(super) fn break_cycles(&mut self) {
        let names: Vec<String> = self.by_name.keys().cloned().collect();
        for name in names {
            let Some(Some(mut item)) = self.by_name.get(&name).cloned() else { continue };
            let items = &*self;
            each_type(&mut item.kind, &mut |type_| {
                if let Type::Named(inner) = type_
                    && items.contains(inner, &name, &mut Vec::new())
                {
                    *type_ = Type::Boxed(inner.clone());
                }
            });
            self.set(item);
        }
    }

    /// Whether a value of one type has one of another directly within it.
    fn contains(&self, outer: &str, wanted: &str, seen: &mut Vec<String>) -> bool {
        if outer == wanted {
            return true;
        }
        if seen.iter().any(|name| name == outer) {
            return false;
        }
        seen.push(outer.to_owned());
        let Some(item) = self.get(outer) else { return false };
        let mut inner = Vec::new();
        each_type(&mut item.kind.clone(), &mut |type_| {
            if let Type::Named(name) = type_ {
                inner.push(name.clone());
            }
        });
        inner.iter().any(|name| self.contains(name, wanted, seen))
    }
}

/// Visits the types that lie within a value of this one without a pointer in between.
fn each_type(kind: &mut Kind, visit: &mut dyn FnMut(&mut Type)) {
    match kind {
        Kind::Record(record) => record.fields.iter_mut().for_each(|field| direct(&mut field.type_, visit)),
        Kind::Union(union) => union.variants.iter_mut().for_each(|variant| direct(&mut variant.type_, visit)),
        Kind::Enum(_) => {}
    }
}

fn direct(type_: &mut Type, visit: &mut dyn FnMut(&mut Type)) {
    match type_ {
        Type::Option(inner) => direct(inner, visit),
        Type::Tuple(list) => list.iter_mut().for_each(|inner| direct(inner, visit)),
        // Lists and maps are pointers already.
        Type::List(_) | Type::Map(_) => {}
        other => visit(other),
    }
}
