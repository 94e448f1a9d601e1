//! Routes that make the agent work.

use std::sync::Arc;

use serde_json::{Value, json};

use super::body;
use crate::server::core::Core;
use crate::server::errors;
use crate::server::play;
use crate::server::reply::Reply;
use crate::server::request::Request;
use crate::server::state::PromptError;

/// Accepts a prompt and says no more.
pub(super) fn asynchronous(core: &Arc<Core>, request: &Request, session_id: &str) -> Reply {
    match read_prompt(core, request) {
        Ok(prompt) => match core.with(|state| state.accept_prompt(session_id, &prompt, false)) {
            Ok(_) | Err(PromptError::UnknownAgent) => {
                play::start(core, session_id);
                Reply::empty(204)
            }
            Err(PromptError::NotFound) => errors::not_found("Session", session_id),
        },
        Err(reply) => reply,
    }
}

/// Accepts a prompt and answers with the last message when the session is idle again.
pub(super) async fn synchronous(core: &Arc<Core>, request: &Request, session_id: &str) -> Reply {
    match read_prompt(core, request) {
        Ok(prompt) => answer(core, session_id, &prompt).await.0,
        Err(reply) => reply,
    }
}

/// Prompts with the text of a command.
pub(super) async fn command(core: &Arc<Core>, request: &Request, session_id: &str) -> Reply {
    let body = match body::required(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let name = body["command"].as_str().unwrap_or_default();
    let arguments = body["arguments"].as_str().unwrap_or_default();
    if !["init", "review"].contains(&name) {
        let message = format!("Command not found: \"{name}\". Available commands: init, review");
        return core.with(|state| {
            state.emit_unknown_error(session_id, &message);
            errors::unexpected(&mut state.ids)
        });
    }
    let mut prompt = body.clone();
    prompt["parts"] = json!([{"type": "text", "text": format!("/{name} {arguments}")}]);
    let (reply, message_id) = answer(core, session_id, &prompt).await;
    if let Some(message_id) = message_id {
        let properties =
            json!({"name": name, "sessionID": session_id, "arguments": arguments, "messageID": message_id});
        core.with(|state| state.emit(session_id, "command.executed", properties));
    }
    reply
}

/// The `init` command by its own route, which answers `true`.
pub(super) async fn init(core: &Arc<Core>, request: &Request, session_id: &str) -> Reply {
    let body = match body::required(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let prompt = json!({
        "messageID": body["messageID"],
        "model": {"providerID": body["providerID"], "modelID": body["modelID"]},
        "parts": [{"type": "text", "text": "/init"}],
    });
    match answer(core, session_id, &prompt).await {
        (_, Some(_)) => Reply::ok(&json!(true)),
        (reply, None) => reply,
    }
}

/// Compacts the session and answers when that is done.
pub(super) async fn summarize(core: &Arc<Core>, session_id: &str) -> Reply {
    let finished = finished(core, session_id);
    if !play::summarize(core, session_id) {
        return errors::busy(session_id);
    }
    wait_for_end(core, session_id, finished).await;
    Reply::ok(&json!(true))
}

fn read_prompt(core: &Core, request: &Request) -> Result<Value, Reply> {
    let prompt = body::required(core, request)?;
    body::check_prompt(&prompt)?;
    Ok(prompt)
}

/// Plays a prompt to its end. With the answer comes the id of the message in it, if it is an answer.
async fn answer(core: &Arc<Core>, session_id: &str, prompt: &Value) -> (Reply, Option<String>) {
    let finished = finished(core, session_id);
    let message_id = match core.with(|state| state.accept_prompt(session_id, prompt, true)) {
        Ok(message_id) => message_id,
        Err(PromptError::NotFound) => return (errors::not_found("Session", session_id), None),
        Err(PromptError::UnknownAgent) => {
            return (core.with(|state| errors::unexpected(&mut state.ids)), None);
        }
    };
    let asked_for = if prompt["noReply"] == true {
        Some(message_id)
    } else {
        play::start(core, session_id);
        wait_for_end(core, session_id, finished).await;
        None
    };
    core.with(|state| {
        let Some(session) = state.session(session_id) else {
            return (errors::not_found("Session", session_id), None);
        };
        let message = match &asked_for {
            Some(message_id) => session.message(message_id),
            None if session.failed => None,
            None => session.last_assistant(),
        };
        match message {
            Some(message) => (Reply::ok(&message.to_json()), Some(message.id().to_owned())),
            None => (errors::unexpected(&mut state.ids), None),
        }
    })
}

fn finished(core: &Core, session_id: &str) -> u64 {
    core.peek(|state| state.session(session_id).map_or(0, |session| session.finished))
}

/// Waits for the idle after `finished` earlier ones. A session that is deleted meanwhile ends the wait too.
async fn wait_for_end(core: &Core, session_id: &str, finished: u64) {
    core.until(|state| match state.session(session_id) {
        Some(session) if session.finished <= finished => None,
        _ => Some(()),
    })
    .await;
}
