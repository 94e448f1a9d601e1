//! The server's first process, which all others come from.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::machine::group::Ending;
use crate::machine::guard::Guard;
use crate::machine::process::ServerProcess;

/// How often the end of all processes is looked for.
const POLL: Duration = Duration::from_millis(5);
/// How long an orderly shutdown may take before it becomes one at once.
const GRACE: Duration = Duration::from_secs(10);
/// How long the last process may take to end; the server itself kills its children after 5 s.
const LAST: Duration = Duration::from_secs(6);

/// A started server.
///
/// The processes that serve sessions lead groups of their own, so that a signal to ours reaches
/// only this one; it has to be told to take them along.
pub(super) struct Postmaster {
    process: ServerProcess,
    _guard: Guard,
}

impl Postmaster {
    /// Starts `command`; `directory` is deleted where nobody is left to drop this.
    pub(super) fn spawn(command: Command, directory: &Path) -> std::io::Result<Self> {
        let process = ServerProcess::spawn(command)?;
        let guard = Guard::over(process.pid(), Ending::Quit, Some(directory));
        Ok(Self { process, _guard: guard })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub(super) fn log(&self) -> String {
        self.process.output.tail()
    }

    pub(super) fn exit_status(&self) -> Option<ExitStatus> {
        self.process.exit_status()
    }

    pub(super) fn is_running(&self) -> bool {
        self.exit_status().is_none()
    }

    /// Shuts down in order; what is left after [`GRACE`] is ended by the drop.
    pub(super) async fn stop(self) {
        self.process.signal(Ending::Interrupt);
        self.process.ended_within(GRACE).await;
        self.all_ended().await;
    }

    /// Kills the first process and waits for the others, which see that it is gone.
    pub(super) async fn kill(self) {
        self.process.kill().await;
        self.all_ended().await;
    }

    /// Those that still run hold the pipe that the log comes through.
    async fn all_ended(&self) {
        let started = Instant::now();
        while !self.is_running() && !self.process.output.is_closed() && started.elapsed() < LAST {
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        self.process.signal(Ending::Quit);
        // The files are deleted next; a process that is still dying could write into them.
        let started = Instant::now();
        while (self.is_running() || !self.process.output.is_closed()) && started.elapsed() < LAST {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl std::fmt::Debug for Postmaster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postmaster").field("pid", &self.pid()).finish_non_exhaustive()
    }
}
