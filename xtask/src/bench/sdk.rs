//! The official TypeScript SDK, as a peer to be measured beside us where Node.js is there.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// The release that is measured: the newest when the figures in the documents were taken.
const PACKAGE: &str = "@opencode-ai/sdk@1.19.3";
/// How the bench is told where the SDK is, and which script reads with it.
const FOLDER_VARIABLE: &str = "OPENCODE_BENCH_SDK";
const SCRIPT_VARIABLE: &str = "OPENCODE_BENCH_SDK_SCRIPT";

/// The SDK in a folder of its own.
#[derive(Debug)]
pub(super) struct Sdk {
    folder: PathBuf,
    script: &'static str,
}

impl Sdk {
    /// Finds the SDK, or fetches it once with npm into the target directory; it will be run by that script.
    ///
    /// # Errors
    ///
    /// When Node.js or npm is not there, or npm cannot fetch it.
    pub(super) fn prepare(script: &'static str) -> Result<Self> {
        let folder = workspace::root().join("target").join("bench-sdk");
        if !has_node() {
            bail!("Node.js is not on the PATH");
        }
        if !folder.join("node_modules/@opencode-ai/sdk").is_dir() {
            eprintln!("fetching {PACKAGE} with npm");
            std::fs::create_dir_all(&folder)?;
            let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
            let status = Command::new(npm)
                .args(["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
                .arg(&folder)
                .arg(PACKAGE)
                .status()
                .context("npm is not on the PATH")?;
            if !status.success() {
                bail!("npm could not fetch {PACKAGE}");
            }
        }
        Ok(Self { folder, script })
    }

    /// Tells a bench where the SDK is.
    pub(super) fn tell(&self, bench: &mut Command) {
        bench.env(FOLDER_VARIABLE, &self.folder);
        bench.env(SCRIPT_VARIABLE, workspace::root().join("xtask/bench").join(self.script));
    }
}

fn has_node() -> bool {
    Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success())
}
