//! From a schema to a type.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::alike::Alike;
use super::fixups::{Fix, Fixups};
use super::items::{Field, Home, Item, Items, Kind, Presence, Record, Type};
use super::names::{file, pascal, snake};
use super::place::{Place, Shape};
use super::shared;
use crate::spec::document::{Document, entries, reference};

/// Every keyword that is understood. Another one fails, because it may change what a schema means.
const KEYWORDS: &[&str] = &[
    "$ref",
    "additionalProperties",
    "anyOf",
    "default",
    "enum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "type",
];

/// Which pattern stands for which id of the crate.
const IDS: &[(&str, &str)] = &[
    ("^ses", "SessionId"),
    ("^msg", "MessageId"),
    ("^msg_", "MessageId"),
    ("^prt", "PartId"),
    ("^evt_", "EventId"),
    ("^per", "PermissionId"),
    ("^que", "QuestionId"),
    ("^wrk", "WorkspaceId"),
    ("^pty", "PtyId"),
];

/// Collects the types that schemas need.
pub(super) struct Shapes<'a> {
    pub(super) document: &'a Document,
    pub(super) fixups: &'a mut Fixups,
    pub(super) items: Items,
    pub(super) alike: Alike,
    /// What the schemas are that were asked for.
    pub(super) schemas: BTreeMap<String, Shape>,
    /// What the schemas of refusals are.
    pub(super) refusals: BTreeMap<String, Type>,
    /// Operations that are streams, and the schemas of their events.
    pub(super) streams: Vec<(String, String)>,
}

impl<'a> Shapes<'a> {
    pub(super) fn new(document: &'a Document, fixups: &'a mut Fixups) -> Self {
        Self {
            document,
            fixups,
            items: Items::default(),
            alike: Alike::new(),
            schemas: BTreeMap::new(),
            refusals: BTreeMap::new(),
            streams: Vec::new(),
        }
    }

    /// The type of a schema.
    pub(super) fn shape(&mut self, schema: &Value, place: &Place) -> Result<Shape> {
        if let Some(name) = reference(schema) {
            return self.named(name);
        }
        match self.alike(schema, place)? {
            Some(shape) => Ok(shape),
            None => self.own(schema, place),
        }
    }

