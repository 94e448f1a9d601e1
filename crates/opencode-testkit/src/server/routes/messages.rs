//! `/session/:id/message` and `/session/:id/diff`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::server::core::Core;
use crate::server::errors;
use crate::server::reply::Reply;
use crate::server::request::Request;
use crate::server::text::encode;

/// A page: the newest messages before a cursor, oldest first.
pub(super) fn list(core: &Core, request: &Request, session_id: &str) -> Reply {
    let limit = match page_limit(request) {
        Ok(limit) => limit,
        Err(reply) => return reply,
    };
    let before = match request.query.get("before").map(|cursor| read_cursor(cursor)) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => return errors::bare_bad_request(),
    };
    // A cursor is for paging: without a limit a real server refuses it.
    if before.is_some() && limit == 0 {
        return errors::bare_bad_request();
    }
    let messages: Vec<Value> = core.peek(|state| {
        let messages = state.session(session_id).map(|session| session.messages.iter());
        let earlier =
            messages.into_iter().flatten().take_while(|message| Some(message.id()) != before.as_deref());
        earlier.map(|message| message.to_json()).collect()
    });
    let skipped = if limit == 0 { 0 } else { messages.len().saturating_sub(limit) };
    let page = &messages[skipped..];
    if let Some(index) = page.iter().position(|message| !message["info"]["format"].is_null()) {
        return poisoned(index, &page[index]["info"]["format"]);
    }
    let reply = Reply::ok(&json!(page));
    match page.first() {
        Some(first) if skipped > 0 => with_next(reply, request, &write_cursor(&first["info"])),
        _ => reply,
    }
}

pub(super) fn get(core: &Core, session_id: &str, message_id: &str) -> Reply {
    core.peek(|state| match state.session(session_id).and_then(|session| session.message(message_id)) {
        Some(message) if !message.info["format"].is_null() => poisoned(0, &message.info["format"]),
        Some(message) => Reply::ok(&message.to_json()),
        None => errors::not_found("Message", message_id),
    })
}

pub(super) fn delete(core: &Core, session_id: &str, message_id: &str) -> Reply {
    core.with(|state| {
        state.remove_message(session_id, message_id);
        Reply::ok(&json!(true))
    })
}

pub(super) fn delete_part(core: &Core, session_id: &str, message_id: &str, part_id: &str) -> Reply {
    core.with(|state| {
        let message = state.session_mut(session_id).and_then(|session| session.message_mut(message_id));
        if let Some(message) = message {
            message.parts.retain(|part| part["id"] != part_id);
            let properties = json!({"sessionID": session_id, "messageID": message_id, "partID": part_id});
            state.emit(session_id, "message.part.removed", properties);
        }
        Reply::ok(&json!(true))
    })
}

/// The changes that one user message caused; nothing without `messageID`.
pub(super) fn diff(core: &Core, request: &Request, session_id: &str) -> Reply {
    let diffs = core.peek(|state| {
        let message_id = request.query.get("messageID")?;
        let message = state.session(session_id)?.message(message_id)?;
        message.info["summary"]["diffs"].as_array().cloned()
    });
    Reply::ok(&diffs.unwrap_or_default().into())
}

/// 0 stands for all.
fn page_limit(request: &Request) -> Result<usize, Reply> {
    let Some(limit) = request.query.get("limit") else { return Ok(0) };
    let refuse = |message: &str| errors::bad_request("Query", &format!("{message}\n  at [\"limit\"]"));
    match limit.parse::<i64>() {
        Ok(number) => usize::try_from(number)
            .map_err(|_| refuse(&format!("Expected a value greater than or equal to 0, got {number}"))),
        Err(_) => Err(refuse("Expected an integer, got NaN")),
    }
}

/// A cursor names the oldest message of the page before.
fn write_cursor(info: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json!({"id": info["id"], "time": info["time"]["created"]}).to_string())
}

fn read_cursor(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let cursor: Value = serde_json::from_slice(&bytes).ok()?;
    cursor["time"].as_u64()?;
    cursor["id"].as_str().map(str::to_owned)
}

fn with_next(reply: Reply, request: &Request, cursor: &str) -> Reply {
    let host = request.header("host").unwrap_or("localhost");
    let path = request.path.as_deref().unwrap_or_default();
    let mut query = request.query.clone();
    query.insert("before".to_owned(), cursor.to_owned());
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    reply
        .header("access-control-expose-headers", "Link, X-Next-Cursor")
        .header("link", format!("<http://{host}{path}?{}>; rel=\"next\"", pairs.join("&")))
        .header("x-next-cursor", cursor)
}

/// A real server cannot write out a message whose prompt had a `format`.
fn poisoned(index: usize, format: &Value) -> Reply {
    let message =
        format!("Expected OutputFormatJsonSchema, got {format}\n  at [{index}][\"info\"][\"format\"]");
    errors::bad_request("Body", &message)
}
