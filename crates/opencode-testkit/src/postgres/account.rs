//! The account that the server runs as.

use super::error::PostgresError;

/// Somebody else than root, in whose name root runs the server.
#[cfg(unix)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

#[cfg(unix)]
impl Account {
    /// `None` where the server can run in our own name.
    pub(super) fn needed() -> Result<Option<Self>, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let account = ["postgres", "nobody"].into_iter().find_map(Self::named);
        account.map(Some).ok_or(PostgresError::NoAccount)
    }

    /// Lets `command` run in this account's name.
    pub(super) fn run(self, command: &mut std::process::Command) {
        use std::os::unix::process::CommandExt as _;
        command.uid(self.uid).gid(self.gid);
    }

    /// Makes this account the owner of a file or directory.
    pub(super) fn own(self, path: &std::path::Path) -> std::io::Result<()> {
        use rustix::fs::{Gid, Uid, chown};
        chown(path, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))?;
        Ok(())
    }

    /// Asks `id`, because accounts are not always in a file.
    fn named(name: &str) -> Option<Self> {
        let number = |option: &str| {
            let mut command = std::process::Command::new("id");
            let finished = command.args([option, name]).stdin(std::process::Stdio::null()).output().ok()?;
            String::from_utf8(finished.stdout).ok()?.trim().parse().ok()
        };
        Some(Self { uid: number("-u")?, gid: number("-g")? })
    }
}

/// Nobody: on Windows the server gives up its rights by itself.
#[cfg(not(unix))]
#[derive(Clone, Copy, Debug)]
pub(super) enum Account {}

#[cfg(not(unix))]
impl Account {
    /// Always `None`.
    pub(super) fn needed() -> Result<Option<Self>, PostgresError> {
        Ok(None)
    }

    /// Never called.
    pub(super) fn run(self, _command: &mut std::process::Command) {
        match self {}
    }

    /// Never called.
    pub(super) fn own(self, _path: &std::path::Path) -> std::io::Result<()> {
        match self {}
    }
}