    /// The type of a schema that is not known by another name or from another place.
    pub(super) fn own(&mut self, schema: &Value, place: &Place) -> Result<Shape> {
        for (keyword, _) in entries(schema) {
            ensure!(KEYWORDS.contains(&keyword), "{}: the keyword {keyword} is not understood", place.origin);
        }
        if self.fixups.apply(Fix::AsJson, &place.origin).is_some() {
            return Ok(Type::Json.into());
        }
        if self.fixups.apply(Fix::Time, &place.origin).is_some() {
            return Ok(Type::Shared("Timestamp").into());
        }
        if let Some(list) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            return self.alternatives(list, place);
        }
        Ok(match schema["type"].as_str() {
            None if entries(schema).is_empty() => Type::Json.into(),
            Some("boolean") => Type::Boolean.into(),
            Some("number") => Type::Float.into(),
            Some("integer") if at_least_zero(schema) => Type::Unsigned.into(),
            Some("integer") => Type::Signed.into(),
            Some("string") => self.string(schema, place)?.into(),
            Some("array") => self.array(schema, place)?.into(),
            Some("object") => self.object(schema, place)?.into(),
            other => bail!("{}: the type {other:?} is not understood", place.origin),
        })
    }

    /// The type of a schema that has a name.
    pub(super) fn named(&mut self, schema: &str) -> Result<Shape> {
        if let Some(shape) = self.schemas.get(schema) {
            return Ok(shape.clone());
        }
        if let Some(type_) = shared::of(schema) {
            self.schemas.insert(schema.to_owned(), Type::Shared(type_).into());
            return Ok(Type::Shared(type_).into());
        }
        let name = self.fixups.name(schema).map_or_else(|| pascal(schema), str::to_owned);
        let place = Place { home: Home::Types(file(&name)), name, origin: schema.to_owned() };
        let value = self.document.schema(schema)?;
        // A schema that gets a type of its own may refer to itself.
        if self.is_record(value) || value["anyOf"].is_array() {
            self.schemas.insert(schema.to_owned(), Type::Named(place.name.clone()).into());
        }
        let shape = self.shape(value, &place)?;
        self.schemas.insert(schema.to_owned(), shape.clone());
        Ok(shape)
    }

    fn is_record(&self, schema: &Value) -> bool {
        schema["type"] == "object" && schema["properties"].is_object()
    }

    fn string(&mut self, schema: &Value, place: &Place) -> Result<Type> {
        if let Some(values) = schema["enum"].as_array() {
            return self.string_enum(values.iter().filter_map(Value::as_str), place);
        }
        let pattern = schema["pattern"].as_str().unwrap_or_default();
        let id = IDS.iter().find(|(known, _)| *known == pattern).map(|(_, id)| *id);
        Ok(id.map_or(Type::Text, Type::Id))
    }

    /// An enumeration of strings, open for more.
    pub(super) fn string_enum<'s>(
        &mut self,
        values: impl Iterator<Item = &'s str>,
        place: &Place,
    ) -> Result<Type> {
        let place = &self.claim(place)?;
        let mut variants: Vec<(String, String)> = Vec::new();
        for value in values {
            if !variants.iter().any(|(_, known)| known == value) {
                variants.push((pascal(value), value.to_owned()));
            }
        }
        Ok(self.finish(place, Kind::Enum(variants)))
    }

    fn array(&mut self, schema: &Value, place: &Place) -> Result<Type> {
        if let Some(list) = schema["prefixItems"].as_array() {
            let inner =
                list.iter().map(|item| Ok(self.shape(item, place)?.into_type())).collect::<Result<_>>()?;
            return Ok(Type::Tuple(inner));
        }
        let item = schema.get("items").with_context(|| format!("{}: a list of what?", place.origin))?;
        Ok(Type::List(Box::new(self.shape(item, &place.child("item"))?.into_type())))
    }

    fn object(&mut self, schema: &Value, place: &Place) -> Result<Type> {
        if self.is_record(schema) {
            let place = &self.claim(place)?;
            let record = self.record(schema, place)?;
            return Ok(self.finish(place, Kind::Record(record)));
        }
        let patterns = entries(&schema["patternProperties"]);
        let value = match (patterns.as_slice(), &schema["additionalProperties"]) {
            ([(_, value)], _) => *value,
            ([], value @ Value::Object(_)) => value,
            ([], _) => return Ok(Type::Json),
            _ => bail!("{}: more than one pattern of names", place.origin),
        };
        Ok(Type::Map(Box::new(self.shape(value, &place.child("value"))?.into_type())))
    }

    fn record(&mut self, schema: &Value, place: &Place) -> Result<Record> {
        let mut record = Record { constants: Vec::new(), fields: Vec::new() };
        for (key, value) in entries(&schema["properties"]) {
            let inner = place.child(key);
            let optional = self.fixups.apply(Fix::Optional, &inner.origin).is_some();
            let required = !optional && is_required(schema, key);
            if let Some(text) = constant(value).filter(|_| required) {
                record.constants.push((key.to_owned(), text.to_owned()));
                continue;
            }
            let nullable = self.fixups.apply(Fix::Nullable, &inner.origin).is_some();
            let shape = self.shape(value, &inner)?;
            let presence = Presence::of(required, shape.nullable || nullable);
            record.fields.push(Field { name: snake(key), key: key.to_owned(), presence, type_: shape.type_ });
        }
        for (index, field) in record.fields.iter().enumerate() {
            let twice = record.fields[..index].iter().any(|other| other.name == field.name);
            ensure!(!twice, "{}: two fields would be called {}", place.origin, field.name);
        }
        Ok(record)
    }

    /// Takes a name for a type. Names of schemas belong to them, whoever comes first.
    pub(super) fn claim(&mut self, place: &Place) -> Result<Place> {
        let mut place = place.clone();
        let names = self.document.schema_names();
        if !names.contains(&place.origin.as_str()) && names.iter().any(|name| pascal(name) == place.name) {
            place.name.push_str("Field");
        }
        self.items.reserve(&place.name)?;
        Ok(place)
    }

    /// Keeps an item whose name is reserved already.
    pub(super) fn finish(&mut self, place: &Place, kind: Kind) -> Type {
        let (name, home, origin) = (place.name.clone(), place.home.clone(), place.origin.clone());
        self.items.set(Item { name: name.clone(), home, origin, kind });
        Type::Named(name)
    }
}

/// Whether an object must have a field.
pub(super) fn is_required(schema: &Value, key: &str) -> bool {
    schema["required"].as_array().is_some_and(|list| list.iter().any(|name| name == key))
}

/// The only text that a schema allows.
pub(super) fn constant(schema: &Value) -> Option<&str> {
    match schema["enum"].as_array().map(Vec::as_slice) {
        Some([only]) if schema["type"] == "string" => only.as_str(),
        _ => None,
    }
}

fn at_least_zero(schema: &Value) -> bool {
    ["minimum", "exclusiveMinimum"]
        .iter()
        .any(|bound| schema[bound].as_f64().is_some_and(|bound| bound >= 0.0))
}
