//! A call as the model understands it.

use serde_json::Value;

/// The parts of a chat completion request that an answer depends on.
#[derive(Clone, Debug)]
pub(super) struct ChatRequest {
    pub(super) session_id: Option<String>,
    /// The session is known because a text of the conversation mentions it.
    pub(super) is_mentioned: bool,
    pub(super) parent_session_id: Option<String>,
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) messages: Vec<Value>,
    pub(super) tools: Vec<String>,
    /// The sub-agents that may be given tasks.
    pub(super) agents: Vec<String>,
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
        let agents = body["tools"].as_array().map_or_else(Vec::new, |tools| agents_of(tools));
        let messages = match body["messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        };
        let session_id = header("x-session-id").or_else(|| header("x-session-affinity"));
        Ok(Self {
            is_mentioned: session_id.is_none(),
            session_id: session_id.or_else(|| mentioned_session(&messages)),
            parent_session_id: header("x-parent-session-id"),
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            stream: body["stream"].as_bool().unwrap_or(false),
            messages,
            tools,
            agents,
        })
    }

    pub(super) fn offers(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered == tool)
    }

    pub(super) fn offers_agent(&self, agent: &str) -> bool {
        self.offers("task") && self.agents.iter().any(|offered| offered == agent)
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

/// The session that the newest prompt which mentions one mentions, else the newest answer, which may be a summary of
/// the prompts: older servers send no header that says whose call it is.
fn mentioned_session(messages: &[Value]) -> Option<String> {
    let newest = |wanted: &str| {
        let texts = messages.iter().rev().filter(|message| role(message) == wanted).map(text);
        texts.into_iter().find_map(|text| {
            let id = &text[text.find("ses_")?..];
            let end = id.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            Some(id[..end.unwrap_or(id.len())].to_owned())
        })
    };
    newest("user").or_else(|| newest("assistant"))
}

/// The server lists them where it describes its tool `task`, as `- general: What it is good for`.
fn agents_of(tools: &[Value]) -> Vec<String> {
    let task = tools.iter().map(|tool| &tool["function"]).find(|function| function["name"] == "task");
    let description = task.and_then(|task| task["description"].as_str()).unwrap_or_default();
    let names = description.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
    names.map(|(name, _)| name).filter(|name| !name.contains(' ')).map(str::to_owned).collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_is_known_by_its_header_and_else_by_the_newest_prompt_that_mentions_one() {
        let body = json!({ "model": "m", "messages": [
            { "role": "user", "content": "Go. (ses_1a)" },
            { "role": "user", "content": [{ "type": "text", "text": "And (ses_2b)." }] },
            { "role": "assistant", "content": "ses_3c" },
            { "role": "user", "content": "On." },
        ] })
        .to_string();
        let mut headers = http::HeaderMap::new();
        let parse = |headers: &_| ChatRequest::parse(headers, body.as_bytes()).unwrap().session_id;
        assert_eq!(parse(&headers).as_deref(), Some("ses_2b"));
        headers.insert("x-session-affinity", "ses_4d".parse().unwrap());
        assert_eq!(parse(&headers).as_deref(), Some("ses_4d"));
    }

    #[test]
    fn sub_agents_are_known_by_what_the_tool_for_tasks_says() {
        let description = "Give a task away.\n- If you want to read: do so\n\nAvailable:\n- general: For all\n- patcher: By a: b";
        let tools = json!([
            { "function": { "name": "bash", "description": "- other: no" } },
            { "function": { "name": "task", "description": description } },
        ]);
        let body = json!({ "model": "m", "messages": [], "tools": tools }).to_string();
        let request = ChatRequest::parse(&http::HeaderMap::new(), body.as_bytes()).unwrap();
        assert_eq!(request.agents, ["general", "patcher"]);
        assert!(request.offers_agent("patcher") && !request.offers_agent("other"));
    }
}
