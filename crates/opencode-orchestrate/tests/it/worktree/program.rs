//! A program that hangs where git would be, or within it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a program. It is written by another process: one that is written here could be held open by a child of another
/// test when it is started.
pub(super) fn write(path: &Path, script: &str) -> PathBuf {
    let made = std::process::Command::new("/bin/sh")
        .args(["-c", "printf '%s' \"$2\" > \"$1\"", "make"])
        .arg(path)
        .arg(format!("#!/bin/sh\n{script}\n"))
        .status()
        .unwrap();
    assert!(made.success());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}
