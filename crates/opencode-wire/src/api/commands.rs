//! Commands: prompts with a name, and the shell.

use http::Method;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::prompt::MessageModel;
use super::{PromptPart, SessionHandle};
use crate::client::Client;
use crate::error::Result;
use crate::ids::MessageId;
use crate::model::object::{object, write};
use crate::model::{ModelRef, StoredMessage};

object! {
    /// A command: a prompt with a name.
    pub struct Command {
        /// What it is called by.
        name: String = "name",
        /// What it does.
        description: Option<String> = "description",
        /// The agent that carries it out.
        agent: Option<String> = "agent",
        /// The model that it asks for, as `provider/model`.
        model: Option<String> = "model",
        /// Where it comes from: `command`, `mcp` or `skill`.
        source: Option<String> = "source",
        /// The prompt, with places for its arguments.
        template: String = "template",
        /// Whether a sub-agent carries it out.
        subtask: Option<bool> = "subtask",
        /// The names of its places.
        hints: Vec<String> = "hints",
    }
}

impl Client {
    /// Lists the commands of the client's directory.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn commands(&self) -> Result<Vec<Command>> {
        self.request(Method::GET, "/command", &[]).send_json().await
    }
}

impl SessionHandle {
    /// Runs a command and returns the last message of its turn, however long it takes.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Server`](crate::ErrorKind::Server) when there is no such command.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the turn goes on.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::RunCommand;
    ///
    /// session.run_command(&RunCommand::new("review", "the last commit")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_command(&self, command: &RunCommand) -> Result<StoredMessage> {
        self.request(Method::POST, "/session/:session_id/command", &[])
            .response_timeout(None)
            .json(command)
            .send_json()
            .await
    }

    /// Runs a shell command in the session's directory, as if a person had, and returns its message when it has ended.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Conflict`](crate::ErrorKind::Conflict) while the session is busy.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the shell goes on.
    pub async fn shell(&self, shell: &Shell) -> Result<StoredMessage> {
        self.request(Method::POST, "/session/:session_id/shell", &[])
            .response_timeout(None)
            .json(shell)
            .send_json()
            .await
    }
}

/// A command to run.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct RunCommand {
    /// What it is called by.
    pub command: String,
    /// What its places are filled with.
    pub arguments: String,
    /// The id that the message will have.
    pub message_id: Option<MessageId>,
    /// The agent that should carry it out.
    pub agent: Option<String>,
    /// The model that should answer.
    pub model: Option<ModelRef>,
    /// The variant of the model.
    pub variant: Option<String>,
    /// Files that go with it.
    pub parts: Vec<PromptPart>,
}

impl RunCommand {
    /// A command with its arguments.
    pub fn new(command: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { command: command.into(), arguments: arguments.into(), ..Self::default() }
    }

    /// Sets the id that the message will have.
    #[must_use]
    pub fn with_message_id(mut self, message_id: MessageId) -> Self {
        self.message_id = Some(message_id);
        self
    }

    /// Sets the agent that should carry it out.
    #[must_use]
    pub fn with_agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// Sets the model that should answer.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets the variant of the model.
    #[must_use]
    pub fn with_variant(mut self, variant: impl Into<String>) -> Self {
        self.variant = Some(variant.into());
        self
    }

    /// Appends a file. The server takes no other parts here.
    #[must_use]
    pub fn with_part(mut self, part: impl Into<PromptPart>) -> Self {
        self.parts.push(part.into());
        self
    }
}

impl Serialize for RunCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variant = self.variant.as_ref().or_else(|| self.model.as_ref()?.variant.as_ref());
        let mut map = serializer.serialize_map(None)?;
        write(&mut map, "messageID", &self.message_id)?;
        write(&mut map, "agent", &self.agent)?;
        // This route alone takes the model as one text.
        write(&mut map, "model", &self.model.as_ref().map(ToString::to_string))?;
        map.serialize_entry("arguments", &self.arguments)?;
        map.serialize_entry("command", &self.command)?;
        write(&mut map, "variant", &variant)?;
        if !self.parts.is_empty() {
            map.serialize_entry("parts", &self.parts)?;
        }
        map.end()
    }
}

/// A shell command to run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Shell {
    /// The command line.
    pub command: String,
    /// The agent in whose name it runs.
    pub agent: String,
    /// The id that the message will have.
    pub message_id: Option<MessageId>,
    /// The model that the message names.
    pub model: Option<ModelRef>,
}

impl Shell {
    /// A command line, in the name of an agent.
    pub fn new(command: impl Into<String>, agent: impl Into<String>) -> Self {
        Self { command: command.into(), agent: agent.into(), message_id: None, model: None }
    }

    /// Sets the id that the message will have.
    #[must_use]
    pub fn with_message_id(mut self, message_id: MessageId) -> Self {
        self.message_id = Some(message_id);
        self
    }

    /// Sets the model that the message names.
    #[must_use]
    pub fn with_model(mut self, model: ModelRef) -> Self {
        self.model = Some(model);
        self
    }
}

impl Serialize for Shell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write(&mut map, "messageID", &self.message_id)?;
        map.serialize_entry("agent", &self.agent)?;
        write(&mut map, "model", &self.model.as_ref().map(MessageModel))?;
        map.serialize_entry("command", &self.command)?;
        map.end()
    }
}
