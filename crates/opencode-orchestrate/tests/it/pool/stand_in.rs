//! A process that says that it is a server, and a scripted server that answers for it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use opencode_orchestrate::supervisor::{DataDirectory, SupervisorOptions};
use opencode_testkit::server::Server;

/// Its processes come and go, and what answers remembers everything, as the files of a real server do.
pub(crate) struct StandIn {
    pub(crate) server: Server,
    folder: tempfile::TempDir,
}

impl StandIn {
    pub(crate) async fn new() -> Self {
        let stand_in = Self { server: Server::start().await, folder: tempfile::tempdir().unwrap() };
        let script = format!(
            "#!/bin/sh\necho $$ >> \"$0.pids\"\necho \"opencode server listening on {}\"\nexec sleep 600\n",
            stand_in.server.url()
        );
        // Made by another process: one that is written here could be held open by a child of another test when it is
        // started.
        let made = std::process::Command::new("/bin/sh")
            .args(["-c", "printf '%s' \"$2\" > \"$1\"", "make"])
            .arg(stand_in.program())
            .arg(script)
            .status()
            .unwrap();
        assert!(made.success());
        std::fs::set_permissions(stand_in.program(), std::fs::Permissions::from_mode(0o755)).unwrap();
        stand_in
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("opencode")
    }

    pub(crate) fn options(&self) -> SupervisorOptions {
        SupervisorOptions::default()
            .with_binary(self.program())
            .with_data(DataDirectory::Private(self.folder.path().join("data")))
    }

    /// The processes that were started, the oldest first.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let pids = std::fs::read_to_string(self.folder.path().join("opencode.pids")).unwrap_or_default();
        pids.lines().map(|pid| pid.parse().unwrap()).collect()
    }
}
