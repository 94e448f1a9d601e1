//! Programs that a release needs and nobody else does: built once, at one version, into the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace;

/// A program from the registry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tool {
    /// Of the package and of the program.
    name: &'static str,
    version: &'static str,
}

/// Licences, advisories, sources. `.github/workflows/supply-chain.yml` has the same version.
pub(super) const DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// What has changed for those who use a crate.
pub(super) const SEMVER_CHECKS: Tool = Tool { name: "cargo-semver-checks", version: "0.51.0" };

impl Tool {
    /// A command of the program, which is built first where it is missing or another version.
    ///
    /// # Errors
    ///
    /// When it does not build, as without a network.
    pub(super) fn command(self) -> Result<Command> {
        let folder = workspace::target_directory()?.join("tools");
        let program = folder.join("bin").join(format!("{}{}", self.name, std::env::consts::EXE_SUFFIX));
        if !self.is_there(&program) {
            self.install(&folder)?;
        }
        let mut command = Command::new(program);
        command.current_dir(workspace::root());
        Ok(command)
    }

    fn is_there(self, program: &PathBuf) -> bool {
        let said = process::read_stdout(Command::new(program).arg("--version"));
        said.is_ok_and(|said| said.trim() == format!("{} {}", self.name, self.version))
    }

    fn install(self, folder: &Path) -> Result<()> {
        let package = format!("{}@{}", self.name, self.version);
        process::forward(&format!(
            "installing {package} into {}; this takes minutes, once",
            folder.display()
        ));
        let build = folder.join("build");
        let mut command = workspace::cargo();
        command.args(["install", "--quiet", "--locked", "--root"]).arg(folder).arg(&package);
        command.env("CARGO_TARGET_DIR", &build);
        // It runs for seconds, so that what makes it faster costs more than it saves.
        command.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1").env("CARGO_PROFILE_RELEASE_LTO", "false");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16").env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        if !process::stream_lines(&mut command, process::forward)?.success() {
            bail!("{package} could not be installed; cargo has said why above");
        }
        // A gigabyte that nobody needs again; what cannot be removed does no harm.
        let _kept = fs::remove_dir_all(build);
        Ok(())
    }
}
