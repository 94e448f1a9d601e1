//! A call as the model understands it.

use serde_json::Value;

/// The parts of a chat completion request that an answer depends on.
#[derive(Clone, Debug)]
pub(super) struct ChatRequest {
    pub(super) session_id: Option<String>,
    pub(super) parent_session_id: Option<String>,
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) messages: Vec<Value>,
    pub(super) tools: Vec<String>,
}

impl ChatRequest {
    pub(super) fn parse(headers: &http::HeaderMap, body: &[u8]) -> serde_json::Result<Self> {
        let mut body: Value = serde_json::from_slice(body)?;
        let header = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let tools = body["tools"].as_array().map_or_else(Vec::new, |tools| {
            tools.iter().filter_map(|tool| tool["function"]["name"].as_str()).map(str::to_owned).collect()
        });
        Ok(Self {
            session_id: header("x-session-id").or_else(|| header("x-session-affinity")),
            parent_session_id: header("x-parent-session-id"),
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            stream: body["stream"].as_bool().unwrap_or(false),
            messages: match body["messages"].take() {
                Value::Array(messages) => messages,
                _ => Vec::new(),
            },
            tools,
        })
    }

    pub(super) fn offers(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered == tool)
    }

    /// All system texts together.
    pub(super) fn system_text(&self) -> String {
        self.messages
            .iter()
            .filter(|message| matches!(role(message), "system" | "developer"))
            .map(text)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The position of the newest user message.
    pub(super) fn last_user(&self) -> Option<usize> {
        self.messages.iter().rposition(|message| role(message) == "user")
    }

    /// The text of one message, its parts joined by line ends.
    pub(super) fn text_at(&self, index: usize) -> String {
        self.messages.get(index).map(text).unwrap_or_default()
    }

    pub(super) fn role_at(&self, index: usize) -> &str {
        self.messages.get(index).map_or("", role)
    }

    /// How many answers of the model stand behind a message.
    pub(super) fn assistants_after(&self, index: usize) -> usize {
        self.messages.iter().skip(index + 1).filter(|message| role(message) == "assistant").count()
    }
}

fn role(message: &Value) -> &str {
    message["role"].as_str().unwrap_or_default()
}

fn text(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
