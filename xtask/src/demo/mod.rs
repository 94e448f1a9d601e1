//! `cargo xtask demo`: one turn on a real OpenCode server.
//!
//! The task only sets the stage: it finds or fetches the server, starts it with a scripted model behind it, and then
//! runs the facade's example `turn`, which is the program a user would write.
//!
//! The example is told everything in ways that a user's program would be told too: the address and password by
//! `OPENCODE_BASE_URL` and `OPENCODE_SERVER_PASSWORD`, the session's directory by its working directory,
//! and the rest by arguments.

mod example;
mod interrupt;
mod progress;
mod stage;

use anyhow::Result;

use self::interrupt::Interrupts;
use self::stage::Stage;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What to ask
    #[arg(default_value = "Write hello.md with a short greeting.")]
    prompt: String,
    /// Grant every permission without asking
    #[arg(long)]
    yes: bool,
    /// Use this model, with your own OpenCode configuration and login, instead of the scripted one
    #[arg(long, value_name = "PROVIDER/MODEL", value_parser = provider_and_model)]
    model: Option<String>,
    /// Use this running server and the current directory; its password comes from `OPENCODE_SERVER_PASSWORD`
    #[arg(long, value_name = "URL")]
    server: Option<String>,
}

impl Arguments {
    /// Whether nothing leaves this machine: our server, our model.
    fn is_scripted(&self) -> bool {
        self.model.is_none() && self.server.is_none()
    }

    /// The arguments of the example.
    fn for_example(&self) -> Vec<&str> {
        let mut arguments = Vec::new();
        if self.yes {
            arguments.push("--yes");
        }
        if let Some(model) = &self.model {
            arguments.extend(["--model", model]);
        }
        // The prompt may start with a dash.
        arguments.extend(["--", &self.prompt]);
        arguments
    }
}

/// Sets the stage, runs the example, and clears the stage again; `true` when the example succeeded.
///
/// # Errors
///
/// When there is no server to be had, or it does not start, or the example does not build.
pub(crate) fn run(arguments: Arguments) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(perform(arguments))
}

async fn perform(arguments: Arguments) -> Result<bool> {
    // From here on Ctrl-C no longer ends this process, so each wait below must listen to it.
    let mut interrupts = Interrupts::listen()?;
    let prepared = tokio::select! {
        prepared = prepare(&arguments) => Some(prepared?),
        _ = interrupts.next() => None,
    };
    let Some(stage) = prepared else {
        // Dropping the half-set stage has ended whatever was started.
        return Ok(false);
    };
    let succeeded = example::run(&stage, &arguments.for_example(), &mut interrupts).await;
    // Before the result is looked at: the server must not outlive the run, however it went.
    stage.clear().await;
    succeeded
}

/// A missing server is found out first, because building the example may take a minute.
async fn prepare(arguments: &Arguments) -> Result<Stage> {
    if let Some(url) = &arguments.server {
        example::build().await?;
        return Stage::elsewhere(url);
    }
    let announce = || {
        if arguments.is_scripted() {
            println!("A scripted model answers: no account is needed, and nothing is spent.");
        }
    };
    let binary = stage::find_server(announce).await?;
    example::build().await?;
    Stage::set(binary, arguments.is_scripted()).await
}

fn provider_and_model(text: &str) -> Result<String, String> {
    match text.split_once('/') {
        Some((provider, model)) if !provider.is_empty() && !model.is_empty() => Ok(text.to_owned()),
        _ => Err("expected a provider and a model, as in anthropic/claude-sonnet-4-5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(model: Option<&str>, server: Option<&str>) -> Arguments {
        Arguments {
            prompt: "-v please".to_owned(),
            yes: true,
            model: model.map(str::to_owned),
            server: server.map(str::to_owned),
        }
    }

    #[test]
    fn a_prompt_never_becomes_an_option_of_the_example() {
        let arguments = arguments(Some("a/b"), None);
        assert_eq!(arguments.for_example(), ["--yes", "--model", "a/b", "--", "-v please"]);
    }

    #[test]
    fn a_named_model_or_server_is_not_scripted() {
        assert!(arguments(None, None).is_scripted());
        assert!(!arguments(Some("a/b"), None).is_scripted());
        assert!(!arguments(None, Some("http://127.0.0.1:4096")).is_scripted());
    }

    #[test]
    fn a_model_needs_its_provider() {
        assert!(provider_and_model("openrouter/vendor/name").is_ok());
        assert!(provider_and_model("name").is_err());
        assert!(provider_and_model("/name").is_err());
    }
}
