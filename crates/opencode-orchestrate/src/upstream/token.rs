//! The name of an attempt, on the session that it has made.

use opencode_wire::model::{Json, Session};
use serde_json::{Value, json};

/// The field of a session's metadata that holds the name of the attempt that made it.
pub const TOKEN: &str = "opencodeStoreToken";

/// The metadata of a session to be made.
pub(super) fn metadata(token: &str) -> Json {
    Json::from(json!({ TOKEN: token }))
}

/// The name of the attempt that made a session; `None` when no store has made it.
#[must_use]
pub fn token_of(session: &Session) -> Option<String> {
    match session.metadata.as_ref()?.to_value() {
        Value::Object(mut metadata) => match metadata.remove(TOKEN) {
            Some(Value::String(token)) => Some(token),
            _ => None,
        },
        _ => None,
    }
}
