//! What the operating system says of processes, and of itself.

use serde::{Deserialize, Serialize};

/// A process that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// When it was started, as the operating system counts.
    pub(super) started: u64,
    /// Its command line.
    pub(super) command: Vec<String>,
}

/// Where numbers of processes mean something: one run of one machine, and in it one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The name of the machine.
    pub(super) host: String,
    /// What is new with each start of the machine; on systems that have no such thing the host again.
    pub(super) boot: String,
    /// The space of process numbers, which differs between containers; empty on systems that have one only.
    pub(super) space: String,
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use super::{Place, Seen};

    /// Times are clock ticks since the machine was started: unlike the time of day nobody sets them.
    pub(crate) fn look(pid: u32) -> Option<Seen> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it may have brackets of its own.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        if matches!(*fields.first()?, "Z" | "X") {
            return None;
        }
        let started = fields.get(19)?.parse().ok()?;
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let line = String::from_utf8_lossy(&line);
        let command = line.split_terminator('\0').map(str::to_owned).collect();
        Some(Seen { started, command })
    }

    pub(crate) fn place() -> Place {
        let text = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
        let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        Place {
            host: text("/proc/sys/kernel/hostname"),
            boot: text("/proc/sys/kernel/random/boot_id"),
            space: space.to_string_lossy().into_owned(),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod other {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

    use super::{Place, Seen};

    pub(crate) fn look(pid: u32) -> Option<Seen> {
        let pid = Pid::from_u32(pid);
        let what = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
        let mut system = System::new();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, what);
        let process = system.process(pid)?;
        if matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead) {
            return None;
        }
        let command = process.cmd().iter().map(|word| word.to_string_lossy().into_owned()).collect();
        Some(Seen { started: process.start_time(), command })
    }

    pub(crate) fn place() -> Place {
        let host = System::host_name().unwrap_or_default();
        Place { boot: host.clone(), host, space: String::new() }
    }
}

#[cfg(target_os = "linux")]
pub(super) use self::linux::{look, place};
#[cfg(not(target_os = "linux"))]
pub(super) use self::other::{look, place};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_the_same_twice() {
        let seen = look(std::process::id()).unwrap();
        let program = std::env::current_exe().unwrap();
        let name = program.file_name().unwrap().to_string_lossy();
        assert!(seen.command[0].ends_with(&*name), "{seen:?}");
        assert_eq!(look(std::process::id()), Some(seen));
        assert_eq!(place(), place());
    }
}
