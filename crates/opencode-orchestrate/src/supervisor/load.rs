//! What the processes of a server use.

use std::collections::HashSet;

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::time::Instant;

/// One part in so many of a processor's time is what a server uses that does nothing.
const IDLE: u64 = 15;

/// What the processes of a server use, from one look to the next.
#[derive(Debug)]
pub(super) struct Load {
    leader: Pid,
    looked_at: Instant,
    /// The processor time that they had used then, in milliseconds.
    cpu: u64,
}

impl Load {
    /// Of a server that was started just now.
    pub(super) fn of(leader: u32) -> Self {
        Self { leader: Pid::from_u32(leader), looked_at: Instant::now(), cpu: 0 }
    }

    /// How much memory they take, in bytes, and whether they have worked since they were looked at last.
    ///
    /// The program that npm installs is a small one that starts the server, so the leader alone says nothing.
    pub(super) fn look(&mut self) -> (Option<u64>, bool) {
        // A new one each time, because it keeps a file open for every process.
        let mut system = System::new();
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        let processes = family(&system, self.leader);
        if processes.is_empty() {
            return (None, false);
        }
        let memory = processes.iter().map(|process| process.memory()).sum();
        let cpu: u64 = processes.iter().map(|process| process.accumulated_cpu_time()).sum();
        let elapsed = u64::try_from(self.looked_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        let has_worked = cpu.saturating_sub(self.cpu).saturating_mul(IDLE) > elapsed;
        (self.looked_at, self.cpu) = (Instant::now(), cpu);
        (Some(memory), has_worked)
    }
}

/// The leader, and those who descend from it without a session of their own, which the commands of agents have.
fn family(system: &System, leader: Pid) -> Vec<&Process> {
    let Some(first) = system.process(leader) else { return Vec::new() };
    let mut members = HashSet::from([leader]);
    let mut family = vec![first];
    loop {
        let is_new = |(pid, process): &(&Pid, &Process)| {
            !members.contains(*pid)
                && process.parent().is_some_and(|parent| members.contains(&parent))
                && process.session_id() == first.session_id()
        };
        let found: Vec<_> = system.processes().iter().filter(is_new).collect();
        if found.is_empty() {
            return family;
        }
        members.extend(found.iter().map(|(pid, _)| **pid));
        family.extend(found.into_iter().map(|(_, process)| process));
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use std::time::Duration;

    use super::*;

    const HANGS_AFTER: Duration = Duration::from_secs(60);

    /// A process that does nothing but start the one that works, which ends with the processor time it is given.
    #[test]
    fn a_child_counts_as_its_parent_does() {
        let script = "(ulimit -t 20; while :; do :; done) & wait";
        let mut wrapper = Command::new("/bin/sh").args(["-c", script]).stderr(Stdio::null()).spawn().unwrap();
        let mut load = Load::of(wrapper.id());
        let began = Instant::now();
        let mut looks = std::iter::repeat_with(|| load.look());
        let worked = looks.any(|(_, has_worked)| has_worked || began.elapsed() > HANGS_AFTER);
        let worked = worked && began.elapsed() <= HANGS_AFTER;
        let children = family_of(wrapper.id());
        for pid in children {
            let pid = rustix::process::Pid::from_raw(i32::try_from(pid.as_u32()).unwrap()).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        wrapper.wait().unwrap();
        assert!(worked);
        assert_eq!(load.look(), (None, false), "it has ended");
    }

    fn family_of(leader: u32) -> Vec<Pid> {
        let mut system = System::new();
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
        family(&system, Pid::from_u32(leader)).iter().map(|process| process.pid()).collect()
    }
}
