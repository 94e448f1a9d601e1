//! Values made from the description, without a look at what is generated from it.

use opencode_wire::ids::WorkspaceId;
use opencode_wire::operations::Location;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Text that would go elsewhere if it were not escaped.
const NASTY: &str = "a/../b c?d#e%f&g+ä";

/// Counts and times, which are whole though the description says `number` of some.
const COUNTS: &[&str] = &[
    "additions",
    "archived",
    "created",
    "deletions",
    "input",
    "output",
    "read",
    "reasoning",
    "timestamp",
    "total",
    "write",
];

/// How values are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Whether everything that is optional is there.
    pub(super) all: bool,
    /// Which of several values and variants is taken.
    pub(super) turn: usize,
    /// Whether the server is newer: more fields, other values, other variants.
    pub(super) newer: bool,
}

/// The samples of one operation.
pub(super) struct Sample<'a> {
    pub(super) document: &'a Value,
    pub(super) operation: &'a Value,
    pub(super) style: Style,
}

impl Sample<'_> {
    /// A part of the path.
    pub(super) fn path<T: DeserializeOwned>(&self, name: &str) -> T {
        convert(&Value::from(self.segment(name)))
    }

    /// A part of the path as text.
    pub(super) fn segment(&self, name: &str) -> String {
        match self.parameter("path", name) {
            Some(schema) => self.value(schema).as_str().unwrap().to_owned(),
            // The description does not name what stands for a wildcard.
            None => "some dir/a?b.md".to_owned(),
        }
    }

    /// What must be in the query.
    pub(super) fn query<T: DeserializeOwned>(&self, name: &str) -> T {
        let schema = self.parameter("query", name).expect("a parameter of the query");
        let value = self.query_value(schema);
        // A truth value may be text here, and in a query it is text in any case.
        match value
            .as_str()
            .and_then(|text| text.parse::<bool>().ok())
            .filter(|_| schema.get("anyOf").is_some())
        {
            Some(truth) => convert(&Value::from(truth)),
            None => convert(&value),
        }
    }

    /// A value in the query: a number there is a count or a time, whatever the description says.
    pub(super) fn query_value(&self, schema: &Value) -> Value {
        if schema["type"] == "number" { Value::from(7) } else { self.value(schema) }
    }

    /// What may be in the query.
    pub(super) fn optional<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.style.all.then(|| self.query(name))
    }

    /// Where it is meant.
    pub(super) fn location(&self) -> Option<Location> {
        self.style.all.then(|| {
            let mut location = Location::directory("/srv/a b");
            location.workspace = Some(WorkspaceId::from_wire("wrk_1"));
            location
        })
    }

    /// The body.
    pub(super) fn body<T: DeserializeOwned>(&self) -> T {
        convert(&self.body_value().expect("a body"))
    }

    pub(super) fn body_value(&self) -> Option<Value> {
        let schema = self.operation["requestBody"]["content"]["application/json"].get("schema")?;
        Some(self.value(schema))
    }

    /// A good answer; `None` if it is no JSON.
    pub(super) fn answer(&self) -> Option<Value> {
        let response = &self.operation["responses"]["200"]["content"]["application/json"];
        Some(self.value(response.get("schema")?))
    }

    pub(super) fn parameter(&self, place: &str, name: &str) -> Option<&Value> {
        let parameters = self.operation["parameters"].as_array()?;
        let wanted = |one: &&Value| one["in"] == place && one["name"] == name;
        parameters.iter().find(wanted).map(|one| &one["schema"])
    }

    /// A value that fits a schema.
    pub(super) fn value(&self, schema: &Value) -> Value {
        let Style { turn, newer, .. } = self.style;
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.value(&self.document["components"]["schemas"][name]);
        }
        if let Some(list) = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array()) {
            let objects =
                list.iter().all(|schema| schema.get("$ref").is_some() || schema["type"] == "object");
            if newer && objects && list.len() > 2 {
                return json!({"type": "brand new", "role": "brand new", "name": "brand new", "status": "brand new"});
            }
            return self.value(&list[turn % list.len()]);
        }
        if let Some(list) = schema["enum"].as_array() {
            if newer && list.len() > 1 && schema["type"] == "string" {
                return json!("brand new");
            }
            return list[turn % list.len()].clone();
        }
        match schema["type"].as_str() {
            Some("string") => Value::from(text(schema["pattern"].as_str().unwrap_or_default())),
            Some("boolean") => Value::from(turn % 2 == 0),
            Some("integer") => Value::from(7),
            Some("number") => Value::from(2.5),
            Some("null") => Value::Null,
            Some("array") => self.array(schema),
            Some("object") => self.object(schema),
            _ => json!({"anything": [1, "two", null]}),
        }
    }

    fn array(&self, schema: &Value) -> Value {
        match schema["prefixItems"].as_array() {
            Some(list) => list.iter().map(|item| self.value(item)).collect(),
            None => Value::Array(vec![self.value(&schema["items"])]),
        }
    }

    fn object(&self, schema: &Value) -> Value {
        let Some(properties) = schema["properties"].as_object() else {
            if let Some((pattern, value)) =
                schema["patternProperties"].as_object().and_then(|map| map.iter().next())
            {
                return Value::Object(Map::from_iter([(text(pattern), self.value(value))]));
            }
            let value = schema.get("additionalProperties").filter(|value| value.is_object());
            let value = value.map_or(json!({"any": 1}), |value| self.value(value));
            return json!({"some key": value});
        };
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut object: Map<String, Value> = properties
            .iter()
            .filter(|(name, _)| self.style.all || required.iter().any(|known| known == *name))
            .map(|(name, schema)| match schema["type"].as_str() {
                Some("number") if COUNTS.contains(&name.as_str()) => (name.clone(), Value::from(7)),
                _ => (name.clone(), self.value(schema)),
            })
            .collect();
        if self.style.newer {
            object.insert("brand new".to_owned(), json!({"deep": [1, {"x": null}]}));
        }
        Value::Object(object)
    }
}

fn text(pattern: &str) -> String {
    match pattern.strip_prefix('^') {
        Some(prefix) if prefix.chars().all(|one| one.is_ascii_lowercase() || one == '_') => {
            format!("{prefix}_{NASTY}")
        }
        _ => NASTY.to_owned(),
    }
}

/// By way of text, because raw JSON cannot be read from a tree.
fn convert<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_str(&value.to_string()).unwrap_or_else(|error| panic!("{error} in {value}"))
}
