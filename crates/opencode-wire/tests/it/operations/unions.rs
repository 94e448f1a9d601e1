//! What is one of several: which one it is taken for.

use opencode_wire::model::Json;
use opencode_wire::operations::types::{
    Auth, ConfigLspMapValue, ConfigMcpValue, ConfigPluginItem, Message, Part, PermissionConfig,
    SessionStatus, TextPart,
};
use serde_json::json;

fn read<T: serde::de::DeserializeOwned>(value: &serde_json::Value) -> Result<T, serde_json::Error> {
    serde_json::from_str(&value.to_string())
}

#[test]
fn a_field_tells_variants_apart() {
    let text =
        json!({"id": "prt_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "text", "text": "hi"});
    assert!(matches!(read::<Part>(&text).unwrap(), Part::Text(TextPart { text, .. }) if text == "hi"));
    assert!(matches!(read(&json!({"type": "idle"})).unwrap(), SessionStatus::Idle(_)));
    assert!(matches!(read(&json!({"type": "api", "key": "k"})).unwrap(), Auth::Api(_)));
    for unknown in [json!({"type": "sleepy"}), json!({"type": 7}), json!({}), json!("idle"), json!(null)] {
        assert!(matches!(read(&unknown).unwrap(), SessionStatus::Unknown(_)), "{unknown}");
    }
}

#[test]
fn a_known_variant_must_be_whole() {
    let error = read::<Part>(&json!({"type": "text", "text": "hi"})).unwrap_err().to_string();
    assert!(error.contains("missing field `id` of TextPart"), "{error}");
    assert!(read::<Message>(&json!({"role": "user"})).is_err());
    assert!(read::<TextPart>(&json!({"id": "a", "sessionID": "b", "messageID": "c", "text": "d"})).is_err());
}

#[test]
fn without_such_a_field_what_asks_for_more_comes_first() {
    let local = json!({"type": "local", "command": ["a"]});
    let remote = json!({"type": "remote", "url": "http://a"});
    assert!(matches!(read(&local).unwrap(), ConfigMcpValue::McpLocalConfig(_)));
    assert!(matches!(read(&remote).unwrap(), ConfigMcpValue::McpRemoteConfig(_)));
    assert!(matches!(read(&json!({"enabled": false})).unwrap(), ConfigMcpValue::WithEnabled(_)));
    assert!(matches!(read(&json!(["x"])).unwrap(), ConfigMcpValue::Unknown(_)));
    let off = json!({"disabled": true});
    let on = json!({"command": ["a"], "disabled": false});
    assert!(matches!(read(&off).unwrap(), ConfigLspMapValue::WithDisabled(_)));
    assert!(matches!(read(&on).unwrap(), ConfigLspMapValue::WithCommand(_)));
    assert!(matches!(read(&json!("a")).unwrap(), ConfigPluginItem::Text(_)));
    assert!(matches!(read(&json!(["a", {"b": 1}])).unwrap(), ConfigPluginItem::List(_)));
    assert!(matches!(read(&json!({"bash": "ask"})).unwrap(), PermissionConfig::WithNothing(_)));
}

#[test]
fn nothing_that_may_be_a_secret_is_shown() {
    let auth: Auth = read(&json!({"type": "api", "key": "geheim", "extra": "geheim"})).unwrap();
    let unknown: Auth = read(&json!({"type": "new", "key": "geheim"})).unwrap();
    for shown in [format!("{auth:?}"), format!("{unknown:?}")] {
        assert!(!shown.contains("geheim"), "{shown}");
    }
}

#[test]
fn null_is_absent_where_a_field_may_be_missing() {
    let part =
        json!({"id": "a", "sessionID": "b", "messageID": "c", "type": "text", "text": "d", "time": null});
    let mut part: TextPart = read(&part).unwrap();
    assert!(part.time.is_none());
    part.extra.insert("more", Json::from(json!(1)));
    part.extra.insert("more", Json::from(json!(2)));
    let written = serde_json::to_string(&part).unwrap();
    assert!(!written.contains("time") && written.contains(r#""more":2"#), "{written}");
}
