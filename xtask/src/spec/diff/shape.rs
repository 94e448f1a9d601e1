//! What kind of schema it is, as far as a comparison needs it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::spec::document::{entries, reference};

/// Fields that tell variants without names apart.
const TAGS: &[&str] = &["type", "role", "status", "name", "_tag"];

/// The kind of a schema, without `null`.
pub(super) enum Shape<'a> {
    /// One of several texts.
    Texts(BTreeSet<String>),
    /// One of several, by their names.
    Union(BTreeMap<String, Value>),
    /// Fields.
    Object,
    List(&'a Value),
    Map(&'a Value),
    /// Anything else, by how one would say it.
    Other(String),
}

impl<'a> Shape<'a> {
    pub(super) fn of(schema: &'a Value) -> Self {
        if let Some(list) = alternatives(schema) {
            let all: Option<Vec<_>> = list.iter().map(texts).collect();
            return match all {
                Some(all) => Self::Texts(all.into_iter().flatten().collect()),
                None => Self::Union(list.iter().map(|one| (variant(one), one.clone())).collect()),
            };
        }
        if let Some(texts) = texts(schema) {
            return Self::Texts(texts);
        }
        let pattern = entries(&schema["patternProperties"]).first().map(|(_, value)| *value);
        match schema["type"].as_str() {
            Some("object") if schema["properties"].is_object() => Self::Object,
            Some("object") if pattern.is_some() => Self::Map(pattern.unwrap_or(schema)),
            Some("object") if schema["additionalProperties"].is_object() => {
                Self::Map(&schema["additionalProperties"])
            }
            Some("array") if schema["items"].is_object() => Self::List(&schema["items"]),
            Some("array") => Self::Other(format!("a tuple {}", schema["prefixItems"])),
            Some(other) => Self::Other(other.to_owned()),
            None => Self::Other("anything".to_owned()),
        }
    }

    /// The kinds of two schemas: beside one of several, another is one of one.
    pub(super) fn pair(was: &'a Value, is: &'a Value) -> (Self, Self) {
        let only = |schema: &Value| Self::Union(BTreeMap::from([(variant(schema), schema.clone())]));
        match (Self::of(was), Self::of(is)) {
            (before @ Self::Union(_), Self::Union(after)) => (before, Self::Union(after)),
            (before @ Self::Union(_), _) => (before, only(is)),
            (_, after @ Self::Union(_)) => (only(was), after),
            both => both,
        }
    }

    /// How one would say it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Texts(_) => "a text of several".to_owned(),
            Self::Union(_) => "one of several".to_owned(),
            Self::Object => "an object with fields".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Map(_) => "a map".to_owned(),
            Self::Other(name) => name.clone(),
        }
    }
}

/// Whether `null` fits.
pub(super) fn is_nullable(schema: &Value) -> bool {
    schema["type"] == "null"
        || alternatives(schema).is_some_and(|list| list.iter().any(|one| one["type"] == "null"))
}

/// A schema without the `null` that it may also be, and what is one of one is that one.
pub(super) fn without_null(schema: &Value) -> Value {
    let Some(list) = alternatives(schema) else { return schema.clone() };
    let mut rest: Vec<Value> = list.iter().filter(|one| one["type"] != "null").cloned().collect();
    rest.dedup();
    match rest.as_slice() {
        [only] => only.clone(),
        _ => serde_json::json!({"anyOf": rest}),
    }
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array())
}

/// The texts that a schema allows, if it allows nothing else.
fn texts(schema: &Value) -> Option<BTreeSet<String>> {
    if let Some(text) = schema["const"].as_str() {
        return Some(BTreeSet::from([text.to_owned()]));
    }
    let list = schema["enum"].as_array().filter(|_| schema["type"] == "string")?;
    list.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// How a variant of a union is called.
fn variant(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return name.to_owned();
    }
    let tag = TAGS.iter().find_map(|tag| texts(&schema["properties"][tag])?.into_iter().next());
    let required = schema["required"][0].as_str().map(|field| format!("with {field}"));
    let text = texts(schema).map(|texts| texts.into_iter().collect::<Vec<_>>().join("|"));
    tag.or(required).or(text).unwrap_or_else(|| Shape::of(schema).name())
}
