//! Events as real servers have sent them: decoded, scanned, and written in other orders.

use opencode_testkit::fixtures;
use opencode_wire::event::{Event, EventKind, Peek, scan};
use opencode_wire::sse::{Item, Limits, Parser};
use proptest::prelude::*;
use serde_json::Value;

/// A recorded stream.
pub(crate) struct Recording {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Recording {
    /// The data of each of its frames.
    pub(crate) fn frames(&self) -> Vec<Vec<u8>> {
        let mut parser = Parser::new(Limits::default());
        let mut frames = Vec::new();
        let mut items = parser.feed(&self.bytes);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                frames.push(frame.data.to_vec());
            }
        }
        frames
    }
}

pub(crate) fn recordings() -> Vec<Recording> {
    let mut recordings: Vec<_> = std::fs::read_dir(fixtures::recordings())
        .expect("the fixtures")
        .map(|entry| entry.expect("a fixture").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sse"))
        .map(|path| Recording {
            name: path.file_name().expect("a name").to_string_lossy().into_owned(),
            bytes: std::fs::read(&path).expect("a fixture"),
        })
        .collect();
    recordings.sort_by(|left, right| left.name.cmp(&right.name));
    recordings
}

fn decode(frame: &[u8]) -> Event {
    Event::decode(frame).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(frame)))
}

/// What the scan must have found, given the decoded event.
fn assert_scan_agrees(frame: &[u8], event: &Event) {
    let peek = scan(frame).expect("an object");
    let shown = String::from_utf8_lossy(frame);
    assert_eq!(peek.type_name, event.kind.type_name(), "{shown}");
    assert_eq!(peek.session_id.as_deref(), event.session_id().map(AsRef::as_ref), "{shown}");
    let directory = event.location.as_ref().and_then(|location| location.directory.as_deref());
    assert_eq!(peek.directory.as_deref(), directory, "{shown}");
    assert_eq!(peek.parent_id.as_deref(), parent_id(&event.kind), "{shown}");
    match (&peek.sync, &event.kind) {
        (Some(sync), EventKind::Sync(record)) => {
            assert_eq!(sync.type_name, *record.type_name, "{shown}");
            assert_eq!(sync.aggregate_id, record.aggregate_id.as_str(), "{shown}");
            assert_eq!(sync.seq, record.seq.get(), "{shown}");
        }
        (sync, kind) => assert!(sync.is_none() && !matches!(kind, EventKind::Sync(_)), "{shown}"),
    }
}

fn parent_id(kind: &EventKind) -> Option<&str> {
    match kind {
        EventKind::SessionCreated(created) => created.info.parent_id.as_ref().map(AsRef::as_ref),
        _ => None,
    }
}

