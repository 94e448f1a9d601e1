//! What operations are refused with: every schema that the description has for it, and what it has not.

use opencode_wire::operations::session::SessionGet;
use opencode_wire::operations::types::NotFoundError;
use opencode_wire::operations::{Operation as _, Refusal};
use serde_json::{Value, json};

use super::case::Case;
use super::sample::{Sample, Style};
use super::{cases, described, document, same, styles};

/// Status and schema of each refusal that is documented for an operation, without a look at what is generated.
fn documented(operation: &Value) -> Vec<(u16, &Value)> {
    let responses = operation["responses"].as_object().unwrap().iter();
    let refusals = responses.filter(|(status, _)| !status.starts_with('2'));
    let pairs = refusals.flat_map(|(status, response)| {
        let schema = &response["content"]["application/json"]["schema"];
        let list = schema["anyOf"].as_array().map_or_else(|| vec![schema], |list| list.iter().collect());
        list.into_iter().map(|schema| (status.parse().unwrap(), schema))
    });
    pairs.collect()
}

fn check(case: &Case, document: &Value, style: Style) -> usize {
    let operation = described(document, case.id).operation;
    let sample = Sample { document, operation, style };
    let documented = documented(operation);
    for (status, schema) in &documented {
        let body = sample.value(schema);
        let refusal = (case.refusal)(*status, body.to_string().as_bytes());
        let name = schema["$ref"].as_str().unwrap().rsplit('/').next();
        assert_eq!(refusal.schema(), name, "{} {status} {style:?}: {body}", case.id);
        let written = serde_json::to_string(&refusal).unwrap();
        assert!(same(&serde_json::from_str(&written).unwrap(), &body), "{written}\n{body}");
    }
    documented.len()
}

#[test]
fn every_documented_refusal_is_read_as_what_it_is_and_written_back_without_loss() {
    let document = document();
    let mut checked = 0;
    for case in cases::all() {
        checked += styles().map(|style| check(&case, &document, style)).max().unwrap_or_default();
        check(&case, &document, Style { all: true, turn: 0, newer: true });
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn a_refusal_that_is_not_documented_is_what_it_says_or_unknown() {
    let refusal = |status, body: Value| SessionGet::refusal(status, body.to_string().as_bytes());
    let busy = json!({"_tag": "SessionBusyError", "sessionID": "ses_1", "message": "busy"});
    assert!(matches!(refusal(409, busy), Refusal::SessionBusyError(error) if error.message == "busy"));
    let found = json!({"name": "NotFoundError", "data": {"message": "gone"}});
    assert!(
        matches!(refusal(500, found), Refusal::NotFoundError(NotFoundError { data, .. }) if data.message == "gone")
    );
    for unknown in
        [json!({"name": "BrandNewError", "data": {}}), json!({"error": "a"}), json!({}), json!("no")]
    {
        let read = refusal(404, unknown.clone());
        assert!(matches!(&read, Refusal::Unknown(json) if json.to_value() == unknown), "{unknown}");
        assert_eq!(read.schema(), None);
    }
    let text = SessionGet::refusal(502, b"bad \xff gateway");
    assert!(matches!(&text, Refusal::Unknown(json) if json.to_value() == json!("bad \u{fffd} gateway")));
}
