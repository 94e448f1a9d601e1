//! What changed in a schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::reach::{Direction, directions};
use super::shape::{Shape, is_nullable, without_null};
use super::{Change, Phrase, Weight};
use crate::spec::document::{Document, entries, reference};

/// Keywords that say which values of a type there are.
const BOUNDS: &[&str] = &[
    "default",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
];

/// Where a schema stands.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A schema that has a name, or something within it.
    Named(Vec<String>),
    /// Something that has no name.
    Within { path: Vec<String>, whole: String },
}

impl Place {
    fn child(&self, key: &str) -> Self {
        let longer = |path: &[String]| path.iter().cloned().chain([key.to_owned()]).collect();
        match self {
            Self::Named(path) => Self::Named(longer(path)),
            Self::Within { path, whole } => Self::Within { path: longer(path), whole: whole.clone() },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Named(path) => format!("`{}`", path.join(".")),
            Self::Within { path, whole } if path.is_empty() => whole.clone(),
            Self::Within { path, whole } => format!("`{}` in {whole}", path.join(".")),
        }
    }
}

/// What changed in schemas that have names, in those that operations have before and after.
pub(super) fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let mut schemas = Schemas::new(old, new);
    let (before, after) = (directions(old), directions(new));
    for (name, direction) in &after {
        if let (Some(was), Ok(value), Ok(is)) = (before.get(name), old.schema(name), new.schema(name)) {
            schemas.compare(value, is, &Place::Named(vec![name.clone()]), direction.with(*was));
        }
    }
    schemas.changes
}

