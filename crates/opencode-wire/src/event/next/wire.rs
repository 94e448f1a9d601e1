//! Events of the V2 runtime as they lie on the wire: the fields of all types side by side.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::{NextEvent, NextKind, NextType, PromptInput, ToolContent, ToolProvider};
use crate::event::Location;
use crate::event::wire_session::shared_text;
use crate::ids::{CallId, MessageId, SessionId};
use crate::model::{Count, ErrorData, Json, ModelRef, Revert, Timestamp, Tokens};

/// The fields of all types. Which of them are needed depends on the type.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "sessionID")]
    session_id: Option<SessionId>,
    timestamp: Option<Timestamp>,
    #[serde(rename = "messageID", alias = "assistantMessageID")]
    message_id: Option<MessageId>,
    #[serde(rename = "callID")]
    call_id: Option<CallId>,
    #[serde(rename = "textID")]
    text_id: Option<String>,
    #[serde(rename = "reasoningID")]
    reasoning_id: Option<String>,
    #[serde(deserialize_with = "optional_shared_text")]
    delta: Option<Arc<str>>,
    text: Option<String>,
    recent: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
    location: Option<Location>,
    subdirectory: Option<String>,
    prompt: Option<PromptInput>,
    delivery: Option<String>,
    command: Option<String>,
    output: Option<String>,
    snapshot: Option<String>,
    finish: Option<String>,
    cost: Option<f64>,
    tokens: Option<Box<Tokens>>,
    files: Option<Vec<String>>,
    error: Option<Json>,
    provider_metadata: Option<Json>,
    name: Option<String>,
    tool: Option<String>,
    input: Option<Json>,
    provider: Option<ToolProvider>,
    structured: Option<Json>,
    content: Option<Vec<ToolContent>>,
    output_paths: Option<Vec<String>>,
    result: Option<Json>,
    attempt: Option<Count>,
    reason: Option<String>,
    revert: Option<Box<Revert>>,
}

impl NextEvent {
    /// Reads the content of an event of that type.
    pub(in crate::event) fn deserialize_as<'de, D: Deserializer<'de>>(
        next_type: NextType,
        deserializer: D,
    ) -> Result<Self, D::Error> {
        let mut wire = Wire::deserialize(deserializer)?;
        let session_id = need("sessionID", wire.session_id.take())?;
        let timestamp = wire.timestamp.unwrap_or_default();
        Ok(Self { session_id, timestamp, kind: wire.into_kind(next_type)? })
    }
}

