//! The error bodies of OpenCode's routes, which come in several shapes.

use serde_json::json;

use super::ids::Ids;
use super::reply::Reply;

/// 404 for a session or message: `what` is `Session` or `Message`.
pub(crate) fn not_found(what: &str, id: &str) -> Reply {
    let message = format!("{what} not found: {id}");
    Reply::json(404, &json!({"name": "NotFoundError", "data": {"message": message}}))
}

/// 400 for a body, query or path that does not fit its schema. `kind` says which of them.
pub(crate) fn bad_request(kind: &str, message: &str) -> Reply {
    Reply::json(400, &json!({"name": "BadRequest", "data": {"message": message, "kind": kind}}))
}

/// 400 as the few routes answer that say nothing more.
pub(crate) fn bare_bad_request() -> Reply {
    Reply::json(400, &json!({"_tag": "BadRequest"}))
}

/// 500: whatever OpenCode did not expect.
pub(crate) fn unexpected(ids: &mut Ids) -> Reply {
    let data = json!({
        "message": "Unexpected server error. Check server logs for details.",
        "ref": ids.error_reference(),
    });
    Reply::json(500, &json!({"name": "UnknownError", "data": data}))
}

/// 404 for a request that is not open: `what` is `Permission` or `Question`.
pub(crate) fn request_not_found(what: &str, id: &str) -> Reply {
    Reply::json(
        404,
        &json!({
            "_tag": format!("{what}NotFoundError"),
            "requestID": id,
            "message": format!("{what} request not found: {id}"),
        }),
    )
}

/// 409: not while a turn runs.
pub(crate) fn busy(session_id: &str) -> Reply {
    Reply::json(
        409,
        &json!({
            "_tag": "SessionBusyError",
            "sessionID": session_id,
            "message": format!("Session is busy: {session_id}"),
        }),
    )
}

/// 401, without a body.
pub(crate) fn unauthorized() -> Reply {
    Reply::empty(401).header("www-authenticate", "Basic realm=\"Secure Area\"")
}

/// 415 for a body that is not JSON.
pub(crate) fn unsupported(content_type: &str) -> Reply {
    Reply::text(415, "text/plain", format!("Unsupported content-type: {content_type}"))
}
