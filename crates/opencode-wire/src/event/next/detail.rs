//! The objects that events of the V2 runtime carry.

use crate::model::Json;
use crate::model::object::{Field, object};

object! {
    /// A prompt.
    #[derive(Default)]
    pub struct PromptInput {
        /// Its text.
        text: String = "text",
        /// The files that belong to it.
        files: Vec<PromptFile> = "files",
        /// The agents that it mentions.
        agents: Vec<PromptAgent> = "agents",
    }
}

object! {
    /// A file that belongs to a prompt.
    #[derive(Default)]
    pub struct PromptFile {
        /// Where it is.
        uri: String = "uri",
        /// Its content type.
        mime: String = "mime",
        /// Its name.
        name: Option<String> = "name",
        /// What it is.
        description: Option<String> = "description",
        /// Where in the text it is mentioned.
        source: Option<Json> = "source",
    }
}

object! {
    /// An agent that a prompt mentions.
    #[derive(Default)]
    pub struct PromptAgent {
        /// The agent.
        name: String = "name",
        /// Where in the text it is mentioned.
        source: Option<Json> = "source",
    }
}

object! {
    /// How a step or a tool failed.
    #[derive(Default)]
    pub struct NextFailure {
        /// The server's name for it; `unknown` so far.
        kind: String = "type",
        /// The explanation, for people.
        message: String = "message",
    }
}

object! {
    /// Who runs a tool.
    #[derive(Default)]
    pub struct ToolProvider {
        /// Whether the model provider ran it, not the server.
        executed: bool = "executed",
        /// What the provider attached.
        metadata: Option<Json> = "metadata",
    }
}

object! {
    /// A piece of what a tool returned: a text or a file.
    #[derive(Default)]
    pub struct ToolContent {
        /// What it is: `text` or `file`.
        kind: String = "type",
        /// The text.
        text: Option<String> = "text",
        /// Where the file is.
        uri: Option<String> = "uri",
        /// The file's content type.
        mime: Option<String> = "mime",
        /// The file's name.
        name: Option<String> = "name",
    }
}

macro_rules! absent_is_default {
    ($($type:ty),* $(,)?) => {
        $(impl Field for $type { fn absent() -> Option<Self> { Some(Self::default()) } })*
    };
}
absent_is_default!(PromptInput, NextFailure, ToolProvider);