impl Wire {
    fn into_kind<E: serde::de::Error>(self, next_type: NextType) -> Result<NextKind, E> {
        let message_id = need("messageID", self.message_id);
        let call_id = need("callID", self.call_id);
        let text_id = need("textID", self.text_id);
        let reasoning_id = need("reasoningID", self.reasoning_id);
        let text = need("text", self.text);
        let delta = need("delta", self.delta);
        let provider = self.provider.unwrap_or_default();
        let structured = self.structured.unwrap_or_default();
        let content = self.content.unwrap_or_default();
        Ok(match next_type {
            NextType::AgentSwitched => {
                NextKind::AgentSwitched { message_id: message_id?, agent: need("agent", self.agent)? }
            }
            NextType::ModelSwitched => {
                NextKind::ModelSwitched { message_id: message_id?, model: need("model", self.model)? }
            }
            NextType::Moved => NextKind::Moved {
                location: need("location", self.location)?,
                subdirectory: self.subdirectory,
            },
            NextType::PromptAdmitted => NextKind::PromptAdmitted {
                message_id: message_id?,
                prompt: need("prompt", self.prompt)?,
                delivery: need("delivery", self.delivery)?,
            },
            NextType::Prompted => NextKind::Prompted {
                message_id: message_id?,
                prompt: need("prompt", self.prompt)?,
                delivery: need("delivery", self.delivery)?,
            },
            NextType::ContextUpdated => NextKind::ContextUpdated { message_id: message_id?, text: text? },
            NextType::Synthetic => NextKind::Synthetic { message_id: message_id?, text: text? },
            NextType::ShellStarted => NextKind::ShellStarted {
                message_id: message_id?,
                call_id: call_id?,
                command: need("command", self.command)?,
            },
            NextType::ShellEnded => {
                NextKind::ShellEnded { call_id: call_id?, output: need("output", self.output)? }
            }
            NextType::StepStarted => NextKind::StepStarted {
                message_id: message_id?,
                agent: need("agent", self.agent)?,
                model: need("model", self.model)?,
                snapshot: self.snapshot,
            },
            NextType::StepEnded => NextKind::StepEnded {
                message_id: message_id?,
                finish: need("finish", self.finish)?,
                cost: self.cost.unwrap_or_default(),
                tokens: self.tokens.unwrap_or_default(),
                snapshot: self.snapshot,
                files: self.files.unwrap_or_default(),
            },
            NextType::StepFailed => {
                NextKind::StepFailed { message_id: message_id?, error: parse("error", self.error)? }
            }
            NextType::TextStarted => NextKind::TextStarted { message_id: message_id?, text_id: text_id? },
            NextType::TextDelta => {
                NextKind::TextDelta { message_id: message_id?, text_id: text_id?, delta: delta? }
            }
            NextType::TextEnded => {
                NextKind::TextEnded { message_id: message_id?, text_id: text_id?, text: text? }
            }
            NextType::ReasoningStarted => NextKind::ReasoningStarted {
                message_id: message_id?,
                reasoning_id: reasoning_id?,
                provider_metadata: self.provider_metadata,
            },
            NextType::ReasoningDelta => NextKind::ReasoningDelta {
                message_id: message_id?,
                reasoning_id: reasoning_id?,
                delta: delta?,
            },
            NextType::ReasoningEnded => NextKind::ReasoningEnded {
                message_id: message_id?,
                reasoning_id: reasoning_id?,
                text: text?,
                provider_metadata: self.provider_metadata,
            },
            NextType::ToolInputStarted => NextKind::ToolInputStarted {
                message_id: message_id?,
                call_id: call_id?,
                name: need("name", self.name)?,
            },
            NextType::ToolInputDelta => {
                NextKind::ToolInputDelta { message_id: message_id?, call_id: call_id?, delta: delta? }
            }
            NextType::ToolInputEnded => {
                NextKind::ToolInputEnded { message_id: message_id?, call_id: call_id?, text: text? }
            }
            NextType::ToolCalled => NextKind::ToolCalled {
                message_id: message_id?,
                call_id: call_id?,
                tool: need("tool", self.tool)?,
                input: self.input.unwrap_or_default(),
                provider,
            },
            NextType::ToolProgress => {
                NextKind::ToolProgress { message_id: message_id?, call_id: call_id?, structured, content }
            }
            NextType::ToolSuccess => NextKind::ToolSuccess {
                message_id: message_id?,
                call_id: call_id?,
                structured,
                content,
                output_paths: self.output_paths.unwrap_or_default(),
                result: self.result,
                provider,
            },
            NextType::ToolFailed => NextKind::ToolFailed {
                message_id: message_id?,
                call_id: call_id?,
                error: parse("error", self.error)?,
                result: self.result,
                provider,
            },
            NextType::Retried => NextKind::Retried {
                attempt: self.attempt.unwrap_or_default(),
                error: Box::new(parse::<ErrorData, E>("error", self.error)?),
            },
            NextType::CompactionStarted => {
                NextKind::CompactionStarted { message_id: message_id?, reason: need("reason", self.reason)? }
            }
            NextType::CompactionDelta => NextKind::CompactionDelta { message_id: message_id?, text: text? },
            NextType::CompactionEnded => NextKind::CompactionEnded {
                message_id: message_id?,
                reason: need("reason", self.reason)?,
                text: text?,
                recent: self.recent.unwrap_or_default(),
            },
            NextType::RevertStaged => NextKind::RevertStaged { revert: need("revert", self.revert)? },
            NextType::RevertCleared => NextKind::RevertCleared,
            NextType::RevertCommitted => NextKind::RevertCommitted { message_id: message_id? },
        })
    }
}

fn need<T, E: serde::de::Error>(name: &'static str, value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(name))
}

/// Reads a field whose shape depends on the type of the event.
fn parse<T: DeserializeOwned, E: serde::de::Error>(name: &'static str, value: Option<Json>) -> Result<T, E> {
    serde_json::from_str(need::<_, E>(name, value)?.as_str())
        .map_err(|error| E::custom(format!("{name}: {error}")))
}

fn optional_shared_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Arc<str>>, D::Error> {
    shared_text(deserializer).map(Some)
}
