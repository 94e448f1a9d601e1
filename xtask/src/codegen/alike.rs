//! Schemas without a name that stand in several places, word for word, and mean the same there: they are one type.
//!
//! Two that merely look alike are two types: the next version of the server may change one of them and not the other.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::Value;

use super::items::Home;
use super::names::{file, pascal};
use super::place::{Place, Shape};
use super::shape::Shapes;
use crate::spec::document::Document;

/// A place, and what stands there too: another place, or a schema with a name. `*.` is any place that ends so.
const TABLE: &[(&str, &str)] = &[
    ("*.durable", "*.durable"),
    // An event that tells of a thing has the thing.
    ("PermissionAsked.data", "PermissionRequest"),
    ("PermissionV2Asked.data", "PermissionV2Request"),
    ("ProjectUpdated.data", "Project"),
    ("QuestionAsked.data", "QuestionRequest"),
    ("QuestionV2Asked.data", "QuestionV2Request"),
    ("question.rejected.data", "QuestionRejected"),
    ("question.replied.data", "QuestionReplied"),
    // The same request, or the same answer, of several operations.
    ("session.prompt.body", "session.prompt.body"),
    ("session.prompt_async.body", "session.prompt.body"),
    ("session.prompt.body.model", "session.prompt.body.model"),
    ("session.shell.body.model", "session.prompt.body.model"),
    ("session.message.answer", "session.messages.answer.item"),
    ("session.messages.answer.item", "session.messages.answer.item"),
    ("session.shell.answer", "session.messages.answer.item"),
    ("v2.pty.create.answer", "v2.pty.get.answer"),
    ("v2.pty.get.answer", "v2.pty.get.answer"),
    ("v2.pty.update.answer", "v2.pty.get.answer"),
    // What was used of a model, wherever it is counted.
    ("AssistantMessage.tokens", "AssistantMessage.tokens"),
    ("StepFinishPart.tokens", "AssistantMessage.tokens"),
    ("GlobalSession.tokens", "SessionV2Info.tokens"),
    ("SessionMessageAssistant.tokens", "SessionV2Info.tokens"),
    ("SessionNextStepEnded.data.tokens", "SessionV2Info.tokens"),
    ("SessionV2Info.tokens", "SessionV2Info.tokens"),
];

/// The types that stand in several places, and which lines of the table were used.
pub(super) struct Alike {
    table: &'static [(&'static str, &'static str)],
    used: Vec<bool>,
    shapes: BTreeMap<String, (Value, Shape)>,
}

impl Alike {
    pub(super) fn new() -> Self {
        Self::of(TABLE)
    }

    pub(super) fn of(table: &'static [(&'static str, &'static str)]) -> Self {
        Self { table, used: vec![false; table.len()], shapes: BTreeMap::new() }
    }

    /// Under which place the schema of a place is known, if it is one that stands in several.
    fn known_as(&mut self, document: &Document, origin: &str, schema: &Value) -> Option<String> {
        let payload = payload(document, origin, schema);
        let origin = payload.as_deref().unwrap_or(origin);
        let fits = |what: &str| match what.strip_prefix('*') {
            Some(end) => origin.ends_with(end),
            None => origin == what,
        };
        match self.table.iter().position(|(what, _)| fits(what)) {
            Some(line) => {
                self.used[line] = true;
                Some(self.table[line].1.to_owned())
            }
            None => payload,
        }
    }

    /// Fails when a line of the table was not used.
    pub(super) fn check(&self) -> Result<()> {
        for ((what, _), used) in self.table.iter().zip(&self.used) {
            ensure!(used, "nothing of the description is {what}: look at alike.rs");
        }
        Ok(())
    }
}

impl Shapes<'_> {
    /// The type of a schema without a name, if it is one that stands in several places.
    pub(super) fn alike(&mut self, schema: &Value, place: &Place) -> Result<Option<Shape>> {
        let Some(known) = self.alike.known_as(self.document, &place.origin, schema) else { return Ok(None) };
        let same = |other: &Value| {
            ensure!(
                other == schema,
                "{} says something else than {known} does: look at alike.rs",
                place.origin
            );
            Ok(())
        };
        if let Ok(other) = self.document.schema(&known) {
            same(other)?;
            return Ok(Some(self.named(&known)?));
        }
        if let Some((other, shape)) = self.alike.shapes.get(&known) {
            same(other)?;
            return Ok(Some(shape.clone()));
        }
        let home = match place.home {
            Home::Types(_) => Home::Types(file(&pascal(outermost(self.document, &known)))),
            Home::Operations(_) => place.home.clone(),
        };
        let shape = self.own(schema, &Place { name: pascal(&known), home, origin: known.clone() })?;
        self.alike.shapes.insert(known, (schema.clone(), shape.clone()));
        Ok(Some(shape))
    }
}

