//! `cargo xtask soak`: the same thing again and again, with deaths in between, and what is left of it.
//!
//! What is soaked is an example of `opencode-orchestrate`, and so is the check that follows. The tasks set the stage,
//! and count.

mod program;
mod report;
mod store;
mod supervisor;

use anyhow::Result;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// The store, on each of its databases
    Store(store::Arguments),
    /// The supervisor of local servers
    Supervisor(supervisor::Arguments),
}

/// Soaks something, and prints what was done and what was found; `true` when nothing was.
///
/// # Errors
///
/// When something that it needs is not there, or it breaks off.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    match &arguments.what {
        What::Store(arguments) => store::run(arguments),
        What::Supervisor(arguments) => supervisor::run(arguments),
    }
}
