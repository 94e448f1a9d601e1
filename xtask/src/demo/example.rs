//! The facade's example as a child process on the same terminal.

use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use super::interrupt::{Interrupt, Interrupts};
use super::progress;
use super::stage::Stage;
use crate::workspace;

const EXAMPLE: [&str; 4] = ["-p", "opencode-host", "--example", "turn"];

/// Builds the example, so that nothing has to be compiled while the server is running.
///
/// # Errors
///
/// When it does not compile; cargo has then said why on stderr.
pub(crate) async fn build() -> Result<()> {
    let mut command = Command::from(workspace::cargo());
    command.args(["build", "--quiet"]).args(EXAMPLE).stdin(Stdio::null()).kill_on_drop(true);
    let status =
        progress::when_slow("building the example", command.status()).await.context("cannot start cargo")?;
    if !status.success() {
        bail!("the example does not build");
    }
    Ok(())
}

/// Runs the example to its end; `true` when it succeeded.
///
/// The first Ctrl-C is the example's to handle: it can abort its turn and still print what came. The second ends it.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) async fn run(stage: &Stage, arguments: &[&str], interrupts: &mut Interrupts) -> Result<bool> {
    let mut command = Command::from(workspace::cargo());
    command
        .args(["run", "--quiet"])
        .arg("--manifest-path")
        .arg(workspace::root().join("Cargo.toml"))
        .args(EXAMPLE)
        .arg("--")
        .args(arguments)
        .current_dir(stage.directory())
        .env("OPENCODE_BASE_URL", stage.url())
        .kill_on_drop(true);
    if let Some(password) = stage.password() {
        command.env("OPENCODE_SERVER_PASSWORD", password);
    }
    let mut child = command.spawn().context("cannot start the example")?;
    let mut seen = 0_u32;
    loop {
        tokio::select! {
            status = child.wait() => return Ok(status?.success()),
            interrupt = interrupts.next() => {
                seen += 1;
                if seen > 1 || interrupt == Interrupt::Request {
                    child.start_kill().context("cannot end the example")?;
                }
            }
        }
    }
}
