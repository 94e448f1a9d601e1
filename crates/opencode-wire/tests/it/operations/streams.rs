//! Events of every stream as the description has them, and as real servers have sent them.

use opencode_wire::operations::types::{
    Event, GlobalEvent, GlobalEventPayload, GlobalEventPayloadSync, SessionDurableEvent, V2Event,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::sample::{Sample, Style};
use super::{document, same};
use crate::events::recordings;

/// Reads an event; whether it is known, and what it is when it is written again.
type Read = fn(&[u8]) -> Result<(bool, Value), opencode_wire::Error>;

fn written(event: &impl Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

fn plain(data: &[u8]) -> Result<(bool, Value), opencode_wire::Error> {
    Event::decode(data).map(|event| (!matches!(event, Event::Unknown(_)), written(&event)))
}

fn global(data: &[u8]) -> Result<(bool, Value), opencode_wire::Error> {
    let known = |event: &GlobalEvent| {
        use GlobalEventPayload::{Sync, Unknown};
        !matches!(event.payload, Unknown(_) | Sync(GlobalEventPayloadSync::Unknown(_)))
    };
    GlobalEvent::decode(data).map(|event| (known(&event), written(&event)))
}

fn newer(data: &[u8]) -> Result<(bool, Value), opencode_wire::Error> {
    V2Event::decode(data).map(|event| (!matches!(event, V2Event::Unknown(_)), written(&event)))
}

fn durable(data: &[u8]) -> Result<(bool, Value), opencode_wire::Error> {
    SessionDurableEvent::decode(data)
        .map(|event| (!matches!(event, SessionDurableEvent::Unknown(_)), written(&event)))
}

/// Reads samples of every variant of a union, each put into what is around it.
fn check(document: &Value, union: &Value, read: Read, around: impl Fn(Value) -> Value) {
    let list = union["anyOf"].as_array().or_else(|| union["oneOf"].as_array()).unwrap();
    assert!(list.len() > 20, "{}", list.len());
    for schema in list {
        for (turn, all, newer) in (0..12).flat_map(|turn| [(turn, true, false), (turn, false, turn == 0)]) {
            let style = Style { all, turn, newer };
            let value = Sample { document, operation: &Value::Null, style }.value(schema);
            let event = around(value);
            let (known, written) =
                read(event.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {event}"));
            assert!(known, "{event}");
            assert!(same(&written, &event), "{style:?}:\n{written}\n{event}");
        }
    }
}

#[test]
fn every_described_event_is_known_and_written_back_without_loss() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    check(&document, &schemas["Event"], plain, |event| event);
    check(&document, &schemas["V2Event"], newer, |event| event);
    check(&document, &schemas["SessionDurableEvent"], durable, |event| event);
    let payload = &schemas["GlobalEvent"]["properties"]["payload"];
    check(&document, payload, global, |event| json!({"directory": "/srv", "payload": event}));
}

#[test]
fn an_event_that_is_not_described_is_kept_and_one_that_lacks_something_is_an_error() {
    let event = json!({"id": "evt_1", "type": "moon.rose", "properties": {"phase": "full"}});
    assert_eq!(plain(event.to_string().as_bytes()).unwrap(), (false, event));
    let error = Event::decode(br#"{"id":"evt_1","type":"session.idle","properties":{}}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("the event is not what was expected: missing field `sessionID`"),
        "{error}"
    );
    assert_eq!(Event::decode(b"").unwrap_err().to_string(), "the event is empty");
}

#[test]
fn recorded_events_are_known() {
    let mut count = 0;
    for recording in recordings() {
        for frame in recording.frames() {
            let shown = format!("{}: {}", recording.name, String::from_utf8_lossy(&frame));
            let read = match () {
                // The description says nothing of the sign of life.
                () if shown.contains("server.heartbeat") => continue,
                () if shown.contains(r#"{"payload":"#) || shown.contains(r#","payload":"#) => global,
                () if shown.contains(r#","properties":"#) => plain,
                () => newer,
            };
            let (known, _) = read(&frame).unwrap_or_else(|error| panic!("{error}: {shown}"));
            assert!(known, "{shown}");
            count += 1;
        }
    }
    assert!(count > 500, "only {count} events were found");
}
