//! Answers that a real server gave are read without losing anything.

use std::collections::BTreeMap;

use opencode_testkit::fixtures;
use opencode_wire::api::{
    ConfiguredProviders, FileChange, FileContent, FileNode, Health, Paths, Project, ProviderCatalog,
    TextMatch, Vcs,
};
use opencode_wire::ids::SessionId;
use opencode_wire::model::{
    FileDiff, PermissionRequest, QuestionRequest, Session, SessionStatus, StoredMessage, Todo,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a value and writes it again: `null` may go missing, anything else may not.
fn check<T: DeserializeOwned + Serialize>(answer: &Value) {
    let read: T = serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert_eq!(without_null(serde_json::to_value(&read).unwrap()), without_null(answer.clone()));
}

fn without_null(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_null(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_null).collect(),
        // `1` and `1.0` are the same number.
        Value::Number(number) => number.as_f64().into(),
        other => other,
    }
}

#[test]
fn recorded_answers_round_trip() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for entry in std::fs::read_dir(fixtures::recordings()).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".http.json") {
            continue;
        }
        let records: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for record in records.iter().filter(|record| record["status"] == 200 && !record["response"].is_null())
        {
            let answer = &record["response"];
            let path = record["path"].as_str().unwrap().split('?').next().unwrap();
            let route: Vec<&str> =
                path.split('/').map(|segment| if segment.contains('_') { ":id" } else { segment }).collect();
            let route = format!("{} {}", record["method"].as_str().unwrap(), route.join("/"));
            match route.as_str() {
                "GET /session" | "GET /session/:id/children" => check::<Vec<Session>>(answer),
                "POST /session"
                | "GET /session/:id"
                | "PATCH /session/:id"
                | "POST /session/:id/fork"
                | "POST /session/:id/revert"
                | "POST /session/:id/unrevert"
                | "DELETE /session/:id/share" => {
                    check::<Session>(answer);
                }
                "GET /session/status" => check::<BTreeMap<SessionId, SessionStatus>>(answer),
                "GET /session/:id/message" => check::<Vec<StoredMessage>>(answer),
                "GET /session/:id/message/:id"
                | "POST /session/:id/message"
                | "POST /session/:id/command"
                | "POST /session/:id/shell" => check::<StoredMessage>(answer),
                "GET /session/:id/todo" => check::<Vec<Todo>>(answer),
                "GET /session/:id/diff" => check::<Vec<FileDiff>>(answer),
                "GET /permission" => check::<Vec<PermissionRequest>>(answer),
                "GET /question" => check::<Vec<QuestionRequest>>(answer),
                "GET /global/health" => check::<Health>(answer),
                "GET /path" => check::<Paths>(answer),
                "GET /vcs" => check::<Vcs>(answer),
                "GET /project/current" => check::<Project>(answer),
                "GET /config/providers" => check::<ConfiguredProviders>(answer),
                "GET /provider" => check::<ProviderCatalog>(answer),
                "GET /file" => check::<Vec<FileNode>>(answer),
                "GET /file/content" => check::<FileContent>(answer),
                "GET /file/status" => check::<Vec<FileChange>>(answer),
                "GET /find" => check::<Vec<TextMatch>>(answer),
                _ => continue,
            }
            *seen.entry(route).or_default() += 1;
        }
    }
    assert!(seen.len() >= 20, "only these routes were recorded: {seen:?}");
}
