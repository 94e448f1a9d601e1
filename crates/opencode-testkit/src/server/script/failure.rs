//! Script steps in which something upstream goes wrong.

use serde_json::{Value, json};

use super::{Script, Step};

impl Script {
    /// Ends the turn with a provider error, as an `APIError` that is not retried.
    pub fn provider_error(self, status: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        self.error(json!({
            "name": "APIError",
            "data": {
                "message": message,
                "statusCode": status,
                "isRetryable": status >= 500 || status == 429,
                "responseHeaders": {"content-type": "application/json"},
                "responseBody": json!({"error": {"message": message}}).to_string(),
                "metadata": {"url": "http://127.0.0.1:1/v1/chat/completions"},
            },
        }))
    }

    /// Ends the turn with any error object (`{name, data}`): `session.error`, idle, then the message with the same
    /// error, then idle again.
    pub fn error(self, error: impl Into<Value>) -> Self {
        self.then(Step::Fail(error.into()))
    }

    /// Fails an attempt: status `retry` with this message. The next output is the next attempt's. Text that was open
    /// stays behind without a final snapshot, and reads back empty.
    pub fn retry(self, message: impl Into<String>) -> Self {
        self.then(Step::Retry(message.into()))
    }

    /// Compacts the session in the middle of the turn, as after a context overflow: a compaction message, its
    /// summary, and a synthetic user message that everything after this step answers.
    pub fn compaction(self, summary: impl Into<String>) -> Self {
        self.then(Step::Compact { summary: summary.into(), overflow: false })
    }

    /// The same, after a `session.error` that says that the context overflowed.
    ///
    /// If the session has an earlier prompt that is not summarised yet, that is all the summary is about, and what
    /// follows is the prompt at hand once more: a user message of its own with the same text, which nothing marks.
    /// Everything after this step answers that one.
    pub fn overflow(self, summary: impl Into<String>) -> Self {
        self.then(Step::Compact { summary: summary.into(), overflow: true })
    }

    /// The prompt names an agent that does not exist: two `session.error`, no message, no busy, no idle. Must be the
    /// first step.
    pub fn unknown_agent(self, agent: impl Into<String>) -> Self {
        self.then(Step::UnknownAgent(agent.into()))
    }

    /// The prompt names a model that does not exist: an error, idle, and another error after it. Must be the first
    /// step.
    pub fn unknown_model(self, model: impl Into<String>) -> Self {
        self.then(Step::UnknownModel(model.into()))
    }
}
