//! `/permission` and `/question`.

use serde_json::{Value, json};

use super::body;
use crate::server::core::Core;
use crate::server::errors;
use crate::server::reply::Reply;
use crate::server::request::Request;
use crate::server::state::BlockerKind;

pub(super) fn dispatch(core: &Core, request: &Request, segments: &[&str]) -> Reply {
    match (request.method.as_str(), segments) {
        ("GET", ["permission"]) => list(core, request, BlockerKind::Permission),
        ("GET", ["question"]) => list(core, request, BlockerKind::Question),
        ("POST", ["permission", id, "reply"]) => reply_permission(core, request, id),
        ("POST", ["question", id, "reply"]) => reply_question(core, request, id),
        ("POST", ["question", id, "reject"]) => {
            core.with(|state| done(state.reply_question(id, None), "Question", id))
        }
        _ => Reply::html(),
    }
}

/// `POST /session/:id/permissions/:request`, from before there was `/permission`.
pub(super) fn reply_by_old_route(core: &Core, request: &Request, id: &str) -> Reply {
    match body::required(core, request) {
        Ok(body) => apply_permission(core, id, &body["response"], None),
        Err(reply) => reply,
    }
}

fn list(core: &Core, request: &Request, kind: BlockerKind) -> Reply {
    core.peek(|state| {
        let directory = request.directory(&state.options.directory);
        Reply::ok(&state.open_blockers(kind, &directory).into())
    })
}

fn reply_permission(core: &Core, request: &Request, id: &str) -> Reply {
    if !id.starts_with("per") {
        return wrong_id("per", id);
    }
    match body::required(core, request) {
        Ok(body) => apply_permission(core, id, &body["reply"], body["message"].as_str()),
        Err(reply) => reply,
    }
}

fn apply_permission(core: &Core, id: &str, reply: &Value, message: Option<&str>) -> Reply {
    match reply.as_str() {
        Some(reply @ ("once" | "always" | "reject")) => {
            core.with(|state| done(state.reply_permission(id, reply, message), "Permission", id))
        }
        _ => {
            let message =
                format!("Expected \"once\" | \"always\" | \"reject\", got {reply}\n  at [\"reply\"]");
            errors::bad_request("Payload", &message)
        }
    }
}

fn reply_question(core: &Core, request: &Request, id: &str) -> Reply {
    if !id.starts_with("que") {
        return wrong_id("que", id);
    }
    match body::required(core, request) {
        Ok(body) if body["answers"].is_array() => {
            core.with(|state| done(state.reply_question(id, Some(&body["answers"])), "Question", id))
        }
        Ok(_) => errors::bad_request("Payload", "Missing key\n  at [\"answers\"]"),
        Err(reply) => reply,
    }
}

fn done(was_open: bool, what: &str, id: &str) -> Reply {
    if was_open { Reply::ok(&json!(true)) } else { errors::request_not_found(what, id) }
}

fn wrong_id(prefix: &str, id: &str) -> Reply {
    let message = format!("Expected a string starting with \"{prefix}\", got \"{id}\"\n  at [\"requestID\"]");
    errors::bad_request("Params", &message)
}
