//! Routes about the server itself: health, dispose, the event log.

use std::collections::HashMap;

use serde_json::json;

use super::body;
use crate::server::core::Core;
use crate::server::reply::Reply;
use crate::server::request::Request;

pub(super) async fn dispatch(core: &Core, request: &Request, segments: &[&str]) -> Option<Reply> {
    match (request.method.as_str(), segments) {
        ("GET", ["global", "health"]) => {
            let version = core.peek(|state| state.options.version.clone());
            Some(Reply::ok(&json!({"healthy": true, "version": version})))
        }
        ("GET", ["api", "health"]) => Some(Reply::ok(&json!({"healthy": true}))),
        ("POST", ["instance", "dispose"]) => {
            dispose(core, &core.peek(|state| request.directory(&state.options.directory))).await;
            Some(Reply::ok(&json!(true)))
        }
        ("POST", ["global", "dispose"]) => {
            for directory in core.peek(|state| state.directories()) {
                dispose(core, &directory).await;
            }
            core.with(|state| state.emit_in(Some("global"), "global.disposed", json!({})));
            Some(Reply::ok(&json!(true)))
        }
        ("POST", ["sync", "history"]) => Some(history(core, request)),
        _ => None,
    }
}

/// Aborts what runs in a directory, waits until that is over, and ends the streams.
async fn dispose(core: &Core, directory: &str) {
    core.with(|state| state.abort_all_in(directory));
    core.until(|state| state.running_in(directory).is_empty().then_some(())).await;
    core.with(|state| state.dispose(directory));
}

/// The log of all sessions; of those that the body names, only what is after the seq it gives.
fn history(core: &Core, request: &Request) -> Reply {
    let body = match body::optional(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let known: HashMap<String, u64> = body
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(session_id, seq)| Some((session_id.clone(), seq.as_u64()?)))
        .collect();
    core.peek(|state| Reply::ok(&state.bus.history(&known).into()))
}
