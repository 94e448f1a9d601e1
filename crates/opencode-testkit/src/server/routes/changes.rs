//! Routes that change a session without asking a model: shell, revert, fork, share.

use serde_json::{Value, json};

use super::body;
use crate::server::core::Core;
use crate::server::errors;
use crate::server::play;
use crate::server::reply::Reply;
use crate::server::request::Request;
use crate::server::state::State;

pub(super) fn shell(core: &Core, request: &Request, session_id: &str) -> Reply {
    while_idle(core, request, session_id, |state, body| {
        let agent = body["agent"].as_str().unwrap_or("build");
        let command = body["command"].as_str().unwrap_or_default();
        match play::run_shell(state, session_id, agent, command) {
            Some(message) => Reply::ok(&message),
            None => errors::not_found("Session", session_id),
        }
    })
}

pub(super) fn revert(core: &Core, request: &Request, session_id: &str) -> Reply {
    while_idle(core, request, session_id, |state, body| {
        let message_id = body["messageID"].as_str().unwrap_or_default();
        if state.session(session_id).is_some_and(|session| session.message(message_id).is_some()) {
            state.revert(session_id, message_id);
        }
        session_reply(state, session_id)
    })
}

pub(super) fn unrevert(core: &Core, session_id: &str) -> Reply {
    core.with(|state| {
        if state.session(session_id).is_some_and(|session| session.run.is_some()) {
            return errors::busy(session_id);
        }
        state.unrevert(session_id);
        session_reply(state, session_id)
    })
}

pub(super) fn fork(core: &Core, request: &Request, session_id: &str) -> Reply {
    let body = match body::optional(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    core.with(|state| match state.fork(session_id, body["messageID"].as_str()) {
        Some(info) => Reply::ok(&info),
        None => errors::not_found("Session", session_id),
    })
}

/// Shares a session or ends that. The link leads nowhere.
pub(super) fn share(core: &Core, session_id: &str, begin: bool) -> Reply {
    core.with(|state| {
        state.update_session(session_id, |info| {
            if begin {
                info["share"] = json!({"url": "https://share.invalid/s/test"});
            } else if let Some(fields) = info.as_object_mut() {
                fields.remove("share");
            }
        });
        session_reply(state, session_id)
    })
}

fn session_reply(state: &State, session_id: &str) -> Reply {
    match state.session(session_id) {
        Some(session) => Reply::ok(&session.info),
        None => errors::not_found("Session", session_id),
    }
}

/// Does something with a body, unless a turn runs.
fn while_idle(
    core: &Core,
    request: &Request,
    session_id: &str,
    action: impl FnOnce(&mut State, &Value) -> Reply,
) -> Reply {
    let body = match body::required(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    core.with(|state| {
        if state.session(session_id).is_some_and(|session| session.run.is_some()) {
            return errors::busy(session_id);
        }
        action(state, &body)
    })
}
