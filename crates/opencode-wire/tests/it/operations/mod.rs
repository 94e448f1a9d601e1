//! Every generated operation against the description that it is generated from, read anew and by other code.

#[cfg(feature = "client")]
mod calling;
mod case;
#[rustfmt::skip]
mod cases;
mod escaping;
mod refusals;
mod sample;
mod streams;
mod unions;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use self::case::Case;
use self::sample::{Sample, Style};

const DOCUMENT: &str = include_str!("../../../openapi/openapi.json");

/// More than the variants of any union.
const TURNS: usize = 29;

struct Described<'a> {
    method: String,
    path: &'a str,
    operation: &'a Value,
}

fn document() -> Value {
    serde_json::from_str(DOCUMENT).unwrap()
}

fn described<'a>(document: &'a Value, id: &str) -> Described<'a> {
    let all = document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    let mut found = all.filter(|(_, _, operation)| operation["operationId"] == id);
    let (path, method, operation) = found.next().unwrap_or_else(|| panic!("{id} is not described"));
    Described { method: method.to_uppercase(), path, operation }
}

fn styles() -> impl Iterator<Item = Style> {
    (0..TURNS).flat_map(|turn| [false, true].map(|all| Style { all, turn, newer: false }))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte))
            }
            _ => write!(escaped, "%{byte:02X}").unwrap(),
        }
    }
    escaped
}

/// The path as it should be, made segment by segment.
fn expected_path(template: &str, sample: &Sample<'_>) -> String {
    let segments = template.split('/').map(|segment| {
        if segment == "*" {
            return sample.segment("*").split('/').map(escaped).collect::<Vec<_>>().join("/");
        }
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) => escaped(&sample.segment(name)),
            None => segment.to_owned(),
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Names of the query as the description has them.
fn expected_query(sample: &Sample<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for parameter in sample.operation["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        if parameter["in"] != "query" || !(sample.style.all || parameter["required"] == true) {
            continue;
        }
        if parameter["style"] == "deepObject" {
            let fields = parameter["schema"]["properties"].as_object().unwrap().keys();
            names.extend(fields.map(|field| format!("{name}[{field}]")));
        } else {
            names.insert(name.to_owned());
        }
    }
    names
}

/// Whether two values say the same, numbers in any notation.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        (left, right) => left == right,
    }
}

fn check_request(case: &Case, document: &Value, style: Style) {
    let Described { method, path, operation } = described(document, case.id);
    let sample = Sample { document, operation, style };
    let sent = (case.request)(&sample);
    assert_eq!(sent.method, method, "{}", case.id);
    assert_eq!(sent.path, expected_path(path, &sample), "{}", case.id);
    let names: BTreeSet<String> = sent.query.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names.len(), sent.query.len(), "{}: a name twice", case.id);
    assert_eq!(names, expected_query(&sample), "{}", case.id);
    for (name, value) in &sent.query {
        if let Some(schema) = sample.parameter("query", name) {
            let expected = sample.query_value(schema);
            let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
            assert_eq!(*value, expected, "{}: {name}", case.id);
        }
    }
    match (&sent.body, &sample.body_value()) {
        (Some(sent), Some(expected)) => assert!(same(sent, expected), "{}:\n{sent}\n{expected}", case.id),
        (sent, expected) => assert_eq!(sent, expected, "{}", case.id),
    }
}

#[test]
fn every_request_is_what_the_description_says() {
    let document = document();
    for case in cases::all() {
        styles().for_each(|style| check_request(&case, &document, style));
    }
}

#[test]
fn every_operation_is_there_once_or_excused() {
    const BY_HAND: [&str; 6] = [
        "event.subscribe",
        "global.event",
        "pty.connect",
        "v2.event.subscribe",
        "v2.pty.connect",
        "v2.session.events",
    ];
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|methods| methods.as_object().unwrap().values());
    let ids: BTreeSet<_> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let cases = cases::all();
    let made: BTreeSet<_> = cases.iter().map(|case| case.id).collect();
    assert_eq!(made.len(), cases.len());
    assert_eq!(ids.difference(&made).copied().collect::<Vec<_>>(), BY_HAND);
    assert!(made.is_subset(&ids));
}

fn check_answer(case: &Case, document: &Value, style: Style) {
    let Described { operation, .. } = described(document, case.id);
    let sample = Sample { document, operation, style };
    let Some(answer) = sample.answer() else { return };
    match (case.decode)(answer.to_string().as_bytes()) {
        Ok(written) => assert!(same(&written, &answer), "{} {style:?}:\n{written}\n{answer}", case.id),
        Err(error) => panic!("{} {style:?}: {error} in {answer}", case.id),
    }
}

#[test]
fn every_answer_decodes_and_is_written_back_without_loss() {
    let document = document();
    for case in cases::all() {
        styles().for_each(|style| check_answer(&case, &document, style));
    }
}

#[test]
fn answers_of_a_newer_server_decode_and_are_written_back_without_loss() {
    let document = document();
    for case in cases::all() {
        for all in [false, true] {
            check_answer(&case, &document, Style { all, turn: 0, newer: true });
        }
    }
}

#[test]
fn answers_that_are_no_json_are_taken_as_they_are() {
    let decode = |id: &str, body: &[u8]| {
        let case = cases::all().into_iter().find(|case| case.id == id).unwrap();
        (case.decode)(body).unwrap()
    };
    assert_eq!(decode("vcs.diff.raw", b"--- a\n+++ b\n"), "--- a\n+++ b\n");
    assert_eq!(decode("v2.fs.read", &[0, 255]), serde_json::json!([0, 255]));
    assert_eq!(decode("v2.session.interrupt", b""), Value::Null);
}
