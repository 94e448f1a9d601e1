//! From `anyOf` to a type.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::items::{Kind, Type, Union, Variant};
use super::names::pascal;
use super::place::{Place, Shape};
use super::shape::{Shapes, is_required};
use crate::spec::document::{entries, reference};

/// Fields that are tried first when variants must be told apart; then any other, by the alphabet.
const TAGS: &[&str] = &["type", "role", "status", "name", "_tag"];

/// How many fields an object cannot be without, and how many it may have.
type Demands = (usize, usize);

/// Variants by the value of a field.
type Groups<'s> = BTreeMap<String, Vec<&'s Value>>;

impl Shapes<'_> {
    /// The type of what is one of several.
    pub(super) fn alternatives(&mut self, list: &[Value], place: &Place) -> Result<Shape> {
        let rest: Vec<&Value> = list.iter().filter(|schema| schema["type"] != "null").collect();
        let nullable = rest.len() < list.len();
        let type_ = match rest.as_slice() {
            [only] => self.shape(only, place)?.type_,
            _ => self.several(&rest, place)?,
        };
        Ok(Shape { type_, nullable })
    }

    fn several(&mut self, list: &[&Value], place: &Place) -> Result<Type> {
        let list: Vec<Value> = list.iter().map(|schema| self.twin(schema)).collect();
        let list: Vec<&Value> = list.iter().collect();
        let list = list.as_slice();
        if list.iter().all(|schema| schema["type"] == "string") {
            let mut values = list.iter().filter_map(|schema| schema["enum"].as_array()).flatten().peekable();
            if values.peek().is_none() {
                return Ok(Type::Text);
            }
            return self.string_enum(values.filter_map(Value::as_str), place);
        }
        if list.iter().all(|schema| is_number(schema) || schema["type"] == "number") {
            return Ok(Type::Number);
        }
        let place = &self.claim(place)?;
        let mut tag = self.tag(list)?;
        let mut variants = Vec::new();
        match self.groups(list)?.filter(|_| tag.is_none()) {
            Some((key, groups)) => {
                for (value, group) in groups {
                    variants.push((Demands::default(), self.group(&value, &group, &key, place)?));
                }
                tag = Some(key);
            }
            None => {
                for schema in list {
                    variants.push(self.variant(schema, tag.as_deref(), place)?);
                }
            }
        }
        if tag.is_none() {
            // What asks for more is tried first, or nobody would ever come to it.
            variants.sort_by_key(|(demands, _)| std::cmp::Reverse(*demands));
        }
        let variants: Vec<Variant> = variants.into_iter().map(|(_, variant)| variant).collect();
        for (index, variant) in variants.iter().enumerate() {
            let twice = variants[..index].iter().any(|other| other.name == variant.name);
            ensure!(!twice, "{}: two variants would be called {}", place.origin, variant.name);
        }
        Ok(self.finish(place, Kind::Union(Union { tag, variants })))
    }

    /// A variant, and what it asks for.
    fn variant(&mut self, schema: &Value, tag: Option<&str>, place: &Place) -> Result<(Demands, Variant)> {
        let (named, target) = self.document.follow(schema)?;
        let demands = demands(target);
        let value = tag.and_then(|tag| tag_value(target, tag)).unwrap_or_default();
        let name = match (value.as_str(), named) {
            ("", Some(named)) => pascal(named),
            ("", None) => plain_name(target),
            (value, _) => pascal(value),
        };
        let shape = self.shape(schema, &place.child(&name))?;
        Ok((demands, Variant { name, value, type_: shape.into_type() }))
    }

    /// A variant for all that have the same value of a tag; several are a union of their own.
    fn group(&mut self, value: &str, group: &[&Value], key: &str, place: &Place) -> Result<Variant> {
        if let [only] = group {
            return Ok(self.variant(only, Some(key), place)?.1);
        }
        let type_ = self.several(group, &place.child(value))?;
        Ok(Variant { name: pascal(value), value: value.to_owned(), type_ })
    }

    /// The field that every variant has a value of, though some have the same; the variants by it.
    fn groups<'s>(&self, list: &[&'s Value]) -> Result<Option<(String, Groups<'s>)>> {
        for key in TAGS {
            let mut groups = Groups::new();
            for schema in list {
                let target = self.document.follow(schema)?.1;
                groups.entry(tag_value(target, key).unwrap_or_default()).or_default().push(*schema);
            }
            if groups.len() > 1 && !groups.contains_key("") {
                return Ok(Some(((*key).to_owned(), groups)));
            }
        }
        Ok(None)
    }

    /// A reference to the schema that says the same, where an object without a name has exactly one.
    fn twin(&self, schema: &Value) -> Value {
        if !schema["properties"].is_object() {
            return schema.clone();
        }
        let same = |name: &&&str| self.document.schema(name).is_ok_and(|other| other == schema);
        let names = self.document.schema_names();
        match names.iter().filter(same).collect::<Vec<_>>().as_slice() {
            [only] => json!({"$ref": format!("#/components/schemas/{only}")}),
            _ => schema.clone(),
        }
    }

    /// The field by which all variants can be told apart.
    fn tag(&self, list: &[&Value]) -> Result<Option<String>> {
        let mut targets = Vec::new();
        for schema in list {
            let (_, mut target) = self.document.follow(schema)?;
            // A union may be a variant of another, and has no tag of its own.
            if reference(target).is_some() {
                target = self.document.follow(target)?.1;
            }
            targets.push(target);
        }
        let Some(first) = targets.first() else { return Ok(None) };
        let all = entries(&first["properties"]).into_iter().map(|(key, _)| key);
        let tells_apart = |key: &&str| {
            let mut values: Vec<_> = targets.iter().filter_map(|target| tag_value(target, key)).collect();
            values.sort();
            values.dedup();
            values.len() == targets.len()
        };
        Ok(TAGS.iter().copied().chain(all).find(tells_apart).map(str::to_owned))
    }
}

/// What a schema asks for.
pub(super) fn demands(schema: &Value) -> Demands {
    (schema["required"].as_array().map_or(0, Vec::len), entries(&schema["properties"]).len())
}

/// The only value that a required field of an object may have.
fn tag_value(schema: &Value, key: &str) -> Option<String> {
    if !is_required(schema, key) {
        return None;
    }
    match schema["properties"][key]["enum"].as_array()?.as_slice() {
        [Value::String(text)] => Some(text.clone()),
        [Value::Bool(value)] => Some(value.to_string()),
        _ => None,
    }
}

/// Whether a schema is a number that JSON cannot write.
fn is_number(schema: &Value) -> bool {
    let values = schema["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
    !values.is_empty()
        && values.iter().all(|value| matches!(value.as_str(), Some("NaN" | "Infinity" | "-Infinity")))
}

fn plain_name(schema: &Value) -> String {
    let name = match schema["type"].as_str() {
        Some("string") if schema["enum"].is_array() => "Name",
        Some("string") => "Text",
        Some("boolean") => "Boolean",
        Some("number" | "integer") => "Number",
        Some("array") => "List",
        // Several objects without names differ by what they cannot be without.
        Some("object") if schema["properties"].is_object() => {
            return format!("With{}", pascal(schema["required"][0].as_str().unwrap_or("Nothing")));
        }
        Some("object") => "Map",
        _ => "Other",
    };
    name.to_owned()
}
