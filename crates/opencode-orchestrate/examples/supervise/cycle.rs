//! One server from its start to its end.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fastrand::Rng;
use opencode_orchestrate::supervisor::{ServerState, ServerStatus, Supervisor, SupervisorOptions};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;
use tokio::time::timeout;

/// What takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Ending {
    /// It is asked to.
    Stop,
    /// Nobody has a handle any more.
    Drop,
    /// It is killed, and nobody uses it.
    Kill,
    /// It is killed while somebody uses it, and the one that follows is stopped.
    KillHeld,
    /// Whoever waits for it goes while it starts.
    DropStarting,
    /// It is asked to while it starts.
    StopStarting,
}

impl Ending {
    pub(crate) const ALL: [Self; 6] =
        [Self::Stop, Self::Drop, Self::Kill, Self::KillHeld, Self::DropStarting, Self::StopStarting];

    /// What was done, for the report.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stopped",
            Self::Drop => "handles dropped",
            Self::Kill => "server killed",
            Self::KillHeld => "server killed while it was used, and started again",
            Self::DropStarting => "handles dropped while it started",
            Self::StopStarting => "stopped while it started",
        }
    }
}

/// Starts a server and ends it. Returns the numbers of those that ran.
pub(crate) async fn run(options: SupervisorOptions, ending: Ending, chance: &mut Rng) -> Result<Vec<u32>> {
    let lasts = if options.binary == std::env::current_exe().ok() { 60 } else { 2500 };
    let supervisor = Supervisor::new(options);
    let mut status = supervisor.watch();
    let mut pids = Vec::new();
    if matches!(ending, Ending::DropStarting | Ending::StopStarting) {
        let while_it_starts = Duration::from_millis(chance.u64(..lasts));
        if let Ok(server) = timeout(while_it_starts, supervisor.ensure()).await {
            pids.push(server?.pid());
        }
    } else {
        let server = supervisor.ensure().await?;
        pids.push(server.pid());
        let hold = (ending == Ending::KillHeld).then(|| server.hold());
        if matches!(ending, Ending::Kill | Ending::KillHeld) {
            kill(server.pid())?;
            until(&mut status, |status| status.running.as_ref().is_none_or(|running| running.generation > 1))
                .await?;
        }
        if hold.is_some() {
            until(&mut status, |status| status.running.is_some()).await?;
            pids.extend(status.borrow().running.as_ref().map(|running| running.pid));
        }
    }
    match ending {
        Ending::Drop | Ending::DropStarting | Ending::Kill => drop(supervisor),
        Ending::Stop | Ending::KillHeld | Ending::StopStarting => {
            timeout(HANGS_AFTER, supervisor.stop()).await.context("it does not stop")?;
        }
    }
    until(&mut status, |status| status.state == ServerState::Stopped).await?;
    Ok(pids)
}

async fn until(
    status: &mut watch::Receiver<ServerStatus>,
    is_so: impl FnMut(&ServerStatus) -> bool + Send,
) -> Result<()> {
    match timeout(HANGS_AFTER, status.wait_for(is_so)).await {
        Ok(found) => found.map(drop).context("the supervisor is gone"),
        Err(_) => bail!("a supervisor hangs"),
    }
}

fn kill(pid: u32) -> Result<()> {
    let pid = Pid::from_raw(pid.try_into()?).context("it has a number")?;
    // It may have ended, which would be found.
    Ok(kill_process(pid, Signal::KILL)?)
}
