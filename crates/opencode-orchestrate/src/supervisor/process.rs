//! The processes of a server: one group, from its start to its end.

use std::process::{ExitStatus, Stdio};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::Command;
use tokio::task::{JoinHandle, spawn_blocking};

use super::lifeline::Lifeline;
use super::load::Load;
use super::mark::Mark;
use super::orphans::Entry;
use super::output::Output;

/// The processes of a server. They end with it, and with this process.
pub(super) struct ServerProcess {
    child: Box<dyn ChildWrapper>,
    pid: u32,
    pub(super) output: Output,
    load: Load,
    /// Whether its leader has.
    has_ended: bool,
    mark: Mark,
    /// What ends the commands that it has left, once it has ended.
    clearing: Option<JoinHandle<()>>,
    /// Until nothing of it is left.
    entry: Option<Entry>,
    _lifeline: Lifeline,
}

impl ServerProcess {
    /// Starts a program in a group of its own.
    pub(super) fn spawn(
        mut command: Command,
        output: Output,
        mark: Mark,
        mut entry: Option<Entry>,
    ) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let spawned = command.spawn();
        if let (Err(_), Some(entry)) = (&spawned, &entry) {
            entry.remove();
        }
        let mut child = spawned?;
        let pid = child.id().unwrap_or_default();
        let lifeline = Lifeline::to(pid, &mark);
        if let Some(entry) = &mut entry {
            entry.started(pid);
        }
        if let Some(pipe) = child.stdout().take() {
            tokio::spawn(output.drain(pipe));
        }
        if let Some(pipe) = child.stderr().take() {
            tokio::spawn(output.drain(pipe));
        }
        Ok(Self {
            child,
            pid,
            output,
            load: Load::of(pid),
            has_ended: false,
            mark,
            clearing: None,
            entry,
            _lifeline: lifeline,
        })
    }

    pub(super) const fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it has ended, and ends what it has left: of its group, and outside of it.
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
            let mark = self.mark.clone();
            self.clearing = Some(spawn_blocking(move || mark.end_all()));
        }
        if let Some(clearing) = &mut self.clearing {
            let _is_cut_short = clearing.await;
            self.clearing = None;
            self.forget();
        }
        Ok(status)
    }

    /// Makes it end, and waits until nothing of it is left.
    pub(super) async fn end(&mut self) {
        if !self.has_ended {
            self.kill();
        }
        if let Err(error) = self.wait().await {
            tracing::warn!(%error, pid = self.pid, "it is not known whether a server has ended");
        }
    }

    fn forget(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.remove();
        }
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

    /// How much memory it takes, in bytes, and whether it has worked since it was looked at last.
    pub(super) fn look(&mut self) -> (Option<u64>, bool) {
        self.load.look()
    }
}

impl Drop for ServerProcess {
    /// Only where nobody could wait for its end: the runtime has ended, or the task was aborted.
    fn drop(&mut self) {
        if !self.has_ended {
            // The whole group, and not its leader alone.
            self.kill();
        }
        if self.entry.is_some() || !self.has_ended {
            self.mark.end_all();
            self.forget();
        }
    }
}
