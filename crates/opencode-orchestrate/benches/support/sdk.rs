//! The official TypeScript SDK, if `cargo xtask bench` has said where it is.

#![expect(clippy::disallowed_methods, reason = "the bench is told by its environment what to compare with")]

use std::process::Command;

use opencode_testkit::bench::ServerProcess;

use super::load::{Cost, Load};

/// The program that stands beside this bench, and the SDK as its first argument.
pub(crate) fn command() -> Option<Command> {
    let folder = std::env::var_os("OPENCODE_BENCH_SDK")?;
    let script = std::env::var_os("OPENCODE_BENCH_SDK_SCRIPT")?;
    let mut command = Command::new("node");
    command.args([script, folder]);
    Some(command)
}

/// Lets the SDK lead the same conversations with a server of its own.
pub(crate) fn measure(server: &ServerProcess, load: Load) -> Option<Cost> {
    #[derive(serde::Deserialize)]
    struct Said {
        turns: f64,
        seconds: f64,
        cpu: f64,
    }
    let mut command = command()?;
    let output =
        command.args([server.url(), load.at_once.to_string(), load.turns.to_string()]).output().ok()?;
    let said: Said = serde_json::from_slice(&output.stdout).ok()?;
    Some(Cost { cpu: said.cpu * 1e3 / said.turns, rate: said.turns / said.seconds })
}
