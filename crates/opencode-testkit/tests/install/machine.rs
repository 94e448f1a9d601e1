//! A machine with nothing on it, in a directory.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// Tells the child what to do; without it the child's tests pass at once.
pub(crate) const ROLE: &str = "OPENCODE_TESTKIT_ROLE";

/// An empty machine: no program, no cache, and nothing on the `PATH` but what a case puts there.
pub(crate) struct Machine {
    pub(crate) root: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(root.path().join("bin")).expect("a directory");
        Self { root }
    }

    /// A program on the `PATH` that writes down each call and then runs `body`.
    pub(crate) fn with(self, name: &str, body: &str) -> Self {
        let log = self.root.path().join("calls.log");
        let script = format!("#!/bin/sh\nPATH=/usr/bin:/bin\necho \"$@\" >> {}\n{body}\n", log.display());
        program(&self.root.path().join("bin").join(name), &script);
        self
    }

    pub(crate) fn start(&self, role: &str, variables: &[(&str, &str)]) -> Child {
        Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child", "--nocapture"])
            .env_clear()
            .env("PATH", self.root.path().join("bin"))
            .env("HOME", self.root.path())
            .env(ROLE, role)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a child")
    }

    pub(crate) fn run(&self, role: &str, variables: &[(&str, &str)]) -> Output {
        let child = self.start(role, variables);
        child.wait_with_output().expect("the child ends")
    }

    /// The arguments of every call, one line each.
    pub(crate) fn calls(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.root.path().join("calls.log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    /// What fetches that have ended should not leave in the cache.
    pub(crate) fn unfinished(&self) -> Vec<std::ffi::OsString> {
        std::fs::read_dir(self.cache())
            .expect("the cache")
            .map(|entry| entry.expect("an entry").file_name())
            .filter(|name| name.to_string_lossy().starts_with(".fetching"))
            .collect()
    }

    pub(crate) fn cache(&self) -> std::path::PathBuf {
        let cache = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        self.root.path().join(cache).join("opencode-host")
    }
}

pub(crate) fn program(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("rights");
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
