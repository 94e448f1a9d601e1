//! What can happen in a session of the V2 runtime.

use std::sync::Arc;

use super::{NextFailure, PromptInput, ToolContent, ToolProvider};
use crate::event::Location;
use crate::ids::{CallId, MessageId};
use crate::model::{Count, ErrorData, Json, ModelRef, Revert, Tokens};

/// What happened in a session of the V2 runtime.
///
/// `message_id` is the message that the event is about; in events of a step, the assistant message that the step
/// writes. Fields may be added: match them with `..`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the fields are named after what they are; those that are not are documented"
)]
pub enum NextKind {
    /// The session answers with another agent from now on.
    AgentSwitched { message_id: MessageId, agent: String },
    /// The session answers with another model from now on.
    ModelSwitched { message_id: MessageId, model: ModelRef },
    /// The session works in another directory from now on.
    Moved { location: Location, subdirectory: Option<String> },
    /// A prompt was accepted. `delivery` is `steer` if the running turn takes it up at its next step, `queue` if it
    /// waits for the turn to end.
    PromptAdmitted { message_id: MessageId, prompt: PromptInput, delivery: String },
    /// A prompt has become part of the conversation; `delivery` as when it was accepted.
    Prompted { message_id: MessageId, prompt: PromptInput, delivery: String },
    /// What the model is told about its surroundings has changed.
    ContextUpdated { message_id: MessageId, text: String },
    /// The server has added a message in a person's name.
    Synthetic { message_id: MessageId, text: String },
    /// A person's shell command runs.
    ShellStarted { message_id: MessageId, call_id: CallId, command: String },
    /// A person's shell command has ended.
    ShellEnded { call_id: CallId, output: String },
    /// The model is asked.
    StepStarted { message_id: MessageId, agent: String, model: ModelRef, snapshot: Option<String> },
    /// The model has answered. `finish` tells whether the turn is over: it is not after `tool-calls`.
    StepEnded {
        message_id: MessageId,
        finish: String,
        cost: f64,
        tokens: Box<Tokens>,
        snapshot: Option<String>,
        files: Vec<String>,
    },
    /// The model could not be asked, or was interrupted. The turn is over.
    StepFailed { message_id: MessageId, error: NextFailure },
    /// A text begins.
    TextStarted { message_id: MessageId, text_id: String },
    /// A text has grown.
    TextDelta { message_id: MessageId, text_id: String, delta: Arc<str> },
    /// A text is whole.
    TextEnded { message_id: MessageId, text_id: String, text: String },
    /// A piece of reasoning begins.
    ReasoningStarted { message_id: MessageId, reasoning_id: String, provider_metadata: Option<Json> },
    /// A piece of reasoning has grown.
    ReasoningDelta { message_id: MessageId, reasoning_id: String, delta: Arc<str> },
    /// A piece of reasoning is whole.
    ReasoningEnded {
        message_id: MessageId,
        reasoning_id: String,
        text: String,
        provider_metadata: Option<Json>,
    },
    /// The model begins to write the input of a tool.
    ToolInputStarted { message_id: MessageId, call_id: CallId, name: String },
    /// The input of a tool has grown.
    ToolInputDelta { message_id: MessageId, call_id: CallId, delta: Arc<str> },
    /// The input of a tool is whole; `text` is the JSON as the model wrote it.
    ToolInputEnded { message_id: MessageId, call_id: CallId, text: String },
    /// A tool runs.
    ToolCalled { message_id: MessageId, call_id: CallId, tool: String, input: Json, provider: ToolProvider },
    /// A tool tells how far it is.
    ToolProgress { message_id: MessageId, call_id: CallId, structured: Json, content: Vec<ToolContent> },
    /// A tool has returned.
    ToolSuccess {
        message_id: MessageId,
        call_id: CallId,
        structured: Json,
        content: Vec<ToolContent>,
        /// Files that hold what was too long to be told.
        output_paths: Vec<String>,
        result: Option<Json>,
        provider: ToolProvider,
    },
    /// A tool has failed.
    ToolFailed {
        message_id: MessageId,
        call_id: CallId,
        error: NextFailure,
        result: Option<Json>,
        provider: ToolProvider,
    },
    /// A request to the provider failed and is tried again.
    Retried { attempt: Count, error: Box<ErrorData> },
    /// The conversation is being compacted; `reason` is `auto` or `manual`.
    CompactionStarted { message_id: MessageId, reason: String },
    /// The summary of a compaction has grown.
    CompactionDelta { message_id: MessageId, text: String },
    /// The conversation is compacted: `text` is the summary, `recent` what was kept as it is.
    CompactionEnded { message_id: MessageId, reason: String, text: String, recent: String },
    /// Messages are taken back until the next prompt decides.
    RevertStaged { revert: Box<Revert> },
    /// Messages that were taken back are there again.
    RevertCleared,
    /// Messages that were taken back are gone.
    RevertCommitted { message_id: MessageId },
}

macro_rules! next_types {
    ($($variant:ident = $name:literal,)*) => {
        /// The type of an event of the V2 runtime.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::event) enum NextType { $($variant,)* }

        impl NextType {
            /// The type of that name, if it is one of the V2 runtime.
            pub(in crate::event) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            #[cfg(test)]
            pub(in crate::event) const NAMES: &[&str] = &[$($name,)*];
        }

        impl NextKind {
            /// The server's name for the type.
            #[must_use]
            pub const fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)*
                }
            }
        }
    };
}

next_types! {
    TextDelta = "session.next.text.delta",
    ReasoningDelta = "session.next.reasoning.delta",
    ToolInputDelta = "session.next.tool.input.delta",
    CompactionDelta = "session.next.compaction.delta",
    AgentSwitched = "session.next.agent.switched",
    ModelSwitched = "session.next.model.switched",
    Moved = "session.next.moved",
    PromptAdmitted = "session.next.prompt.admitted",
    Prompted = "session.next.prompted",
    ContextUpdated = "session.next.context.updated",
    Synthetic = "session.next.synthetic",
    ShellStarted = "session.next.shell.started",
    ShellEnded = "session.next.shell.ended",
    StepStarted = "session.next.step.started",
    StepEnded = "session.next.step.ended",
    StepFailed = "session.next.step.failed",
    TextStarted = "session.next.text.started",
    TextEnded = "session.next.text.ended",
    ReasoningStarted = "session.next.reasoning.started",
    ReasoningEnded = "session.next.reasoning.ended",
    ToolInputStarted = "session.next.tool.input.started",
    ToolInputEnded = "session.next.tool.input.ended",
    ToolCalled = "session.next.tool.called",
    ToolProgress = "session.next.tool.progress",
    ToolSuccess = "session.next.tool.success",
    ToolFailed = "session.next.tool.failed",
    Retried = "session.next.retried",
    CompactionStarted = "session.next.compaction.started",
    CompactionEnded = "session.next.compaction.ended",
    RevertStaged = "session.next.revert.staged",
    RevertCleared = "session.next.revert.cleared",
    RevertCommitted = "session.next.revert.committed",
}

impl NextKind {
    /// Whether the event is kept in the session's log. Growth is not: the whole text that follows it is.
    #[must_use]
    pub const fn is_durable(&self) -> bool {
        !matches!(
            self,
            Self::TextDelta { .. }
                | Self::ReasoningDelta { .. }
                | Self::ToolInputDelta { .. }
                | Self::CompactionDelta { .. }
        )
    }
}
