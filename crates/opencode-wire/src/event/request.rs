//! What the agents of the V2 runtime ask of people.

use crate::ids::{CallId, MessageId, PermissionId, SessionId};
use crate::model::Json;
use crate::model::object::object;

object! {
    /// An agent of the V2 runtime asks whether it may do something.
    pub struct PermissionV2Request {
        /// The request.
        id: PermissionId = "id",
        /// The session whose agent asks.
        session_id: SessionId = "sessionID",
        /// The kind of action, such as `bash` or `edit`.
        action: String = "action",
        /// What it acts on.
        resources: Vec<String> = "resources",
        /// The patterns that an answer of `always` will allow.
        save: Vec<String> = "save",
        /// What the tool says about it.
        metadata: Option<Json> = "metadata",
        /// What waits for the answer.
        source: Option<PermissionV2Source> = "source",
    }
}

object! {
    /// What waits for the answer: a tool call.
    #[derive(Default)]
    pub struct PermissionV2Source {
        /// What it is: `tool`.
        kind: String = "type",
        /// The message that contains the call.
        message_id: Option<MessageId> = "messageID",
        /// The call.
        call_id: Option<CallId> = "callID",
    }
}
