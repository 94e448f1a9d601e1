//! What is sent to an agent.

use std::collections::BTreeMap;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::PromptPart;
use crate::ids::MessageId;
use crate::model::object::write;
use crate::model::{Extra, Json, ModelRef};

/// A message for an agent. Plain text converts into one.
///
/// # Examples
///
/// ```
/// use opencode_wire::api::{Prompt, PromptPart};
///
/// let prompt = Prompt::from("What does this picture show?")
///     .with_part(PromptPart::file_bytes("chart.png", "image/png", b"..."))
///     .with_agent("build")
///     .with_tool("bash", false);
/// # assert_eq!(prompt.parts.len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Prompt {
    /// The id that the message will have. Whoever sets one can look the message up when the answer to the request
    /// was lost. Sending the same id twice adds to the message and runs again.
    pub message_id: Option<MessageId>,
    /// What it says, in order.
    pub parts: Vec<PromptPart>,
    /// The model that should answer. A variant in it counts unless [`variant`](Self::variant) is set.
    pub model: Option<ModelRef>,
    /// The agent that should answer. The asynchronous route accepts an agent that does not exist and then fails
    /// without a turn.
    pub agent: Option<String>,
    /// Stores the message without answering it.
    pub no_reply: Option<bool>,
    /// Tools to turn on or off for this turn, by name.
    pub tools: BTreeMap<String, bool>,
    /// The form of the answer. Some servers (1.18) cannot list the messages of a session any more once one of its
    /// prompts had a form, even [`OutputFormat::Text`]: they answer 400.
    pub format: Option<OutputFormat>,
    /// Instructions in addition to the agent's own.
    pub system: Option<String>,
    /// The variant of the model, such as a reasoning effort.
    pub variant: Option<String>,
    /// Fields that this version of the crate does not know.
    pub extra: Extra,
}

impl Prompt {
    /// An empty prompt, to be filled by [`with_part`](Self::with_part).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the id that the message will have.
    #[must_use]
    pub fn with_message_id(mut self, message_id: MessageId) -> Self {
        self.message_id = Some(message_id);
        self
    }

    /// Appends a part.
    #[must_use]
    pub fn with_part(mut self, part: impl Into<PromptPart>) -> Self {
        self.parts.push(part.into());
        self
    }

    /// Sets the model that should answer.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets the agent that should answer.
    #[must_use]
    pub fn with_agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// Sets whether the message is stored without an answer.
    #[must_use]
    pub fn with_no_reply(mut self, no_reply: bool) -> Self {
        self.no_reply = Some(no_reply);
        self
    }

    /// Turns a tool on or off for this turn.
    #[must_use]
    pub fn with_tool(mut self, name: impl Into<String>, enabled: bool) -> Self {
        self.tools.insert(name.into(), enabled);
        self
    }

    /// Sets the form of the answer; see [`format`](Self::format) for its price.
    #[must_use]
    pub fn with_format(mut self, format: OutputFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Sets instructions in addition to the agent's own.
    #[must_use]
    pub fn with_system(mut self, system: impl Into<String>) -> Self {
        self.system = Some(system.into());
        self
    }

    /// Sets the variant of the model.
    #[must_use]
    pub fn with_variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// Sets a field that this version of the crate does not know.
    #[must_use]
    pub fn with_extra(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.extra.push(name, value.into());
        self
    }
}

impl Prompt {
    /// Reads a prompt back that was written as JSON, by this version of the crate or by another.
    ///
    /// Everything but the message id and `noReply` is kept as it is written: parts are
    /// [`PromptPart::Other`], and the remaining fields are in [`extra`](Self::extra). It is sent as it was.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) when it is no object with a list of `parts`.
    ///
    /// # Examples
    ///
    /// ```
    /// use opencode_wire::api::Prompt;
    /// use opencode_wire::model::Json;
    ///
    /// let written = Json::from_value(&Prompt::from("Explain monads.").with_agent("plan"))?;
    /// let read = Prompt::from_json(&written)?;
    /// assert_eq!(Json::from_value(&read)?.to_value(), written.to_value());
    /// # Ok::<(), opencode_wire::Error>(())
    /// ```
    pub fn from_json(json: &Json) -> crate::Result<Self> {
        let mut fields: BTreeMap<String, Json> = json.parse()?;
        let mut prompt = Self::new();
        let parts = fields.remove("parts").unwrap_or_default();
        prompt.parts = parts.parse::<Vec<Json>>()?.into_iter().map(PromptPart::Other).collect();
        prompt.message_id = fields.remove("messageID").map(|id| id.parse()).transpose()?;
        prompt.no_reply = fields.remove("noReply").map(|no_reply| no_reply.parse()).transpose()?;
        for (name, value) in fields {
            prompt.extra.push(&name, value);
        }
        Ok(prompt)
    }
}

impl From<&str> for Prompt {
    fn from(text: &str) -> Self {
        Self::new().with_part(text)
    }
}

impl From<String> for Prompt {
    fn from(text: String) -> Self {
        Self::new().with_part(text)
    }
}

impl From<PromptPart> for Prompt {
    fn from(part: PromptPart) -> Self {
        Self::new().with_part(part)
    }
}

impl Serialize for Prompt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variant = self.variant.as_ref().or_else(|| self.model.as_ref()?.variant.as_ref());
        let mut map = serializer.serialize_map(None)?;
        write(&mut map, "messageID", &self.message_id)?;
        map.serialize_entry("parts", &self.parts)?;
        write(&mut map, "model", &self.model.as_ref().map(MessageModel))?;
        write(&mut map, "agent", &self.agent)?;
        write(&mut map, "noReply", &self.no_reply)?;
        if !self.tools.is_empty() {
            map.serialize_entry("tools", &self.tools)?;
        }
        write(&mut map, "format", &self.format)?;
        write(&mut map, "system", &self.system)?;
        write(&mut map, "variant", &variant)?;
        self.extra.serialize_into(&mut map)?;
        map.end()
    }
}

/// A model as the message routes want it: provider and name, nothing else.
pub(super) struct MessageModel<'a>(pub(super) &'a ModelRef);

impl Serialize for MessageModel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("providerID", &self.0.provider_id)?;
        map.serialize_entry("modelID", self.0.model())?;
        map.end()
    }
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Text, as ever.
    Text,
    /// A value that fits a JSON schema; it arrives as [`Message::structured`](crate::model::Message::structured).
    JsonSchema {
        /// The schema.
        schema: Json,
        /// How often the model may try; the server's choice unless set.
        retry_count: Option<u32>,
    },
}

impl OutputFormat {
    /// A value that fits a JSON schema.
    pub fn json_schema(schema: impl Into<Json>) -> Self {
        Self::JsonSchema { schema: schema.into(), retry_count: None }
    }
}

impl Serialize for OutputFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Text => map.serialize_entry("type", "text")?,
            Self::JsonSchema { schema, retry_count } => {
                map.serialize_entry("type", "json_schema")?;
                map.serialize_entry("schema", schema)?;
                write(&mut map, "retryCount", retry_count)?;
            }
        }
        map.end()
    }
}
