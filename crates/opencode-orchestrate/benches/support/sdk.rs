//! The official TypeScript SDK, if `cargo xtask bench` has said where it is.

#![expect(clippy::disallowed_methods, reason = "the bench is told by its environment what to compare with")]

use super::load::{Cost, Load};
use opencode_testkit::bench::ServerProcess;

/// Lets the SDK lead the same conversations with a server of its own.
pub(crate) fn measure(server: &ServerProcess, load: Load) -> Option<Cost> {
    #[derive(serde::Deserialize)]
    struct Said {
        turns: f64,
        seconds: f64,
        cpu: f64,
    }
    let folder = std::env::var_os("OPENCODE_BENCH_SDK")?;
    let script = std::env::var_os("OPENCODE_BENCH_SDK_SCRIPT")?;
    let output = std::process::Command::new("node")
        .args([
            script,
            folder,
            server.url().into(),
            load.at_once.to_string().into(),
            load.turns.to_string().into(),
        ])
        .output()
        .ok()?;
    let said: Said = serde_json::from_slice(&output.stdout).ok()?;
    Some(Cost { cpu: said.cpu * 1e3 / said.turns, rate: said.turns / said.seconds })
}