/// Writes a value with the keys of each object in an order that `seed` decides.
fn write_shuffled(value: &Value, seed: &mut u64, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            for at in (1..fields.len()).rev() {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                fields.swap(at, usize::try_from(*seed >> 33).expect("31 bits") % (at + 1));
            }
            out.push('{');
            for (at, (key, value)) in fields.into_iter().enumerate() {
                out.push_str(if at == 0 { " " } else { " ,\n" });
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push_str(" :\t");
                write_shuffled(value, seed, out);
            }
            out.push('}');
        }
        Value::Array(values) => {
            out.push('[');
            for (at, value) in values.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write_shuffled(value, seed, out);
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[test]
fn every_recorded_event_is_known() {
    let mut count = 0;
    for recording in recordings() {
        for frame in recording.frames() {
            let event = decode(&frame);
            if let EventKind::Unknown(event) = &event.kind {
                panic!("{}: {}: {:?}: {}", recording.name, event.type_name, event.problem, event.raw);
            }
            assert!(event.id.is_some() || matches!(event.kind, EventKind::Sync(_)), "{event:?}");
            assert_scan_agrees(&frame, &event);
            count += 1;
        }
    }
    assert!(count > 500, "only {count} events were found");
}

#[test]
fn sync_records_repeat_the_event_before_them() {
    let mut count = 0;
    for recording in recordings() {
        let mut last = Vec::new();
        for frame in recording.frames() {
            let event = decode(&frame);
            if let EventKind::Sync(record) = &event.kind {
                let repeated = record.to_event();
                let original: &Event =
                    last.iter().find(|event: &&Event| event.id == repeated.id).expect("an event");
                assert_eq!(repeated.kind.type_name(), original.kind.type_name());
                assert_eq!(repeated.session_id(), original.session_id());
                assert!(original.kind.is_durable(), "{original:?}");
                count += 1;
            }
            last.push(event);
        }
    }
    assert!(count > 50, "only {count} records were found");
}

#[test]
fn an_old_server_names_the_session_within() {
    let part = r#"{"id":"prt_1","sessionID":"ses_1","messageID":"msg_1","type":"text","text":"Hello"}"#;
    let old = [
        format!(r#"{{"type":"message.part.updated","properties":{{"part":{part},"delta":"lo"}}}}"#),
        r#"{"type":"message.updated","properties":{"info":{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":1}}}}"#.to_owned(),
        r#"{"type":"session.updated","properties":{"info":{"id":"ses_1","title":"t","time":{"created":1,"updated":2}}}}"#.to_owned(),
        r#"{"type":"session.created","properties":{"info":{"id":"ses_1","parentID":"ses_0","time":{"created":1,"updated":2}}}}"#.to_owned(),
        r#"{"type":"session.status","properties":{"sessionID":"ses_1","status":"idle"}}"#.to_owned(),
    ];
    for frame in old {
        let event = decode(frame.as_bytes());
        assert!(!matches!(event.kind, EventKind::Unknown(_)), "{event:?}");
        assert_eq!(event.session_id().map(AsRef::as_ref), Some("ses_1"));
        assert_scan_agrees(frame.as_bytes(), &event);
    }
}

#[test]
fn a_session_inside_of_content_is_not_the_events_own() {
    let frames = [
        r#"{"type":"message.part.updated","properties":{"part":{"state":{"input":{"sessionID":"ses_no"}},"id":"prt_1","messageID":"msg_1","text":"\"sessionID\":\"ses_no\"","type":"text","sessionID":"ses_yes"}}}"#,
        r#"{"properties":{"metadata":{"sessionID":"ses_no"},"sessionID":"ses_yes"},"type":"future.event"}"#,
        r#"{"note":{"type":"no","properties":{"sessionID":"ses_no"}},"type":"future.event","properties":{"a":"{\"sessionID\":\"ses_no\"}","session\u0049D":"ses_yes"}}"#,
        r#"{"payload":{"properties":{"sessionID":"ses_yes"},"type":"session.idle"},"directory":"C:\\me","properties":{"sessionID":"ses_no"}}"#,
    ];
    for frame in frames {
        let event = decode(frame.as_bytes());
        assert_eq!(event.session_id().map(AsRef::as_ref), Some("ses_yes"), "{frame}");
        assert_scan_agrees(frame.as_bytes(), &event);
    }
}

#[test]
fn the_scan_of_what_is_no_event_finds_nothing() {
    assert_eq!(scan(b""), None);
    assert_eq!(scan(b"[1]"), None);
    assert_eq!(scan(b"{}"), Some(Peek::default()));
    assert_eq!(scan(b"{\"type\":\"x\",\"properties\":7}").unwrap().type_name, "x");
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_keys_means_nothing(which in any::<prop::sample::Index>(), seed in any::<u64>()) {
        thread_local! {
            static FRAMES: Vec<Vec<u8>> = recordings().iter().flat_map(Recording::frames).collect();
        }
        FRAMES.with(|frames| {
            let frame: &Vec<u8> = which.get(frames);
            let original = decode(frame);
            // Not the recorded bytes: a tree cannot hold the halves of characters that some of them contain.
            let Ok(value) = serde_json::from_slice::<Value>(frame) else { return };
            let mut shuffled = String::new();
            write_shuffled(&value, &mut seed.clone(), &mut shuffled);
            let event = decode(shuffled.as_bytes());
            assert_scan_agrees(shuffled.as_bytes(), &event);
            assert_eq!(event.kind.type_name(), original.kind.type_name());
            assert_eq!(event.session_id(), original.session_id());
            assert_eq!((event.id, event.location), (original.id, original.location));
            assert!(!matches!(event.kind, EventKind::Unknown(_)), "{shuffled}");
        });
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(
        prop::sample::select(br#"{}[]:,"\u0d8e17 typeropsID."#.to_vec()), 0..60,
    )) {
        let _ = scan(&bytes);
        let _ = Event::decode(&bytes);
    }
}
