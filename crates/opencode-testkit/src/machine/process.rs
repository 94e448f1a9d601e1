//! One server process, from its start to its end.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::group::{self, Ending};
use super::output::Output;

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(10);
/// How long a killed process may take to disappear before it is left to the operating system.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A started process, the group it leads and what it prints.
///
/// Time is measured by the system's clock and not by tokio's, which a test may have paused: a real
/// process takes real time.
pub(crate) struct ServerProcess {
    pid: u32,
    leader: Mutex<Leader>,
    pub(crate) output: Output,
}

struct Leader {
    child: Child,
    status: Option<ExitStatus>,
}

impl ServerProcess {
    /// Starts `command` in a process group of its own and reads its output from then on.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        group::own_group(&mut command);
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        // From here on the drop of `process` ends what was started, whatever fails.
        let process = Self {
            pid: child.id(),
            leader: Mutex::new(Leader { child, status: None }),
            output: Output::new(),
        };
        if let Some(pipe) = stdout {
            process.output.drain(pipe)?;
        }
        if let Some(pipe) = stderr {
            process.output.drain(pipe)?;
        }
        Ok(process)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// How the process ended, if it has.
    ///
    /// A leader that ended by itself takes the rest of its group along, so that a crash leaves
    /// nothing behind either.
    pub(crate) fn exit_status(&self) -> Option<ExitStatus> {
        let mut leader = self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        leader.look(self.pid)
    }

    /// Kills the whole group and waits until its leader is gone.
    pub(crate) async fn kill(&self) {
        self.signal(Ending::Kill);
        self.ended_within(KILL_LIMIT).await;
    }

    /// Asks the whole group to end, and kills it if it has not done so within `grace`.
    pub(crate) async fn terminate(&self, grace: Duration) {
        self.signal(Ending::Terminate);
        if !self.ended_within(grace).await {
            self.kill().await;
        }
    }

    /// Whether the process ends by itself within `limit`.
    pub(crate) async fn ended_within(&self, limit: Duration) -> bool {
        let started = Instant::now();
        while self.exit_status().is_none() {
            if started.elapsed() >= limit {
                return false;
            }
            tokio::time::sleep(POLL).await;
        }
        true
    }

    /// Tells the whole group to end, and does not wait.
    ///
    /// The lock is held while signalling, so that the leader cannot be reaped, and its number
    /// given to a stranger, between the look and the signal.
    pub(crate) fn signal(&self, ending: Ending) {
        let mut leader = self.leader.lock().unwrap_or_else(PoisonError::into_inner);
        if leader.look(self.pid).is_none() {
            group::end(self.pid, ending);
        }
    }
}

impl Leader {
    fn look(&mut self, pid: u32) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
            // Only once, right after the leader was reaped: later its number may be a stranger's.
            if self.status.is_some() {
                group::end(pid, Ending::Kill);
            }
        }
        self.status
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.signal(Ending::Kill);
        // The private directories are deleted next; a process that is still dying could write
        // into them. A drop cannot wait asynchronously, and a killed process is gone in
        // milliseconds.
        let started = Instant::now();
        while self.exit_status().is_none() && started.elapsed() < KILL_LIMIT {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
