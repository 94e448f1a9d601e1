//! Unit tests of decoding. What real servers have sent is tested from outside.

mod samples;

use std::collections::BTreeSet;

use self::samples::SAMPLES;
use super::next::NextType;
use super::*;
use crate::ErrorKind;

fn decode(frame: &str) -> Event {
    Event::decode(frame.as_bytes()).unwrap()
}

fn unknown(frame: &str) -> UnknownEvent {
    match decode(frame).kind {
        EventKind::Unknown(event) => event,
        other => panic!("{other:?} is known"),
    }
}

fn delta_of(event: Event) -> PartDelta {
    match event.kind {
        EventKind::PartDelta(delta) => delta,
        other => panic!("{other:?} is no delta"),
    }
}

#[test]
fn every_declared_event_is_known_in_every_wrapping() {
    for (name, content) in SAMPLES {
        let plain = decode(&format!(r#"{{"id":"evt_1","type":"{name}","properties":{content}}}"#));
        assert!(!matches!(plain.kind, EventKind::Unknown(_)), "{plain:?}");
        assert_eq!(plain.kind.type_name(), *name);
        assert_eq!(plain.location, None);
        let late = decode(&format!(r#"{{"properties":{content},"type":"{name}","id":"evt_1"}}"#));
        assert_eq!(late, plain);
        let global = decode(&format!(
            r#"{{"directory":"/srv/me","project":"p","payload":{{"type":"{name}","properties":{content},"id":"evt_1"}}}}"#
        ));
        assert_eq!((&global.id, &global.kind), (&plain.id, &plain.kind));
        let location = global.location.unwrap();
        assert_eq!(location.directory.as_deref(), Some("/srv/me"));
        assert_eq!(location.project_id.unwrap().as_str(), "p");
        let v2 = decode(&format!(
            r#"{{"id":"evt_1","type":"{name}","durable":{{"aggregateID":"ses_1","seq":4,"version":2}},"location":{{"directory":"/srv/me"}},"data":{content}}}"#
        ));
        assert_eq!((&v2.id, &v2.kind), (&plain.id, &plain.kind));
        assert_eq!(v2.location.unwrap().directory.as_deref(), Some("/srv/me"));
        assert_eq!(v2.durable.unwrap().seq.get(), 4);
    }
}

#[test]
fn nothing_is_in_the_table_that_no_server_declares() {
    let declared: BTreeSet<_> =
        SAMPLES.iter().map(|(name, _)| *name).chain(["server.heartbeat", "sync"]).collect();
    let known: BTreeSet<_> = kinds::NAMES.iter().chain(NextType::NAMES).copied().collect();
    assert_eq!(known, declared);
}

#[test]
fn an_unknown_type_is_kept_whole() {
    let frame = r#"{"id":"evt_1","type":"moon.rose","properties":{"sessionID":"ses_1","phase":1}}"#;
    let event = unknown(frame);
    assert_eq!((&*event.type_name, event.raw.as_str()), ("moon.rose", frame));
    assert_eq!(event.session_id.unwrap().as_str(), "ses_1");
    assert_eq!(event.problem, None);
    assert_eq!(decode(frame).id.unwrap().as_str(), "evt_1");
}

#[test]
fn a_known_type_of_another_shape_is_kept_with_the_reason() {
    let problem = |frame| unknown(frame).problem.unwrap().into_string();
    insta::assert_snapshot!(
        problem(r#"{"id":"evt_1","type":"message.updated","properties":{"sessionID":"ses_1","info":{"id":7}}}"#),
        @"properties.info.id: invalid type: integer `7`, expected an id"
    );
    insta::assert_snapshot!(
        problem(r#"{"type":"session.idle","properties":{"session":"ses_1"}}"#),
        @"properties: missing field `sessionID`"
    );
    insta::assert_snapshot!(
        problem(r#"{"properties":{"sessionID":"ses_1","todos":[{"content":"a","status":[]}]},"type":"todo.updated"}"#),
        @"todos.0.status: invalid type: sequence, expected a string"
    );
    insta::assert_snapshot!(problem(r#"{"type":7}"#), @"type: invalid type: integer `7`, expected the name of an event type");
    insta::assert_snapshot!(problem("[1,2]"), @"invalid type: sequence, expected an event");
    let event =
        decode(r#"{"directory":"/srv/me","payload":{"id":"evt_1","type":"session.idle","properties":{}}}"#);
    assert_eq!(event.id.unwrap().as_str(), "evt_1");
    assert_eq!(event.location.unwrap().directory.as_deref(), Some("/srv/me"));
}

#[test]
fn what_is_not_json_is_an_error() {
    for frame in [
        "",
        "{",
        "data",
        r#"{"type":"session.idle"} {}"#,
        r#"{"type":"a","properties":{"x":"\x"}}"#,
        "{'a':1}",
    ] {
        let error = Event::decode(frame.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{frame}");
    }
    insta::assert_snapshot!(Event::decode(b"nonsense").unwrap_err(), @"an event is not JSON");
}

#[test]
fn halves_of_characters_are_replaced() {
    let frame = |text: &str| {
        format!(
            r#"{{"id":"evt_1","type":"message.part.delta","properties":{{"sessionID":"ses_1","messageID":"msg_1","partID":"prt_1","field":"text","delta":"{text}"}}}}"#
        )
    };
    let delta = |text| delta_of(decode(&frame(text))).delta;
    assert_eq!(&*delta(r"a\ud83d"), "a\u{fffd}");
    assert_eq!(&*delta(r"\ude00\ud83d\ude00\\ud83d"), "\u{fffd}😀\\ud83d");
    assert_eq!(&*delta("a\u{2028}b\u{2029}c\u{85}"), "a\u{2028}b\u{2029}c\u{85}");
    let mut bytes = frame("ab").into_bytes();
    let position = bytes.len() - 4;
    bytes[position] = 0xff;
    assert_eq!(&*delta_of(Event::decode(&bytes).unwrap()).delta, "a\u{fffd}");
}

#[test]
fn numbers_and_times_are_read_in_every_notation() {
    let time = |time: &str| {
        let frame = format!(
            r#"{{"type":"session.next.revert.cleared","properties":{{"sessionID":"ses_1","timestamp":{time}}}}}"#
        );
        match decode(&frame).kind {
            EventKind::Next(event) => event.timestamp.as_millis(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(time("1795211385769"), time("\"2026-11-20T21:49:45.769Z\""));
    assert_eq!(time("1795211385769.0"), 1_795_211_385_769);
}

#[test]
fn what_is_called_like_a_wrapping_inside_of_one_is_none() {
    let event = decode(
        r#"{"payload":{"payload":{"type":"server.connected"},"directory":"/no","type":"session.idle","properties":{"sessionID":"ses_1"}}}"#,
    );
    assert_eq!(event, Event::new(EventKind::SessionIdle(SessionId::from_wire("ses_1"))));
}

#[test]
fn events_that_carry_nothing_need_not_say_so() {
    assert_eq!(decode(r#"{"type":"server.heartbeat"}"#).kind, EventKind::ServerHeartbeat);
    assert_eq!(decode(r#"{"type":"lsp.updated","properties":null}"#).kind, EventKind::LspUpdated);
    assert_eq!(&*unknown(r#"{"type":"session.idle"}"#).type_name, "session.idle");
    assert_eq!(&*unknown("{}").type_name, "");
}

#[test]
fn a_sync_record_of_an_unknown_event_is_kept() {
    let event = decode(
        r#"{"payload":{"type":"sync","syncEvent":{"id":"evt_1","type":"moon.rose.12","seq":3,"aggregateID":"ses_1","data":{"a":1}}}}"#,
    );
    let EventKind::Sync(record) = event.kind else { panic!("{event:?} is no record") };
    let repeated = record.to_event();
    assert_eq!(repeated.id.as_ref(), Some(&record.id));
    let EventKind::Unknown(event) = repeated.kind else { panic!("{repeated:?} is known") };
    assert_eq!((&*event.type_name, event.raw.as_str(), event.problem), ("moon.rose", r#"{"a":1}"#, None));
}
