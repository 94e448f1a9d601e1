//! The seven streams that every client of the server must understand, whatever its language.

use std::path::Path;

use opencode_wire::event::Event;
use opencode_wire::reply::Reply;
use serde_json::{Value, json};

use super::events::Recording;

/// Applies a stream and looks at the reply after each event.
fn replay(name: &str, mut look: impl FnMut(&Reply)) -> Reply {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/certification").join(name);
    let recording = Recording { name: name.to_owned(), bytes: std::fs::read(path).unwrap() };
    let mut reply = Reply::new("ses_fixture".parse().unwrap(), "msg_fixture_1".parse().unwrap());
    for frame in recording.frames() {
        reply.apply(&Event::decode(&frame).unwrap());
        look(&reply);
    }
    reply
}

/// What a reply must be after a stream, as far as the stream is about it.
#[derive(Default)]
struct Expected {
    text: &'static str,
    reasoning: &'static str,
    /// Cost in hundredths, tokens in, tokens out.
    usage: (u64, u64, u64),
    tools: &'static [(&'static str, &'static str)],
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hundredths of small sums")]
fn check(name: &str, expected: &Expected) -> Reply {
    let reply = replay(name, |_| {});
    assert_eq!(reply.text(), expected.text, "{name}");
    assert_eq!(reply.reasoning(), expected.reasoning, "{name}");
    let usage = reply.usage();
    let usage = ((usage.cost * 100.0).round() as u64, usage.input, usage.output);
    assert_eq!(usage, expected.usage, "{name}");
    let tools: Vec<_> = reply
        .tools()
        .filter_map(|part| part.tool())
        .map(|tool| (tool.tool.clone(), tool.state.status.to_string()))
        .collect();
    let tools: Vec<_> = tools.iter().map(|(tool, status)| (tool.as_str(), status.as_str())).collect();
    assert_eq!(tools, expected.tools, "{name}");
    assert!(!reply.is_blocked(), "{name}");
    reply
}

#[test]
fn legacy_idle() {
    check("legacy-idle.sse", &Expected { text: "legacy ok", ..Expected::default() });
}

#[test]
fn current_status_idle() {
    check("current-status-idle.sse", &Expected { text: "current ok", ..Expected::default() });
}

#[test]
fn delta_before_part() {
    check("delta-before-part.sse", &Expected { text: "tail drop recovered", ..Expected::default() });
}

#[test]
fn reasoning_and_final() {
    let expected =
        Expected { text: "final answer", reasoning: "considering carefully", ..Expected::default() };
    check("reasoning-and-final.sse", &expected);
}

/// The sum over the steps, not the last one.
#[test]
fn multi_step_usage() {
    let reply = check("multi-step-usage.sse", &Expected { usage: (46, 30, 10), ..Expected::default() });
    assert_eq!(reply.usage().steps, 2);
}

/// The call shows the request while somebody can answer it. Once it is answered the number is of no use to anybody, and
/// it is not stored by the server, so that a reply that was read back from there could not have it.
#[test]
fn interactive_prompts() {
    let mut seen: Vec<(bool, Value)> = Vec::new();
    let reply = replay("interactive-prompts.sse", |reply| {
        let parts = reply.canonical_parts();
        let request =
            parts.iter().find(|part| part["tool"] == "question").map(|part| part["request_id"].clone());
        let state = (reply.is_blocked(), request.unwrap_or(json!("no call")));
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    });
    let answered = (false, Value::Null);
    let asked = (true, json!("que_fixture"));
    let permission = (true, Value::Null);
    assert_eq!(
        seen,
        [(false, json!("no call")), (true, json!("no call")), asked, answered.clone(), permission, answered]
    );
    let parts = reply.canonical_parts();
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!(parts[0]["status"], "completed");
    assert_eq!(parts[0]["callID"], "call_fixture");
    assert_eq!(parts[0]["input"]["questions"][0]["question"], "Continue?");
    check(
        "interactive-prompts.sse",
        &Expected { tools: &[("question", "completed")], ..Expected::default() },
    );
}

#[test]
fn unknown_event() {
    check("unknown-event.sse", &Expected { text: "still here", ..Expected::default() });
}
