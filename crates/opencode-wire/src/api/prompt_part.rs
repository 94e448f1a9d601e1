//! What prompts are made of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::model::object::write;
use crate::model::{AgentPart, FilePart, Json, SubtaskPart, TextPart};

/// A part of a prompt. Text converts into one.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PromptPart {
    /// Text.
    Text(TextPart),
    /// A file, by address or as a data URL.
    File(FilePart),
    /// A mention of an agent, which suggests to the model to use it.
    Agent(AgentPart),
    /// A task for a sub-agent.
    Subtask(SubtaskPart),
    /// A part that this version of the crate does not know: an object with a `type`.
    Other(Json),
}

impl PromptPart {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextPart { text: text.into(), ..TextPart::default() })
    }

    /// A file by its address: `file:` for one that the server can read, `data:` for its content, or `http:`.
    pub fn file(url: impl Into<String>, mime: impl Into<String>) -> Self {
        Self::File(FilePart { mime: mime.into(), filename: None, url: url.into(), source: None })
    }

    /// A file by its content, which travels with the prompt as a data URL.
    pub fn file_bytes(name: impl Into<String>, mime: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        let mime = mime.into();
        let mut url = format!("data:{mime};base64,");
        STANDARD.encode_string(bytes, &mut url);
        Self::File(FilePart { mime, filename: Some(name.into()), url, source: None })
    }

    /// A mention of an agent.
    pub fn agent(name: impl Into<String>) -> Self {
        Self::Agent(AgentPart { name: name.into(), source: None })
    }

    /// A task for a sub-agent: what people are told of it, and what the sub-agent is told.
    pub fn subtask(
        agent: impl Into<String>,
        description: impl Into<String>,
        prompt: impl Into<String>,
    ) -> Self {
        Self::Subtask(SubtaskPart {
            prompt: prompt.into(),
            description: description.into(),
            agent: agent.into(),
            model: None,
            command: None,
        })
    }
}

impl From<&str> for PromptPart {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for PromptPart {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl Serialize for PromptPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Other(raw) = self {
            return raw.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Text(part) => {
                map.serialize_entry("type", "text")?;
                map.serialize_entry("text", &part.text)?;
                write(&mut map, "synthetic", &part.synthetic)?;
                write(&mut map, "ignored", &part.ignored)?;
                write(&mut map, "time", &part.time)?;
                write(&mut map, "metadata", &part.metadata)?;
            }
            Self::File(part) => {
                map.serialize_entry("type", "file")?;
                map.serialize_entry("mime", &part.mime)?;
                write(&mut map, "filename", &part.filename)?;
                map.serialize_entry("url", &part.url)?;
                write(&mut map, "source", &part.source)?;
            }
            Self::Agent(part) => {
                map.serialize_entry("type", "agent")?;
                map.serialize_entry("name", &part.name)?;
                write(&mut map, "source", &part.source)?;
            }
            Self::Subtask(part) => {
                map.serialize_entry("type", "subtask")?;
                map.serialize_entry("prompt", &part.prompt)?;
                map.serialize_entry("description", &part.description)?;
                map.serialize_entry("agent", &part.agent)?;
                write(&mut map, "model", &part.model)?;
                write(&mut map, "command", &part.command)?;
            }
            Self::Other(_) => {}
        }
        map.end()
    }
}