/// The schema with a name that a place lies in.
fn outermost<'s>(document: &'s Document, origin: &'s str) -> &'s str {
    let around = |name: &&str| origin.strip_prefix(*name).is_some_and(|rest| rest.starts_with('.'));
    document.schema_names().into_iter().filter(around).max_by_key(|name| name.len()).unwrap_or(origin)
}

/// Where the payload of an event stands in its newest envelope, if it is the same there.
///
/// Each event comes in up to three: `X.data`, `EventX.properties`, and `SyncEventX.syncEvent.data`.
fn payload(document: &Document, origin: &str, schema: &Value) -> Option<String> {
    let event = origin
        .strip_prefix("SyncEvent")
        .and_then(|rest| rest.strip_suffix(".syncEvent.data"))
        .or_else(|| origin.strip_prefix("Event").and_then(|rest| rest.strip_suffix(".properties")))
        .or_else(|| origin.strip_suffix(".data"))?;
    let newest = |name: &&str| {
        pascal(name) == pascal(event)
            && document.schema(name).is_ok_and(|envelope| envelope["properties"]["data"] == *schema)
    };
    document.schema_names().into_iter().find(newest).map(|name| format!("{name}.data"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixups::Fixups;
    use super::super::items::{Items, Kind, Type};
    use super::*;

    /// Reads all schemas of a description.
    fn read(schemas: &Value, table: &'static [(&'static str, &'static str)]) -> Result<(Items, Alike)> {
        let document = Document::of(json!({"components": {"schemas": schemas}}));
        let mut fixups = Fixups::none();
        let mut shapes = Shapes::new(&document, &mut fixups);
        shapes.alike = Alike::of(table);
        for name in document.schema_names() {
            shapes.named(name)?;
        }
        Ok((shapes.items, shapes.alike))
    }

    /// An object of one field, which it has.
    fn object(key: &str, field: &Value) -> Value {
        json!({"type": "object", "properties": {key: field}, "required": [key]})
    }

    fn field(items: &Items, name: &str) -> Type {
        let Some(Kind::Record(record)) = items.get(name).map(|item| &item.kind) else { panic!("{items:?}") };
        record.fields[0].type_.clone()
    }

    fn named(name: &str) -> Type {
        Type::Named(name.to_owned())
    }

    #[test]
    fn the_payload_of_an_event_is_one_type_in_all_its_envelopes() {
        let payload = object("times", &object("count", &json!({"type": "integer"})));
        let other = object("times", &json!({"type": "integer"}));
        let schemas = json!({
            "EventRan": object("properties", &payload),
            "EventWalked": object("properties", &other),
            "Ran": object("data", &payload),
            "SyncEventRan": object("syncEvent", &object("data", &payload)),
            "Walked": object("data", &payload),
        });
        let (items, _) = read(&schemas, &[]).unwrap();
        for envelope in ["EventRan", "Ran", "SyncEventRanSyncEvent"] {
            assert_eq!(field(&items, envelope), named("RanData"), "{envelope}");
        }
        assert_eq!(field(&items, "RanData"), named("RanDataTimes"));
        // What looks alike elsewhere, or does not look alike, is a type of its own.
        assert_eq!(field(&items, "Walked"), named("WalkedData"));
        assert_eq!(field(&items, "EventWalked"), named("EventWalkedProperties"));
    }

    #[test]
    fn a_line_of_the_table_makes_places_one_type_or_a_schema() {
        const LINES: &[(&str, &str)] = &[("*.who", "*.who"), ("A.sent", "Whole")];
        let who = object("name", &json!({"type": "string"}));
        let schemas = json!({
            "A": object("sent", &who), "B": object("who", &who), "C": object("who", &who), "Whole": who,
        });
        let (items, alike) = read(&schemas, LINES).unwrap();
        alike.check().unwrap();
        assert_eq!([field(&items, "B"), field(&items, "C")], [named("Who"), named("Who")]);
        assert_eq!(field(&items, "A"), named("Whole"));
    }

    #[test]
    fn a_line_of_the_table_that_is_not_true_any_more_fails() {
        const LINES: &[(&str, &str)] = &[("*.who", "*.who")];
        let [text, number] = ["string", "integer"].map(|kind| object("name", &json!({"type": kind})));
        let schemas = json!({"B": object("who", &text), "C": object("who", &number)});
        let error = read(&schemas, LINES).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("C.who") && error.contains("alike.rs"), "{error}");
        let (_, alike) = read(&json!({"B": object("whom", &text)}), LINES).unwrap();
        let error = alike.check().unwrap_err().to_string();
        assert!(error.contains("*.who"), "{error}");
    }
}
