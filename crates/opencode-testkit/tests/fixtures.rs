//! The recorded streams are what they are said to be.

use opencode_testkit::fixtures::{Fixture, recordings};
use serde_json::Value;

/// The type of an event, in the envelope of any of the streams.
fn type_of(event: &Value) -> &str {
    let payload = event.get("payload").unwrap_or(event);
    payload["type"].as_str().expect("every event has a type")
}

#[test]
fn every_stream_is_a_list_of_typed_events() {
    let fixtures = Fixture::load_all(recordings()).expect("the recordings");
    assert!(fixtures.len() > 80, "only {} are there", fixtures.len());
    for fixture in fixtures {
        let events = fixture.events().expect("JSON in every event");
        assert!(!events.is_empty(), "{fixture:?} is empty");
        let n_plugins = events.iter().filter(|event| type_of(event) == "plugin.added").count();
        assert!(n_plugins <= 3, "{fixture:?} has {n_plugins} plugin.added");
    }
}

#[test]
fn one_plain_turn_has_its_events_in_order() {
    let path = recordings().join("01-simple-text.event.sse");
    let fixture = Fixture::load(path).expect("the recording");
    assert_eq!(fixture.name(), "01-simple-text.event");
    let events = fixture.events().expect("JSON in every event");
    assert_eq!(type_of(&events[0]), "server.connected");
    let text: String = events
        .iter()
        .filter(|event| type_of(event) == "message.part.delta")
        .filter_map(|event| event["properties"]["delta"].as_str())
        .collect();
    assert_eq!(text, "Hello from the fake model.");
}

#[test]
fn every_exchange_has_a_method_a_path_and_a_status() {
    let mut n_exchanges = 0;
    for entry in std::fs::read_dir(recordings()).expect("the recordings") {
        let path = entry.expect("an entry").path();
        if !path.to_string_lossy().ends_with(".http.json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let exchanges: Vec<Value> = serde_json::from_str(&text).expect("a list");
        for exchange in &exchanges {
            assert!(
                exchange["method"].is_string() && exchange["path"].is_string() && exchange["status"].is_u64(),
                "{}: {exchange}",
                path.display()
            );
        }
        n_exchanges += exchanges.len();
    }
    assert!(n_exchanges > 400, "only {n_exchanges} are there");
}