/// Two descriptions, and what was found.
pub(super) struct Schemas<'a> {
    old: &'a Document,
    new: &'a Document,
    pub(super) changes: Vec<Change>,
    /// Pairs of different names whose contents are being compared.
    within: BTreeSet<(String, String)>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(old: &'a Document, new: &'a Document) -> Self {
        Self { old, new, changes: Vec::new(), within: BTreeSet::new() }
    }

    fn push(&mut self, weight: Weight, place: &Place, after: &str) {
        self.changes.push(Change::alone(weight, format!("{}{after}", place.text())));
    }

    /// Compares two schemas.
    pub(super) fn compare(&mut self, was: &Value, is: &Value, place: &Place, direction: Direction) {
        match (is_nullable(was), is_nullable(is)) {
            (false, true) => self.push(weigh(direction.output), place, " may be `null`"),
            (true, false) => self.push(weigh(direction.input), place, " is no longer `null`"),
            _ => {}
        }
        let (was, is) = (without_null(was), without_null(is));
        match (reference(&was), reference(&is)) {
            (Some(old), Some(new)) if old == new => {}
            (None, None) => self.contents(&was, &is, place, direction),
            (old, new) => self.names(&was, &is, (old, new), place, direction),
        }
    }

    /// Compares schemas one of which has a name that the other has not.
    fn names(
        &mut self,
        was: &Value,
        is: &Value,
        (old, new): (Option<&str>, Option<&str>),
        place: &Place,
        direction: Direction,
    ) {
        let pair = (old.unwrap_or_default().to_owned(), new.unwrap_or_default().to_owned());
        if !self.within.insert(pair.clone()) {
            return;
        }
        let resolve = |document: &Document, name: Option<&str>, schema: &Value| {
            name.and_then(|name| document.schema(name).ok()).unwrap_or(schema).clone()
        };
        let (was, is) = (resolve(self.old, old, was), resolve(self.new, new, is));
        // What differs within is told by how much it breaks, and not one by one: it is another type.
        let others = std::mem::take(&mut self.changes);
        self.compare(&was, &is, place, direction);
        let worst = std::mem::replace(&mut self.changes, others).iter().map(|change| change.weight).min();
        self.within.remove(&pair);
        if let Some(weight) = worst {
            let name =
                |name: Option<&str>| name.map_or("one without a name".to_owned(), |name| format!("`{name}`"));
            self.push(weight, place, &format!(" is of another type: {}, and was {}", name(new), name(old)));
            return;
        }
        let before = match (old, new) {
            (Some(old), Some(new)) => format!("the type `{old}` is called `{new}` in "),
            (None, Some(new)) => format!("the type is called `{new}`, and had no name, in "),
            (Some(old), None) => format!("the type has no name, and was called `{old}`, in "),
            (None, None) => return,
        };
        let before = Phrase::same(before);
        self.changes.push(Change::new(Weight::Matches, before, &place.text(), Phrase::default()));
    }

    fn contents(&mut self, was: &Value, is: &Value, place: &Place, direction: Direction) {
        let (before, after) = Shape::pair(was, is);
        match (before, after) {
            (Shape::Texts(before), Shape::Texts(after)) => {
                self.cases(&before, &after, "value", place, direction);
            }
            (Shape::Union(before), Shape::Union(after)) => {
                let names = |all: &BTreeMap<String, Value>| all.keys().cloned().collect();
                self.cases(&names(&before), &names(&after), "variant", place, direction);
                for (name, is) in &after {
                    if let Some(was) = before.get(name) {
                        self.compare(was, is, &place.child(name), direction);
                    }
                }
            }
            (Shape::Object, Shape::Object) => self.fields(was, is, place, direction),
            (Shape::List(was), Shape::List(is)) => self.compare(was, is, &place.child("[]"), direction),
            (Shape::Map(was), Shape::Map(is)) => self.compare(was, is, &place.child("*"), direction),
            (before, after) if before.name() == after.name() => {}
            (before, after) => {
                let text = format!(" is {} and was {}", after.name(), before.name());
                self.push(Weight::Calls, place, &text);
            }
        }
        if was["type"] == is["type"] {
            self.bounds(was, is, place, direction);
        }
    }

    /// Compares what may stand in a place.
    fn cases(
        &mut self,
        before: &BTreeSet<String>,
        after: &BTreeSet<String>,
        what: &str,
        place: &Place,
        direction: Direction,
    ) {
        for gone in before.difference(after) {
            let weight = if direction.input { Weight::Calls } else { Weight::Matches };
            let after = [format!(" no longer has the {what} "), format!(" no longer has the {what}s ")];
            self.case(weight, place, after, gone);
        }
        for new in after.difference(before) {
            let weight = if direction.output { Weight::Matches } else { Weight::Addition };
            let after = [format!(" has a new {what} "), format!(" has the new {what}s ")];
            self.case(weight, place, after, new);
        }
    }

    fn case(&mut self, weight: Weight, place: &Place, after: [String; 2], case: &str) {
        let [one, several] = after.map(|after| format!("{}{after}", place.text()));
        let change = Change::new(weight, Phrase::new(one, several), &format!("`{case}`"), Phrase::default());
        self.changes.push(change);
    }

    fn fields(&mut self, was: &Value, is: &Value, place: &Place, direction: Direction) {
        let required = |schema: &Value, key: &str| {
            schema["required"].as_array().is_some_and(|list| list.iter().any(|name| name == key))
        };
        for (key, value) in entries(&is["properties"]) {
            let child = place.child(key);
            match (was["properties"].get(key), required(was, key), required(is, key)) {
                (None, _, true) => self.push(weigh(direction.input), &child, " is new and required"),
                (None, _, false) => self.push(Weight::Addition, &child, " is new"),
                (Some(_), true, false) => self.push(weigh(direction.output), &child, " became optional"),
                (Some(_), false, true) => self.push(weigh(direction.input), &child, " became required"),
                (Some(_), _, _) => {}
            }
            if let Some(was) = was["properties"].get(key) {
                self.compare(was, value, &child, direction);
            }
        }
        for (key, _) in entries(&was["properties"]) {
            if is["properties"].get(key).is_none() {
                self.push(Weight::Calls, &place.child(key), " is gone");
            }
        }
    }

    fn bounds(&mut self, was: &Value, is: &Value, place: &Place, direction: Direction) {
        let value = |value: &Value| if value.is_null() { "unset".to_owned() } else { format!("`{value}`") };
        for bound in BOUNDS.iter().filter(|bound| was[**bound] != is[**bound]) {
            let weight = if direction.input { Weight::Calls } else { Weight::Matches };
            let text = format!(": `{bound}` is {} and was {}", value(&is[*bound]), value(&was[*bound]));
            self.push(weight, place, &text);
        }
    }
}

/// What breaks callers only if values go that way.
fn weigh(breaks: bool) -> Weight {
    if breaks { Weight::Calls } else { Weight::Addition }
}
