//! Reading request bodies, with OpenCode's complaints about them.

use serde_json::{Value, json};

use crate::server::core::Core;
use crate::server::errors;
use crate::server::reply::Reply;
use crate::server::request::Request;

/// The JSON object of a request that needs one.
pub(super) fn required(core: &Core, request: &Request) -> Result<Value, Reply> {
    check_content_type(request)?;
    if request.body.is_empty() {
        return Err(errors::bad_request("Payload", "Expected object, got undefined"));
    }
    parse(core, request)
}

/// The JSON object of a request that may come without.
pub(super) fn optional(core: &Core, request: &Request) -> Result<Value, Reply> {
    if request.body.is_empty() {
        return Ok(json!({}));
    }
    check_content_type(request)?;
    parse(core, request)
}

fn parse(core: &Core, request: &Request) -> Result<Value, Reply> {
    match serde_json::from_slice(&request.body) {
        Ok(body @ Value::Object(_)) => Ok(body),
        Ok(other) => Err(errors::bad_request("Payload", &format!("Expected object, got {other}"))),
        Err(_) => Err(core.with(|state| errors::unexpected(&mut state.ids))),
    }
}

fn check_content_type(request: &Request) -> Result<(), Reply> {
    match request.header("content-type") {
        Some(content_type) if !content_type.starts_with("application/json") => {
            Err(errors::unsupported(content_type))
        }
        _ => Ok(()),
    }
}

/// Checks a prompt body as far as a real server does before it accepts it.
pub(super) fn check_prompt(body: &Value) -> Result<(), Reply> {
    let refuse = |message: String| Err(errors::bad_request("Payload", &message));
    match &body["messageID"] {
        Value::Null => {}
        Value::String(id) if id.starts_with("msg") => {}
        other => {
            return refuse(format!(
                "Expected a string starting with \"msg\", got {other}\n  at [\"messageID\"]"
            ));
        }
    }
    if !matches!(body["model"], Value::Null | Value::Object(_)) {
        return refuse(format!("Expected object | null, got {}\n  at [\"model\"]", body["model"]));
    }
    let parts = match &body["parts"] {
        Value::Array(parts) => parts,
        Value::Null => return refuse("Missing key\n  at [\"parts\"]".to_owned()),
        other => return refuse(format!("Expected array, got {other}\n  at [\"parts\"]")),
    };
    for (index, part) in parts.iter().enumerate() {
        check_part(index, part)?;
    }
    Ok(())
}

fn check_part(index: usize, part: &Value) -> Result<(), Reply> {
    let refuse = |message: String| Err(errors::bad_request("Payload", &message));
    match &part["id"] {
        Value::Null => {}
        Value::String(id) if id.starts_with("prt") => {}
        other => {
            let place = format!("at [\"parts\"][{index}][\"id\"]");
            return refuse(format!("Expected a string starting with \"prt\", got {other}\n  {place}"));
        }
    }
    let needed: &[&str] = match part["type"].as_str() {
        Some("text") => &["text"],
        Some("file") => &["mime", "url"],
        Some("agent") => &["name"],
        Some("subtask") => &["prompt", "description", "agent"],
        _ => {
            let kinds = ["text", "file", "agent", "subtask"]
                .map(|kind| format!("{{ readonly \"type\": \"{kind}\", ... }}"));
            let kinds = kinds.join(" | ");
            return refuse(format!("Expected {kinds}, got {part}\n  at [\"parts\"][{index}]"));
        }
    };
    for name in needed {
        if part[name].is_null() {
            return refuse(format!("Missing key\n  at [\"parts\"][{index}][\"{name}\"]"));
        }
    }
    Ok(())
}
