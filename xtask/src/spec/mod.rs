//! `cargo xtask spec`: the server's own description of its API, got from a server and compared with another.
//!
//! What is committed lies in `crates/opencode-wire/openapi`; [`codegen`](crate::codegen) writes Rust from it.

mod diff;
pub(crate) mod document;
mod normal;
mod provenance;
mod request;
mod source;
mod update;

use anyhow::Result;

use self::source::Source;
use crate::{process, workspace};

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Take over the description of a server, and say in Markdown what changed
    Update {
        /// The release to install and to ask; the newest one without it
        #[arg(long, conflicts_with = "server")]
        version: Option<String>,
        /// The running server to ask instead; its password is in the URL or in `OPENCODE_SERVER_PASSWORD`
        #[arg(long, value_name = "URL")]
        server: Option<String>,
    },
    /// Say in Markdown what changed from one description to another
    Diff {
        /// The older one, a version, a file, a URL, or `committed`
        #[arg(default_value = "committed")]
        from: String,
        /// The newer one
        #[arg(default_value = "committed")]
        to: String,
    },
}

/// Does it, and prints Markdown; always `true`, because a change is no failure.
///
/// # Errors
///
/// When a description cannot be had, or is not one to be taken over.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let root = workspace::root();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = runtime.block_on(async {
        match &arguments.action {
            Action::Update { version, server } => {
                let source = match (version, server) {
                    (_, Some(url)) => Source::Server(url.clone()),
                    (Some(version), None) => Source::Version(version.clone()),
                    (None, None) => Source::Newest,
                };
                update::run(&root, &source).await
            }
            Action::Diff { from, to } => {
                let (old, _) = Source::parse(from).get(&root).await?;
                let (new, _) = Source::parse(to).get(&root).await?;
                Ok(diff::markdown(&old, &new))
            }
        }
    })?;
    process::forward(text.trim_end());
    Ok(true)
}
