//! Walking through a tool call: asking, waiting, running.

use serde_json::{Value, json};

use super::call::Asked;
use super::live::Assistant;
use super::{Stop, Turn};
use crate::server::script::{Ask, Outcome, Tool};
use crate::server::state::Ruling;

impl Turn {
    /// Plays a tool call from pending to its end.
    pub(super) async fn play_tool(&mut self, tool: Tool) -> Result<(), Stop> {
        let asked = self.store(|state, live| live.begin_tool(state, &tool))?;
        let ruling = match asked {
            Asked::Nothing => Ruling::Allowed,
            Asked::Decided(ruling) => ruling,
            Asked::Open(id) => self.until(|state| state.take_ruling(&id)).await?,
        };
        match ruling {
            Ruling::Allowed => self.run_tool(tool).await,
            Ruling::Answered(answers) => {
                let tool = answered(tool, &answers);
                self.run_tool(tool).await
            }
            Ruling::Denied => {
                let error =
                    "The user has specified a rule which prevents you from using this specific tool call.";
                self.store(|state, live| live.fail_tool(state, error))
            }
            Ruling::Rejected(feedback) => {
                let error = match (&tool.ask, &feedback) {
                    (Ask::Questions(_), _) => "The user dismissed this question".to_owned(),
                    (_, None) => "The user rejected permission to use this specific tool call.".to_owned(),
                    (_, Some(feedback)) => format!(
                        "The user rejected permission to use this specific tool call with the following feedback: \
                         {feedback}"
                    ),
                };
                self.store(|state, live| {
                    live.fail_tool(state, &error);
                    // Without a word to go on, the model is not asked again.
                    live.quiet_end = feedback.is_none();
                })
            }
        }
    }

    async fn run_tool(&mut self, tool: Tool) -> Result<(), Stop> {
        for output in &tool.progress {
            self.store(|state, live| live.progress_tool(state, output))?;
            tokio::task::yield_now().await;
        }
        self.with(|_, live| live.mark_tool_running())?;
        if let Some(gate) = &tool.gate {
            self.hold(gate).await?;
        }
        self.store(|state, live| match &tool.outcome {
            Outcome::Completed(output) => live.complete_tool(state, &tool, output),
            Outcome::Failed(error) => live.fail_tool(state, error),
        })
    }

    /// Changes what the current assistant message will say at its end.
    pub(super) fn on_message(&mut self, change: impl FnOnce(&mut Assistant)) {
        if let Some(message) = &mut self.live.message {
            change(message);
        }
    }
}

/// The question tool, after its questions were answered.
fn answered(tool: Tool, answers: &Value) -> Tool {
    let labels = |answer: &Value| {
        let labels = answer.as_array().into_iter().flatten().filter_map(Value::as_str);
        labels.collect::<Vec<_>>().join(", ")
    };
    let questions = tool.input["questions"].as_array().into_iter().flatten();
    let pairs: Vec<String> = questions
        .zip(answers.as_array().into_iter().flatten())
        .map(|(question, answer)| {
            format!("\"{}\"=\"{}\"", question["question"].as_str().unwrap_or_default(), labels(answer))
        })
        .collect();
    let output = format!(
        "User has answered your questions: {}. You can now continue with the user's answers in mind.",
        pairs.join(", ")
    );
    tool.metadata(json!({"answers": answers, "truncated": false})).output(output)
}
