//! `cargo xtask release`: everything that a release promises, tried before anybody can have it.
//!
//! `docs/RELEASING.md` says for people how a release is made.
//! What is published is what is tested: the checks work on packages, unpacked outside of the workspace, and never on
//! the workspace's own sources.

mod advisories;
mod api;
mod changelog;
mod check;
mod contents;
mod git;
mod order;
pub(crate) mod package;
mod pages;
mod publish;
mod record;
mod report;
mod tag;
mod tarball;
mod tool;
pub(crate) mod unpacked;
mod versions;

use anyhow::Result;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Check everything that a release promises, and publish nothing
    Check(check::Arguments),
    /// Check everything, and let cargo do all of `cargo publish` but the upload
    DryRun(check::Arguments),
    /// Publish what a whole check of this very commit has passed; what is published already is left alone
    Publish(publish::Arguments),
}

/// Does one step of a release; `true` when nothing failed.
///
/// # Errors
///
/// When git or cargo cannot be asked at all. What a check finds is a line of the table.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    match &arguments.step {
        Step::Check(arguments) => check::run(arguments),
        Step::DryRun(arguments) => publish::rehearse(arguments),
        Step::Publish(arguments) => publish::run(arguments),
    }
}
