//! `cargo xtask soak supervisor`: servers that are started and ended in every way there is, and what is left of them.
//!
//! The owner of the servers and the server that starts quickly are the example `supervise` of `opencode-orchestrate`.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context as _, Result};
use opencode_testkit::real;

use super::program;
use super::report::Report;
use crate::process;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How often a server is started and ended
    #[arg(long, value_name = "N", default_value_t = 1000)]
    cycles: usize,
    /// Every how many of these a real server is started; 0 for none
    #[arg(long, value_name = "N", default_value_t = 20)]
    real: usize,
    /// Let a server be busy for longer than it is given, too: three minutes more
    #[arg(long)]
    busy: bool,
    /// What decides the chances; a new one unless set
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

/// Starts and ends servers and prints what was done and what was found; `true` when nothing was.
///
/// # Errors
///
/// When the program does not build, there is no real server, or something hangs.
pub(super) fn run(arguments: &Arguments) -> Result<bool> {
    let program = program::build("supervise", &["supervisor"])?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let real = if arguments.real == 0 { None } else { Some(runtime.block_on(real_server())?) };
    let folder = tempfile::Builder::new().prefix("soak-").tempdir()?;
    let orders = serde_json::json!({
        "cycles": arguments.cycles, "real_every": arguments.real, "real": real, "busy": arguments.busy,
        "folder": folder.path(), "seed": seed,
    });
    let Arguments { cycles, real, .. } = arguments;
    process::forward(&format!("starting and ending {cycles} servers, seed {seed}"));
    let again =
        format!("to try it again: cargo xtask soak supervisor --cycles {cycles} --real {real} --seed {seed}");
    let began = Instant::now();
    let findings = runtime.block_on(program::ask(&program, "own", &orders.to_string()));
    let findings = findings.with_context(|| format!("the soak broke off; {again}"))?;
    let mut report = Report::new(format!("supervisor: {cycles} servers in {} s", began.elapsed().as_secs()));
    report.read(&findings)?;
    process::forward(&report.render());
    if !report.is_sound() {
        process::forward(&format!("FAILED; {again}"));
    }
    Ok(report.is_sound())
}

async fn real_server() -> Result<PathBuf> {
    let binary = real::locate_or_install(|phase| process::forward(&phase.to_string())).await;
    Ok(binary.context("there is no real server; `--real 0` does without")?.path().to_owned())
}
