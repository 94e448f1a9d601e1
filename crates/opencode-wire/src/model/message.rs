//! Messages: what was asked, and each step of the answer.

use super::object::object;
use super::open_enum::open_enum;
use super::{Count, Json, Timestamp};
use crate::ids::{MessageId, SessionId};

open_enum! {
    /// Whose message it is.
    pub enum Role {
        /// A person's, or one that the server made in a person's name.
        User = "user",
        /// The model's: one message for each step of an answer.
        Assistant = "assistant",
    }
}

object! {
    /// A message without its parts.
    pub struct Message {
        /// The message.
        id: MessageId = "id",
        /// The session it belongs to.
        session_id: SessionId = "sessionID",
        /// Whose message it is.
        role: Role = "role",
        /// When it was made and finished.
        time: MessageTime = "time",
        /// The user message that an assistant message answers.
        parent_id: Option<MessageId> = "parentID",
        /// The agent that answers, or was asked to.
        agent: Option<String> = "agent",
        /// The model that a user message asks for.
        model: Option<ModelRef> = "model",
        /// The model of an assistant message.
        model_id: Option<String> = "modelID",
        /// The provider of an assistant message.
        provider_id: Option<String> = "providerID",
        /// The variant of the model.
        variant: Option<String> = "variant",
        /// Why the step ended: `stop`, `tool-calls`, `length`, `content-filter`, `unknown` and others.
        finish: Option<String> = "finish",
        /// How the step failed.
        error: Option<MessageError> = "error",
        /// What the step cost, in the provider's currency (US dollars in the model catalogue).
        cost: Option<f64> = "cost",
        /// The tokens of the step.
        tokens: Option<Tokens> = "tokens",
        /// `true` on an assistant message that a compaction made; an object with the changed files on a user message.
        summary: Option<Json> = "summary",
        /// The answer to a prompt that asked for structured output.
        structured: Option<Json> = "structured",
    }
}

impl Message {
    /// Whether the server has finished with the message: it will not change any more, save for its summary.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.time.completed.is_some()
    }

    /// Whether a turn ends with this step, as far as the step itself tells: after tool calls, after a step that did
    /// not say why it stopped, and after one that outgrew the model's context the server goes on.
    pub(crate) fn is_last_word(&self) -> bool {
        let said_all = !matches!(self.finish.as_deref(), None | Some("tool-calls" | "unknown"));
        let failed = self.error.as_ref().is_some_and(|error| error.name != ErrorName::ContextOverflow);
        self.is_completed() && (said_all || failed)
    }

    /// Whether a compaction made this assistant message.
    #[must_use]
    pub fn is_compaction_summary(&self) -> bool {
        self.role == Role::Assistant
            && self.summary.as_ref().is_some_and(|summary| summary.as_str() == "true")
    }
}

object! {
    /// When a message was made and finished.
    #[derive(Default)]
    pub struct MessageTime {
        /// When it was made.
        created: Timestamp = "created",
        /// When the server finished it; absent while it grows, and for ever if the server was killed meanwhile.
        completed: Option<Timestamp> = "completed",
    }
}

object! {
    /// Tokens of one step.
    #[derive(Default)]
    pub struct Tokens {
        /// All of them, where the provider says.
        total: Option<Count> = "total",
        /// Read, without those that came from a cache.
        input: Count = "input",
        /// Written.
        output: Count = "output",
        /// Spent on reasoning.
        reasoning: Count = "reasoning",
        /// Read from and written to the provider's cache.
        cache: CacheTokens = "cache",
    }
}

object! {
    /// Tokens that a provider's cache saved or cost.
    #[derive(Default)]
    pub struct CacheTokens {
        /// Read from the cache.
        read: Count = "read",
        /// Written to the cache.
        write: Count = "write",
    }
}

object! {
    /// A model of a provider.
    #[derive(Default)]
    pub struct ModelRef {
        /// The provider, such as `anthropic`.
        provider_id: String = "providerID",
        /// The model, as the message routes name it.
        model_id: Option<String> = "modelID",
        /// The model, as the session routes name it.
        id: Option<String> = "id",
        /// A variant of it, such as a reasoning effort.
        variant: Option<String> = "variant",
    }
}

object! {
    /// How a step failed.
    pub struct MessageError {
        /// The server's name for it.
        name: ErrorName = "name",
        /// What is known about it.
        data: ErrorData = "data",
    }
}

impl super::object::Field for ErrorName {
    fn absent() -> Option<Self> {
        Some(Self::Unknown("".into()))
    }
}

