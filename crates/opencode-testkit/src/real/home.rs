//! The private directories of one server.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::PINNED_VERSION;
use super::error::RealError;
use crate::machine::path;

/// A scratch directory with a home of its own, gone when this is dropped.
pub(super) struct PrivateHome {
    root: PathBuf,
    _files: TempDir,
}

impl PrivateHome {
    /// Makes an empty scratch directory.
    pub(super) fn create() -> Result<Self, RealError> {
        let files = tempfile::Builder::new()
            .prefix("opencode-real-")
            .tempdir()
            .map_err(RealError::prepare(std::env::temp_dir()))?;
        // The server resolves links in directories; a test that compares paths must see the same.
        // On Windows the resolved form has a prefix that not every program understands.
        let root = if cfg!(windows) {
            files.path().to_path_buf()
        } else {
            fs::canonicalize(files.path()).map_err(RealError::prepare(files.path()))?
        };
        Ok(Self { root, _files: files })
    }

    /// Fills the home so that the server starts quietly without a network.
    pub(super) fn furnish(&self, config: &Value) -> Result<(), RealError> {
        for directory in [
            self.config().join("opencode").join("node_modules"),
            self.data(),
            self.state(),
            self.cache(),
            self.temporary(),
            self.programs(),
        ] {
            fs::create_dir_all(&directory).map_err(RealError::prepare(directory))?;
        }
        // The server runs `npm install` for its plugin package in every configuration directory
        // that has no lock file naming it; there is no switch for that.
        let lock = json!({
            "packages": { "": { "dependencies": { "@opencode-ai/plugin": PINNED_VERSION } } },
        });
        write(&self.config().join("opencode").join("package-lock.json"), &lock)?;
        // An empty catalogue spares the server the bundled one: the first turn takes a quarter of
        // the time, and nothing is looked up.
        write(&self.catalogue(), &json!({}))?;
        // A file and not an environment variable, because the `/api` routes read only files.
        write(&self.config().join("opencode").join("opencode.json"), config)?;
        self.stand_in_for_ripgrep()
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    pub(super) fn config(&self) -> PathBuf {
        self.home().join(".config")
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home().join(".local").join("share")
    }

    pub(super) fn state(&self) -> PathBuf {
        self.home().join(".local").join("state")
    }

    pub(super) fn cache(&self) -> PathBuf {
        self.home().join(".cache")
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The directory in front of the server's `PATH`.
    pub(super) fn programs(&self) -> PathBuf {
        self.root.join("bin")
    }

    pub(super) fn catalogue(&self) -> PathBuf {
        self.root.join("models.json")
    }

    /// Without `rg` the server would download one at the first search; the stand-in finds nothing.
    #[cfg(unix)]
    fn stand_in_for_ripgrep(&self) -> Result<(), RealError> {
        use std::os::unix::fs::PermissionsExt;
        if path::find("rg").is_some() {
            return Ok(());
        }
        let path = self.programs().join("rg");
        fs::write(&path, "#!/bin/sh\nexit 1\n").map_err(RealError::prepare(&path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(RealError::prepare(&path))
    }

    /// Windows starts no shell script by that name.
    #[cfg(not(unix))]
    fn stand_in_for_ripgrep(&self) -> Result<(), RealError> {
        let _found = path::find("rg.exe");
        Ok(())
    }
}

fn write(path: &Path, content: &Value) -> Result<(), RealError> {
    fs::write(path, content.to_string()).map_err(RealError::prepare(path))
}
