//! Ending the process group of a server whose owner is gone.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::record::Identity;

/// How long it may take to end before it is killed.
const ASKED: Duration = Duration::from_secs(5);
/// How long that may take.
const KILLED: Duration = Duration::from_secs(2);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Asks the group of a leader to end, and makes it.
#[cfg(unix)]
pub(super) async fn end(leader: Identity) {
    use rustix::process::{Pid, Signal, getpgrp, kill_process_group};

    let Some(group) = i32::try_from(leader.pid).ok().and_then(Pid::from_raw) else { return };
    if group == getpgrp() {
        // A part of the server that is a host itself.
        return;
    }
    for (signal, limit) in [(Signal::TERM, ASKED), (Signal::KILL, KILLED)] {
        let _gone_already = kill_process_group(group, signal);
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if !is_left(group) {
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }
    tracing::warn!(pid = leader.pid, "a server that was left over cannot be ended");
}

/// Whether anything of a group runs. What has ended and waits to be asked about does not.
#[cfg(target_os = "linux")]
fn is_left(group: rustix::process::Pid) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    processes.flatten().any(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit_once(')').unwrap_or_default().1.split_whitespace();
        let is_dead = matches!(fields.next(), None | Some("Z" | "X"));
        !is_dead && fields.nth(1).and_then(|field| field.parse().ok()) == Some(group.as_raw_nonzero())
    })
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_left(group: rustix::process::Pid) -> bool {
    rustix::process::test_kill_process_group(group).is_ok()
}

/// The job that it runs in has ended it with its owner, so that there is hardly ever one.
#[cfg(not(unix))]
pub(super) async fn end(leader: Identity) {
    use sysinfo::{Pid, ProcessesToUpdate, System};

    let pid = Pid::from_u32(leader.pid);
    let mut system = System::new();
    let deadline = Instant::now() + KILLED.max(ASKED);
    while Instant::now() < deadline {
        system.refresh_processes(ProcessesToUpdate::Some(&[pid]), true);
        match system.process(pid).filter(|process| process.start_time() == leader.started) {
            Some(process) => process.kill(),
            None => return,
        };
        sleep(LOOK_EVERY).await;
    }
}
