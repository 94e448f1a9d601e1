//! The routes, by area. What is not here answers with the web page, as on a real server.

mod blockers;
mod body;
mod catalog;
mod changes;
mod events;
mod files;
mod messages;
mod prompt;
mod server;
mod sessions;

use std::sync::Arc;

use super::core::Core;
use super::errors;
use super::reply::Reply;
use super::request::Request;

/// Answers a request that is authorized.
pub(crate) async fn dispatch(core: &Arc<Core>, request: &Request) -> Reply {
    if request.path.is_none() {
        return Reply::html();
    }
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (method, segments.as_slice()) {
        ("GET", ["event"]) => events::of_directory(core, request),
        ("GET", ["global", "event"]) => events::global(core, request),
        ("GET", ["session"]) => sessions::list(core, request),
        ("POST", ["session"]) => sessions::create(core, request),
        ("GET", ["session", "status"]) => sessions::status(core, request),
        (_, ["session", session_id, ..]) if !session_id.starts_with("ses") => {
            core.with(|state| errors::unexpected(&mut state.ids))
        }
        (_, ["session", session_id, rest @ ..]) => of_session(core, request, session_id, rest).await,
        (_, ["permission" | "question", ..]) => blockers::dispatch(core, request, &segments),
        ("GET", ["file" | "find", ..]) => files::dispatch(core, request, &segments),
        _ => server::dispatch(core, request, &segments)
            .await
            .or_else(|| catalog::dispatch(core, request, &segments))
            .unwrap_or_else(Reply::html),
    }
}

/// Routes below `/session/:id`.
async fn of_session(core: &Arc<Core>, request: &Request, session_id: &str, rest: &[&str]) -> Reply {
    let method = request.method.as_str();
    // Abort is the one route that does not care whether the session exists.
    if (method, rest) == ("POST", &["abort"]) {
        core.with(|state| {
            let directory = request.directory(&state.options.directory);
            state.abort_in(&directory, session_id);
        });
        return Reply::ok(&true.into());
    }
    if core.peek(|state| state.session(session_id).is_none()) {
        return errors::not_found("Session", session_id);
    }
    match (method, rest) {
        ("GET", []) => sessions::get(core, session_id),
        ("PATCH", []) => sessions::update(core, request, session_id),
        ("DELETE", []) => sessions::delete(core, session_id),
        ("GET", ["children"]) => sessions::children(core, session_id),
        ("GET", ["todo"]) => sessions::todos(core, session_id),
        ("GET", ["diff"]) => messages::diff(core, request, session_id),
        ("GET", ["message"]) => messages::list(core, request, session_id),
        ("GET", ["message", message_id]) => messages::get(core, session_id, message_id),
        ("DELETE", ["message", message_id]) => messages::delete(core, session_id, message_id),
        ("DELETE", ["message", message_id, "part", part_id]) => {
            messages::delete_part(core, session_id, message_id, part_id)
        }
        ("POST", ["prompt_async"]) => prompt::asynchronous(core, request, session_id),
        ("POST", ["message"]) => prompt::synchronous(core, request, session_id).await,
        ("POST", ["command"]) => prompt::command(core, request, session_id).await,
        ("POST", ["init"]) => prompt::init(core, request, session_id).await,
        ("POST", ["summarize"]) => prompt::summarize(core, session_id).await,
        ("POST", ["shell"]) => changes::shell(core, request, session_id),
        ("POST", ["revert"]) => changes::revert(core, request, session_id),
        ("POST", ["unrevert"]) => changes::unrevert(core, session_id),
        ("POST", ["fork"]) => changes::fork(core, request, session_id),
        ("POST" | "DELETE", ["share"]) => changes::share(core, session_id, method == "POST"),
        ("POST", ["permissions", request_id]) => blockers::reply_by_old_route(core, request, request_id),
        _ => Reply::html(),
    }
}
