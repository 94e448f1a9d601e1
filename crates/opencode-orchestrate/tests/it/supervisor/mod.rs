//! Programs that are not OpenCode, or only look like it, under a supervisor.

mod records;
mod refusals;
mod stand_in;
mod working;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use opencode_orchestrate::supervisor::{ServerStatus, StartError, Supervisor, SupervisorOptions};

use self::stand_in::HANGS_AFTER;

/// A program that is not OpenCode.
struct Impostor {
    folder: tempfile::TempDir,
}

impl Impostor {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opencode");
        // Made by another process: one that is written here could be held open by a child of another test when it is
        // started.
        let made = std::process::Command::new("/bin/sh")
            .args(["-c", "printf '%s' \"$2\" > \"$1\"", "make"])
            .arg(&path)
            .arg(format!("#!/bin/sh\n{script}\n"))
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn options(&self) -> SupervisorOptions {
        SupervisorOptions::default()
            .with_binary(self.path().join("opencode"))
            .with_records(self.path().join("records"))
    }

    async fn refusal(&self) -> Arc<StartError> {
        Supervisor::new(self.options()).ensure().await.unwrap_err()
    }
}

async fn until(supervisor: &Supervisor, is_so: impl FnMut(&ServerStatus) -> bool + Send) -> ServerStatus {
    let mut status = supervisor.watch();
    let found = tokio::time::timeout(HANGS_AFTER, status.wait_for(is_so)).await;
    found.expect("it should have come to this by now").unwrap().clone()
}
