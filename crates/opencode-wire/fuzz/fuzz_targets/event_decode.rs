//! Decoding never panics, keeps everything that is JSON, and the scan agrees with it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opencode_wire::event::{Event, EventKind, scan};
use serde_json::Value;
use serde_json::value::RawValue;

fuzz_target!(|frame: &[u8]| {
    let _ = scan(frame);
    let decoded = Event::decode(frame);
    // Bytes that are not UTF-8 are repaired, and may be JSON then.
    if let Ok(text) = std::str::from_utf8(frame) {
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        assert_eq!(decoded.is_ok(), is_json, "what is JSON is an event, and nothing else is");
    }
    if let Ok(event) = decoded {
        std::hint::black_box(event.kind.type_name());
    }

    // Through a tree, because where a key occurs twice either of its values may count.
    let Ok(tree) = serde_json::from_slice::<Value>(frame) else { return };
    let frame = tree.to_string();
    let event = Event::decode(frame.as_bytes()).expect("valid JSON");
    let Some(peek) = scan(frame.as_bytes()) else {
        assert!(!tree.is_object());
        return;
    };
    assert_eq!(peek.type_name, event.kind.type_name());
    // The scan does not know which events have no session, so it may find one where the event has no place for it.
    if let Some(session_id) = event.session_id() {
        assert_eq!(peek.session_id.as_deref(), Some(session_id.as_str()));
    }
    if let EventKind::SessionCreated(created) = &event.kind {
        assert_eq!(peek.parent_id.as_deref(), created.info.parent_id.as_ref().map(|id| id.as_str()));
    }
    if let EventKind::Sync(record) = &event.kind {
        let sync = peek.sync.expect("a record");
        assert_eq!(sync.type_name, *record.type_name);
        assert_eq!(sync.aggregate_id, record.aggregate_id.as_str());
        assert_eq!(sync.seq, record.seq.get());
        std::hint::black_box(record.to_event());
    }
    if let (Some(location), false) = (&event.location, matches!(event.kind, EventKind::Unknown(_))) {
        assert_eq!(peek.directory.as_deref(), location.directory.as_deref());
    }
});
