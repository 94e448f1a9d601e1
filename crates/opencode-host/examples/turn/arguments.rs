//! What the person asked for.

use opencode_host::wire::model::ModelRef;

const USAGE: &str = "usage: turn [--yes] [--model PROVIDER/MODEL] [--] PROMPT";
/// How much of a prompt makes a session's title.
const TITLE_CHARACTERS: usize = 60;

/// The command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// What to ask.
    pub(crate) prompt: String,
    /// Grant every permission without asking.
    pub(crate) yes: bool,
    /// The model that answers, instead of the configured one.
    pub(crate) model: Option<ModelRef>,
}

impl Arguments {
    /// Reads the arguments that follow the program's name.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let (mut yes, mut model) = (false, None);
        let mut words = Vec::new();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--yes" => yes = true,
                "--model" => {
                    let name = arguments.next().ok_or(USAGE)?;
                    model = Some(name.parse().map_err(|_| format!("not a model: {name}\n{USAGE}"))?);
                }
                "--" => words.extend(arguments.by_ref()),
                option if option.starts_with("--") => {
                    return Err(format!("unknown option {option}\n{USAGE}"));
                }
                _ => words.push(argument),
            }
        }
        let prompt = words.join(" ");
        if prompt.trim().is_empty() {
            return Err(USAGE.to_owned());
        }
        Ok(Self { prompt, yes, model })
    }

    /// What to call the session. With a title the server needs no model to make one up.
    pub(crate) fn title(&self) -> String {
        let line = self.prompt.trim().lines().next().unwrap_or_default();
        line.chars().take(TITLE_CHARACTERS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(line.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn everything_after_two_dashes_is_the_prompt() {
        let arguments = parse(&["--yes", "--model", "a/b", "--", "--yes", "please"]).unwrap();
        assert!(arguments.yes);
        assert_eq!(arguments.model.unwrap().to_string(), "a/b");
        assert_eq!(arguments.prompt, "--yes please");
    }

    #[test]
    fn what_cannot_be_understood_is_refused() {
        for line in [&["--no"][..], &["--model"], &["--model", "b", "x"], &["--yes"], &[" "]] {
            assert!(parse(line).unwrap_err().contains("usage:"), "{line:?}");
        }
    }
}
