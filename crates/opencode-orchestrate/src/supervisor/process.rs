//! The processes of a server: one group, from its start to its end.

use std::process::{ExitStatus, Stdio};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::process::Command;

use super::lifeline::Lifeline;
use super::output::Output;

/// The processes of a server. They end with it, and with this process.
pub(super) struct ServerProcess {
    child: Box<dyn ChildWrapper>,
    pid: u32,
    pub(super) output: Output,
    system: System,
    /// The processor time that it had used when it was looked at last, in milliseconds.
    cpu: u64,
    has_ended: bool,
    _lifeline: Lifeline,
}

impl ServerProcess {
    /// Starts a program in a group of its own.
    pub(super) fn spawn(mut command: Command, output: Output) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let mut child = command.spawn()?;
        let pid = child.id().unwrap_or_default();
        if let Some(pipe) = child.stdout().take() {
            tokio::spawn(output.clone().drain(pipe));
        }
        if let Some(pipe) = child.stderr().take() {
            tokio::spawn(output.clone().drain(pipe));
        }
        Ok(Self {
            child,
            pid,
            output,
            system: System::new(),
            cpu: 0,
            has_ended: false,
            _lifeline: Lifeline::to(pid),
        })
    }

    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it has ended, and ends what it has left of its group.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub(super) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        if !self.has_ended {
            // Only once, and at once: later the group's number may be somebody else's.
            self.kill();
            self.has_ended = true;
        }
        Ok(status)
    }

    /// Asks the group to end.
    pub(super) fn terminate(&mut self) {
        #[cfg(unix)]
        let asked = self.child.signal(rustix::process::Signal::TERM.as_raw());
        #[cfg(not(unix))]
        let asked = self.child.start_kill();
        if let Err(error) = asked {
            tracing::debug!(%error, "a server could not be asked to end");
        }
    }

    /// Makes it.
    pub(super) fn kill(&mut self) {
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "a server could not be killed");
        }
    }

    /// How much memory it takes, in bytes, and whether it has used the processor since it was looked at last.
    pub(super) fn look(&mut self) -> (Option<u64>, bool) {
        let pid = Pid::from_u32(self.pid);
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what);
        let Some(process) = self.system.process(pid) else { return (None, false) };
        let cpu = process.accumulated_cpu_time();
        let has_worked = cpu > self.cpu + IDLE;
        self.cpu = cpu;
        (Some(process.memory()), has_worked)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if !self.has_ended {
            // The whole group, and not its leader alone.
            self.kill();
        }
    }
}

/// So many milliseconds of processor time between two looks are what a server uses that does nothing.
const IDLE: u64 = 1000;
