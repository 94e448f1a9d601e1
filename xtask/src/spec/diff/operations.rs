//! What changed in operations: which there are, what they take, what they answer, and what they refuse with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::reach::Direction;
use super::schema::{Place, Schemas};
use super::{Change, Phrase, Weight};
use crate::spec::document::{Document, entries, reference};

/// An operation and its route.
#[derive(Clone, Copy)]
struct Described<'a> {
    path: &'a str,
    method: &'a str,
    value: &'a Value,
}

impl Described<'_> {
    fn route(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }
}

/// What changed from one description to another, without what changed in schemas that have names.
pub(super) fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let (before, after) = (by_id(old), by_id(new));
    let mut changes = Vec::new();
    let mut renamed = BTreeSet::new();
    for (id, was) in &before {
        let same_route =
            || after.iter().find(|(id, is)| is.route() == was.route() && !before.contains_key(*id));
        match after.get_key_value(id).or_else(same_route) {
            Some((name, is)) => {
                if name != id {
                    renamed.insert(*name);
                    changes
                        .push(Change::alone(Weight::Calls, format!("operation `{id}` is called `{name}`")));
                }
                let mut schemas = Schemas::new(old, new);
                operation(&mut schemas, name, was, is);
                changes.extend(schemas.changes);
            }
            None => {
                let text = format!("operation `{id}` is gone ({})", was.route());
                changes.push(Change::alone(Weight::Calls, text));
            }
        }
    }
    for (id, is) in &after {
        if !before.contains_key(id) && !renamed.contains(id) {
            changes.push(Change::alone(Weight::Addition, format!("new operation `{id}` ({})", is.route())));
        }
    }
    changes
}

fn by_id(document: &Document) -> BTreeMap<&str, Described<'_>> {
    let described = document.operations().into_iter().map(|(path, method, value)| {
        let id = value["operationId"].as_str().unwrap_or(path);
        (id, Described { path, method, value })
    });
    described.collect()
}

fn operation(schemas: &mut Schemas<'_>, id: &str, was: &Described<'_>, is: &Described<'_>) {
    if was.route() != is.route() {
        let text = format!("the route of `{id}` is {} and was {}", is.route(), was.route());
        schemas.changes.push(Change::alone(Weight::Calls, text));
    }
    parameters(schemas, id, was.value, is.value);
    body(schemas, id, &was.value["requestBody"], &is.value["requestBody"]);
    answer(schemas, id, &was.value["responses"], &is.value["responses"]);
    refusals(schemas, id, &was.value["responses"], &is.value["responses"]);
}

fn parameters(schemas: &mut Schemas<'_>, id: &str, was: &Value, is: &Value) {
    let (before, after) = (by_name(was), by_name(is));
    let mut push = |weight, after: String, several: String| {
        let after = Phrase::new(after, several);
        schemas.changes.push(Change::new(weight, Phrase::default(), &format!("`{id}`"), after));
    };
    for (key, value) in &after {
        let (name, required) = (key.1, value["required"] == true);
        match before.get(key) {
            None if required => push(Weight::Calls, format!(" needs `{name}`"), format!(" need `{name}`")),
            None => push(Weight::Addition, format!(" also takes `{name}`"), format!(" also take `{name}`")),
            Some(was) if required && was["required"] != true => {
                push(Weight::Calls, format!(" needs `{name}`"), format!(" need `{name}`"));
            }
            Some(was) if !required && was["required"] == true => {
                push(
                    Weight::Addition,
                    format!(" can do without `{name}`"),
                    format!(" can do without `{name}`"),
                );
            }
            Some(_) => {}
        }
    }
    for (_, name) in before.keys().filter(|key| !after.contains_key(*key)) {
        push(Weight::Calls, format!(" no longer takes `{name}`"), format!(" no longer take `{name}`"));
    }
    for (key, value) in &after {
        if let Some(was) = before.get(key) {
            let place =
                Place::Within { path: vec![key.1.to_owned()], whole: format!("the parameters of `{id}`") };
            schemas.compare(&was["schema"], &value["schema"], &place, Direction::INPUT);
        }
    }
}

/// Parameters by where they are and how they are called.
fn by_name(operation: &Value) -> BTreeMap<(&str, &str), &Value> {
    let list = operation["parameters"].as_array().into_iter().flatten();
    list.filter_map(|one| Some(((one["in"].as_str()?, one["name"].as_str()?), one))).collect()
}

