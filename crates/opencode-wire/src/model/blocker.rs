//! What an agent asks of people: permissions and questions.

use super::Json;
use super::object::object;
use super::open_enum::open_enum;
use crate::ids::{CallId, MessageId, PermissionId, QuestionId, SessionId};

object! {
    /// A tool call that a request belongs to.
    pub struct ToolRef {
        /// The message that contains the call.
        message_id: MessageId = "messageID",
        /// The call.
        call_id: CallId = "callID",
    }
}

object! {
    /// An agent asks whether it may do something.
    pub struct PermissionRequest {
        /// The request.
        id: PermissionId = "id",
        /// The session whose agent asks; a sub-agent's own.
        session_id: SessionId = "sessionID",
        /// The kind of action, such as `bash` or `edit`.
        permission: String = "permission",
        /// What it acts on.
        patterns: Vec<String> = "patterns",
        /// The patterns that an answer of `always` will allow.
        always: Vec<String> = "always",
        /// What the tool says about it, such as the command.
        metadata: Option<Json> = "metadata",
        /// The tool call that waits.
        tool: Option<ToolRef> = "tool",
    }
}

open_enum! {
    /// The answer to a permission request.
    pub enum PermissionReply {
        /// Allow this one.
        Once = "once",
        /// Allow this one and all that match its `always` patterns, in every session of the directory, until the
        /// server restarts.
        Always = "always",
        /// Refuse. Without a message the turn ends here; with one the model goes on.
        Reject = "reject",
    }
}

object! {
    /// An agent asks a person one or more questions.
    pub struct QuestionRequest {
        /// The request.
        id: QuestionId = "id",
        /// The session whose agent asks; a sub-agent's own.
        session_id: SessionId = "sessionID",
        /// The questions.
        questions: Vec<Question> = "questions",
        /// The tool call that waits.
        tool: Option<ToolRef> = "tool",
    }
}

object! {
    /// One question.
    pub struct Question {
        /// The question.
        question: String = "question",
        /// A short title.
        header: String = "header",
        /// What can be chosen.
        options: Vec<QuestionOption> = "options",
        /// Whether more than one option can be chosen.
        multiple: Option<bool> = "multiple",
        /// Whether an answer of one's own is allowed.
        custom: Option<bool> = "custom",
    }
}

object! {
    /// What can be chosen.
    pub struct QuestionOption {
        /// The choice: this text is the answer.
        label: String = "label",
        /// What it means.
        description: String = "description",
    }
}
