//! A list of answers, and its way through a prompt.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::op::Op;

/// What stands before a script inside a prompt.
pub const SCRIPT_MARKER: &str = "@@script";

/// What the model answers, call by call.
///
/// A turn calls the model again after every tool call, so a script has one step for each of those
/// calls and one for the end.
/// The script travels inside the prompt, and the step is found by counting the assistant messages
/// behind it: the model keeps no state, and any number of sessions can run at once.
///
/// ```
/// use opencode_testkit::model::{ModelScript, Op};
/// use serde_json::json;
///
/// let prompt = ModelScript::new()
///     .step([
///         Op::text("I will write a file."),
///         Op::tool("write", json!({ "filePath": "a.txt", "content": "x" })),
///     ])
///     .step([Op::text("Done.")])
///     .to_prompt("please go");
/// assert!(prompt.starts_with("please go"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct ModelScript {
    steps: Vec<Vec<Op>>,
}

impl ModelScript {
    /// A script without steps.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what the next call answers.
    #[must_use]
    pub fn step(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.steps.push(ops.into_iter().collect());
        self
    }

    /// The steps so far.
    #[must_use]
    pub fn steps(&self) -> &[Vec<Op>] {
        &self.steps
    }

    /// The prompt that makes the model play this script.
    ///
    /// A sub-agent plays a script of its own if the `prompt` argument of its tool call was made
    /// with this.
    ///
    /// # Panics
    ///
    /// Never: every operation can be written as JSON.
    #[must_use]
    pub fn to_prompt(&self, text: &str) -> String {
        let json = serde_json::to_value(self).unwrap_or_default();
        format!("{text}\n{SCRIPT_MARKER} {json}")
    }

    /// The script inside a prompt; whatever follows it is ignored.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] where the marker is there and no script behind it.
    pub fn find_in(prompt: &str) -> Result<Option<Self>, ScriptError> {
        let Some((_, behind)) = prompt.split_once(SCRIPT_MARKER) else {
            return Ok(None);
        };
        serde_json::Deserializer::from_str(behind)
            .into_iter()
            .next()
            .unwrap_or_else(|| serde_json::from_str(""))
            .map(Some)
            .map_err(|source| ScriptError { source })
    }

    pub(super) fn into_steps(self) -> Vec<Vec<Op>> {
        self.steps
    }
}

impl<'de> Deserialize<'de> for ModelScript {
    /// A step is a list of operations or a single one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let steps = Vec::<Value>::deserialize(deserializer)?
            .into_iter()
            .map(|step| match step {
                Value::Array(_) => serde_json::from_value(step),
                op => serde_json::from_value(op).map(|op| vec![op]),
            })
            .collect::<Result<_, _>>()
            .map_err(serde::de::Error::custom)?;
        Ok(Self { steps })
    }
}

/// What stands behind the marker in a prompt is not a script.
#[derive(Debug, thiserror::Error)]
#[error("the text after {SCRIPT_MARKER} is not a list of steps")]
pub struct ScriptError {
    source: serde_json::Error,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_script_survives_its_way_through_a_prompt() {
        let script = ModelScript::new()
            .step([
                Op::text("a \"b\" ]").with_chars(2),
                Op::tool("bash", json!({ "command": "ls" })).with_pieces(3),
                Op::sleep(Duration::from_millis(5)),
                Op::Hang,
            ])
            .step([Op::status(503).times(2).with_header("retry-after", "1")]);
        let prompt = format!("{}\nand more", script.to_prompt("go"));
        assert_eq!(ModelScript::find_in(&prompt).unwrap(), Some(script));
    }

    #[test]
    fn a_single_operation_is_a_step() {
        let prompt = r#"go @@script [{"op":"text","text":"hi"},[{"op":"no_finish"}]]"#;
        let expected = ModelScript::new().step([Op::text("hi")]).step([Op::NoFinish]);
        assert_eq!(ModelScript::find_in(prompt).unwrap(), Some(expected));
    }

    #[test]
    fn a_slip_in_a_script_is_an_error_and_not_no_script() {
        for behind in ["", "[", r#"[{"op":"txt"}]"#, r#"[{"op":"sleep","ms":1,"s":1}]"#] {
            let found = ModelScript::find_in(&format!("go @@script {behind}"));
            assert!(found.is_err(), "{behind:?} was taken: {found:?}");
        }
        assert!(ModelScript::find_in("go").unwrap().is_none());
    }
}