open_enum! {
    /// The server's names for the ways in which a step fails.
    pub enum ErrorName {
        /// The provider answered with an error.
        Api = "APIError",
        /// The provider refused the credentials.
        ProviderAuth = "ProviderAuthError",
        /// Somebody aborted the turn.
        Aborted = "MessageAbortedError",
        /// The answer reached the model's output limit.
        OutputLength = "MessageOutputLengthError",
        /// The conversation is larger than the model's context.
        ContextOverflow = "ContextOverflowError",
        /// The provider's filter stopped the answer.
        ContentFilter = "ContentFilterError",
        /// The model did not give the structure it was asked for.
        StructuredOutput = "StructuredOutputError",
        /// Anything else.
        Other = "UnknownError",
    }
}

object! {
    /// What is known about a failure.
    #[derive(Default)]
    pub struct ErrorData {
        /// The explanation, for people.
        message: String = "message",
        /// The provider's HTTP status.
        status_code: Option<Count> = "statusCode",
        /// Whether the server considers another try useful.
        is_retryable: Option<bool> = "isRetryable",
        /// The provider that refused.
        provider_id: Option<String> = "providerID",
        /// How often structured output was tried.
        retries: Option<Count> = "retries",
    }
}

impl ModelRef {
    /// A model of a provider.
    #[must_use]
    pub fn new(provider_id: impl Into<String>, model_id: impl Into<String>) -> Self {
        Self { provider_id: provider_id.into(), model_id: Some(model_id.into()), ..Self::default() }
    }

    /// The model's name, whichever route it came from.
    #[must_use]
    pub fn model(&self) -> &str {
        self.model_id.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

impl ModelRef {
    /// Reads `provider/model`, or the name of a model alone, which is taken for one of that provider.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](crate::ErrorKind::InvalidConfig) when it is empty, or begins or ends with its only slash: then
    /// something is missing, and a default would hide it.
    ///
    /// # Examples
    ///
    /// ```
    /// use opencode_wire::model::ModelRef;
    ///
    /// assert_eq!(ModelRef::parse_or("qwen3", "llama-swap")?.to_string(), "llama-swap/qwen3");
    /// assert_eq!(ModelRef::parse_or("openrouter/qwen/qwen3", "llama-swap")?.model(), "qwen/qwen3");
    /// assert!(ModelRef::parse_or("openrouter/", "llama-swap").is_err());
    /// # Ok::<(), opencode_wire::Error>(())
    /// ```
    pub fn parse_or(text: &str, default_provider: &str) -> Result<Self, crate::Error> {
        let name = text.trim();
        if name.is_empty() || name.contains('/') {
            text.parse()
        } else {
            Ok(Self::new(default_provider, name))
        }
    }
}

impl std::str::FromStr for ModelRef {
    type Err = crate::Error;

    /// Splits `provider/model` at the first slash: model names contain slashes, provider names do not. White space
    /// around either is not part of it.
    fn from_str(text: &str) -> Result<Self, crate::Error> {
        match text.split_once('/').map(|(provider, model)| (provider.trim(), model.trim())) {
            Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
                Ok(Self::new(provider, model))
            }
            _ => Err(crate::Error::new(
                crate::ErrorKind::InvalidConfig,
                format!("not a model: {text:?} is not of the form `provider/model`"),
            )),
        }
    }
}

impl std::fmt::Display for ModelRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.provider_id, self.model())
    }
}

object! {
    /// A message with its parts, as the server stores it.
    pub struct StoredMessage {
        /// The message.
        info: Message = "info",
        /// Its parts, in reading order.
        parts: Vec<super::Part> = "parts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_model_is_split_at_the_first_slash() {
        for (text, provider, model) in
            [("a/b", "a", "b"), ("a/b/c", "a", "b/c"), (" a / b/c \n", "a", "b/c"), ("a//b", "a", "/b")]
        {
            for read in [text.parse::<ModelRef>(), ModelRef::parse_or(text, "other")] {
                assert_eq!(read.unwrap(), ModelRef::new(provider, model), "{text:?}");
            }
        }
    }

    #[test]
    fn a_model_alone_needs_a_default_provider() {
        assert_eq!(ModelRef::parse_or(" qwen ", "llama-swap").unwrap(), ModelRef::new("llama-swap", "qwen"));
        let error = "qwen".parse::<ModelRef>().unwrap_err();
        assert_eq!(error.to_string(), r#"not a model: "qwen" is not of the form `provider/model`"#);
    }

    #[test]
    fn half_a_model_is_refused_and_named() {
        for text in ["", "  ", "/", "a/", "/b", " / b", "a/ "] {
            for read in [text.parse::<ModelRef>(), ModelRef::parse_or(text, "other")] {
                let error = read.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::InvalidConfig);
                assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
            }
        }
    }
}