fn body(schemas: &mut Schemas<'_>, id: &str, was: &Value, is: &Value) {
    let mut push = |weight, after: &str, several: &str| {
        let after = Phrase::new(after, several);
        schemas.changes.push(Change::new(weight, Phrase::default(), &format!("`{id}`"), after));
    };
    match (was.is_null(), is.is_null()) {
        (true, false) if is["required"] == true => push(Weight::Calls, " needs a body", " need a body"),
        (true, false) => push(Weight::Addition, " also takes a body", " also take a body"),
        (false, true) => push(Weight::Calls, " no longer takes a body", " no longer take a body"),
        _ => {
            if is["required"] == true && was["required"] != true && !was.is_null() {
                push(Weight::Calls, " needs a body", " need a body");
            }
            media(schemas, &format!("the body of `{id}`"), was, is, Direction::INPUT);
        }
    }
}

fn answer(schemas: &mut Schemas<'_>, id: &str, was: &Value, is: &Value) {
    let (before, after) = (good(was), good(is));
    if before.keys().ne(after.keys()) {
        let statuses = |all: &BTreeMap<&str, &Value>| all.keys().copied().collect::<Vec<_>>().join(" or ");
        let text = format!("`{id}` answers with {} and did with {}", statuses(&after), statuses(&before));
        schemas.changes.push(Change::alone(Weight::Calls, text));
    }
    for (was, is) in before.values().zip(after.values()) {
        media(schemas, &format!("the answer of `{id}`"), was, is, Direction::OUTPUT);
    }
}

fn good(responses: &Value) -> BTreeMap<&str, &Value> {
    entries(responses).into_iter().filter(|(status, _)| status.starts_with('2')).collect()
}

/// Compares what a body says, by the kinds of text that it may be.
fn media(schemas: &mut Schemas<'_>, whole: &str, was: &Value, is: &Value, direction: Direction) {
    let kinds = |value: &Value| -> Vec<String> {
        entries(&value["content"]).into_iter().map(|(kind, _)| kind.to_owned()).collect()
    };
    let (before, after) = (kinds(was), kinds(is));
    if before != after {
        let name = |kinds: &[String]| match kinds {
            [] => "nothing".to_owned(),
            kinds => format!("`{}`", kinds.join("`, `")),
        };
        let text = format!("{whole} is {} and was {}", name(&after), name(&before));
        schemas.changes.push(Change::alone(Weight::Calls, text));
    }
    for kind in after.iter().filter(|kind| before.contains(kind)) {
        let place = Place::Within { path: Vec::new(), whole: whole.to_owned() };
        schemas.compare(&was["content"][kind]["schema"], &is["content"][kind]["schema"], &place, direction);
    }
}

/// Statuses of refusals, with what their bodies are.
fn refusals(schemas: &mut Schemas<'_>, id: &str, was: &Value, is: &Value) {
    let bad = |responses: &Value| -> BTreeMap<String, String> {
        let all = entries(responses).into_iter().filter(|(status, _)| !status.starts_with('2'));
        all.map(|(status, response)| (status.to_owned(), bodies(response))).collect()
    };
    let (before, after) = (bad(was), bad(is));
    let mut push = |before: String| {
        let before = Phrase::same(before);
        schemas.changes.push(Change::new(Weight::Matches, before, &format!("`{id}`"), Phrase::default()));
    };
    for (status, body) in &after {
        match before.get(status) {
            None => push(format!("error {status} ({body}) is new to ")),
            Some(was) if was != body => {
                push(format!("error {status} is {body} and was {was}, of "));
            }
            Some(_) => {}
        }
    }
    for (status, body) in before.iter().filter(|(status, _)| !after.contains_key(*status)) {
        push(format!("error {status} ({body}) is no longer documented for "));
    }
}

/// Names of the schemas that the body of a refusal may have.
fn bodies(response: &Value) -> String {
    let schema = &response["content"]["application/json"]["schema"];
    let one = |schema: &Value| match reference(schema) {
        Some(name) => format!("`{name}`"),
        None if schema.is_null() => "nothing".to_owned(),
        None => "unnamed".to_owned(),
    };
    let names: BTreeSet<String> = match schema["anyOf"].as_array() {
        Some(list) => list.iter().map(one).collect(),
        None => BTreeSet::from([one(schema)]),
    };
    names.into_iter().collect::<Vec<_>>().join(" or ")
}
