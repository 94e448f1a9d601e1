//! What a server leaves running outside its process group.
//!
//! The server starts every shell command in a session of its own, where no signal to the server's
//! group reaches it; a killed server leaves such a command behind for ever.
//! They are recognised by a mark in their environment, which children inherit, and never by name.

use std::process::Command;

use super::error::RealError;
use super::random;

/// The environment variable that carries the mark.
const VARIABLE: &str = "OPENCODE_TESTKIT_RUN";

/// Ends everything with this run's mark on drop.
pub(super) struct Strays {
    mark: String,
}

impl Strays {
    pub(super) fn with_fresh_mark() -> Result<Self, RealError> {
        Ok(Self { mark: random::hex()? })
    }

    /// Marks what `command` will start, and everything that will start in turn.
    pub(super) fn mark(&self, command: &mut Command) {
        command.env(VARIABLE, &self.mark);
    }
}

impl Drop for Strays {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        linux::end_all_with(&format!("{VARIABLE}={}", self.mark));
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};

    /// How often the process table is read before a process that will not die is left alone.
    const ROUNDS: usize = 200;

    /// Kills until none is left: a process can start another between the look and the signal.
    pub(super) fn end_all_with(assignment: &str) {
        for _round in 0..ROUNDS {
            let found = find(assignment.as_bytes());
            if found.is_empty() {
                return;
            }
            for pid in found {
                let _gone_already = kill_process(pid, Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn find(assignment: &[u8]) -> Vec<Pid> {
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return Vec::new();
        };
        processes
            .flatten()
            .filter_map(|entry| {
                let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
                // Another user's processes cannot be read; the environment of a dead one is empty.
                let environment = std::fs::read(entry.path().join("environ")).ok()?;
                environment.split(|&byte| byte == 0).any(|variable| variable == assignment).then_some(pid)
            })
            .collect()
    }
}
