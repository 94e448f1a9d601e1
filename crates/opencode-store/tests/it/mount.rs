//! A small disk of one's own, which can be full or read-only.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A file system in memory; gone when this is dropped.
pub(crate) struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None`, after a line on the standard error, where this process may not mount.
    pub(crate) fn of_size_or_skip(kibibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={kibibytes}k");
        if mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder.path()) {
            return Some(Self { folder });
        }
        eprintln!("SKIPPED, this test needs a disk of its own, and this process may not mount one");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn resize(&self, kibibytes: u32) {
        assert!(mount(&["-o", &format!("remount,size={kibibytes}k")], self.path()));
    }

    pub(crate) fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], self.path()));
    }

    /// Makes one file read-only, for root too, for whom permissions do not count.
    pub(crate) fn make_file_read_only(&self, file: &Path) {
        assert!(mount(&["--bind", &file.display().to_string()], file));
        assert!(mount(&["-o", "remount,bind,ro"], file));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, because the threads of a store that was just dropped may still hold files. What is mounted on it goes too.
        let _unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

fn mount(options: &[&str], folder: &Path) -> bool {
    Command::new("mount").args(options).arg(folder).output().is_ok_and(|output| output.status.success())
}
