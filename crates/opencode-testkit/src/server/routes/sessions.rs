//! `/session` and `/session/:id`.

use serde_json::{Map, Value, json};

use super::body;
use crate::server::core::Core;
use crate::server::errors;
use crate::server::reply::Reply;
use crate::server::request::Request;

/// The sessions of a directory, newest first.
pub(super) fn list(core: &Core, request: &Request) -> Reply {
    let number = |name: &str| request.query.get(name).and_then(|value| value.parse::<u64>().ok());
    let directory = request.directory(&core.peek(|state| state.options.directory.clone()));
    let roots = request.query.get("roots").is_some_and(|roots| roots == "true");
    let search = request.query.get("search").map(|search| search.to_lowercase());
    let wanted = |info: &Value| {
        let title = info["title"].as_str().unwrap_or_default().to_lowercase();
        info["directory"] == directory.as_str()
            && (!roots || info["parentID"].is_null())
            && search.as_ref().is_none_or(|search| title.contains(search))
            && number("start")
                .is_none_or(|start| info["time"]["updated"].as_u64().is_some_and(|at| at >= start))
    };
    let mut infos = core.peek(|state| {
        let sessions = state.sessions.values().filter(|session| !session.deleted);
        sessions.map(|session| session.info.clone()).filter(wanted).collect::<Vec<_>>()
    });
    infos.sort_by_key(|info| std::cmp::Reverse(info["time"]["updated"].as_u64()));
    infos.truncate(number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(100));
    Reply::ok(&infos.into())
}

pub(super) fn create(core: &Core, request: &Request) -> Reply {
    let body = match body::optional(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let is_text = |name: &str| body[name].is_null() || body[name].is_string();
    if !is_text("title") || !is_text("parentID") {
        return errors::bare_bad_request();
    }
    core.with(|state| {
        let directory = request.directory(&state.options.directory);
        Reply::ok(&state.create_session(&directory, &body))
    })
}

/// The sessions of a directory that are not idle.
pub(super) fn status(core: &Core, request: &Request) -> Reply {
    core.peek(|state| {
        let directory = request.directory(&state.options.directory);
        let here = state.sessions.iter().filter(|(_, session)| session.directory == directory);
        let busy = here.filter_map(|(id, session)| Some((id.clone(), session.status.clone()?)));
        Reply::ok(&Value::Object(busy.collect::<Map<_, _>>()))
    })
}

pub(super) fn get(core: &Core, session_id: &str) -> Reply {
    core.peek(|state| match state.session(session_id) {
        Some(session) => Reply::ok(&session.info),
        None => errors::not_found("Session", session_id),
    })
}

/// Changes the title, the note of the host or the archive time, or adds permission rules.
pub(super) fn update(core: &Core, request: &Request, session_id: &str) -> Reply {
    let body = match body::required(core, request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if !(body["title"].is_null() || body["title"].is_string()) {
        let message = format!("Expected string, got {}\n  at [\"title\"]", body["title"]);
        return errors::bad_request("Payload", &message);
    }
    core.with(|state| {
        state.update_session(session_id, |info| {
            for name in ["title", "metadata"] {
                if !body[name].is_null() {
                    info[name] = body[name].clone();
                }
            }
            if let Some(rules) = body["permission"].as_array() {
                // A real server never takes a rule away: the last one that matches wins.
                let known = info["permission"].as_array().into_iter().flatten();
                info["permission"] = known.chain(rules).cloned().collect();
            }
            match &body["time"]["archived"] {
                Value::Number(at) => info["time"]["archived"] = json!(at),
                _ if body["time"].get("archived").is_some() => {
                    if let Some(time) = info["time"].as_object_mut() {
                        time.remove("archived");
                    }
                }
                _ => {}
            }
        });
        Reply::ok(&state.session(session_id).map(|session| session.info.clone()).unwrap_or_default())
    })
}

pub(super) fn delete(core: &Core, session_id: &str) -> Reply {
    if core.with(|state| state.delete_session(session_id)) {
        Reply::ok(&json!(true))
    } else {
        errors::not_found("Session", session_id)
    }
}

pub(super) fn children(core: &Core, session_id: &str) -> Reply {
    core.peek(|state| {
        let children = state.children(session_id);
        let infos = children.iter().filter_map(|id| state.session(id)).map(|child| child.info.clone());
        Reply::ok(&infos.collect())
    })
}

pub(super) fn todos(core: &Core, session_id: &str) -> Reply {
    core.peek(|state| {
        Reply::ok(&state.session(session_id).map(|session| session.todos.clone()).unwrap_or_default())
    })
}
