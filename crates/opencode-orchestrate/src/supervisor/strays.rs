//! Ending what carries a mark, as Linux shows it.

use std::collections::HashSet;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpid, kill_process};

use super::orphans::runs;

/// How often it is looked before something that does not die is left alone.
const ROUNDS: usize = 200;
/// How often in a row nothing must be found: who was forked while it was looked may have been missed.
const CLEAN: usize = 2;
/// How often it is waited for somebody who has no environment: some really have none.
const PATIENCE: usize = 40;
const PAUSE: Duration = Duration::from_millis(5);

/// What is known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carries {
    Yes,
    No,
    /// It is about to be another program, and has no environment for that moment.
    NotKnown,
}

/// Kills everything whose environment has an assignment, until nothing of it is left.
pub(super) fn end_all(assignment: &[u8]) {
    let mut killed = HashSet::new();
    let mut clean = 0;
    for round in 0..ROUNDS {
        let found = others().into_iter().map(|pid| (pid, carries(pid, assignment)));
        let found: Vec<_> = found.filter(|(_, carries)| *carries != Carries::No).collect();
        // What was killed has its number for a moment more.
        killed.retain(|pid: &Pid| runs(number(*pid)));
        let mut is_clean = killed.is_empty();
        for (pid, carries) in found {
            if carries == Carries::Yes {
                let _gone_already = kill_process(pid, Signal::KILL);
                killed.insert(pid);
                is_clean = false;
            } else if round < PATIENCE {
                is_clean = false;
            }
        }
        clean = if is_clean { clean + 1 } else { 0 };
        if clean == CLEAN {
            return;
        }
        sleep(PAUSE);
    }
    tracing::warn!("commands of a server that has ended cannot be ended");
}

/// All but this process: an agent's command may be a host itself, and clear up after the server that has started it.
fn others() -> Vec<Pid> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(Pid::from_raw).filter(|pid| *pid != getpid()).collect()
}

/// What other users run cannot be read, and carries nothing of ours.
fn carries(pid: Pid, assignment: &[u8]) -> Carries {
    let pid = number(pid);
    match fs::read(format!("/proc/{pid}/environ")) {
        // Nor have those that have ended, and threads of the kernel, which are no program.
        Ok(environment) if environment.is_empty() => {
            let is_program = runs(pid) && fs::read_link(format!("/proc/{pid}/exe")).is_ok();
            if is_program { Carries::NotKnown } else { Carries::No }
        }
        Ok(environment) if environment.split(|byte| *byte == 0).any(|line| line == assignment) => {
            Carries::Yes
        }
        Ok(_) | Err(_) => Carries::No,
    }
}

const fn number(pid: Pid) -> u32 {
    pid.as_raw_nonzero().get().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// A program that becomes another one again and again, and has no environment each time for a moment.
    fn restless(assignment: (&str, &str)) -> Child {
        let again = "exec /bin/sh -c \"$1\" again \"$1\"";
        Command::new("/bin/sh")
            .args(["-c", again, "again", again])
            .env(assignment.0, assignment.1)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    }

    #[test]
    fn whoever_becomes_another_program_meanwhile_is_ended_too() {
        let name = format!("OPENCODE_TEST_{}", std::process::id());
        for _ in 0..20 {
            let mut child = restless((&name, "1"));
            end_all(format!("{name}=1").as_bytes());
            let has_ended = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(has_ended);
        }
    }

    /// One that has no environment at all does not hold up the rest for long.
    #[test]
    fn whoever_has_no_environment_is_not_waited_for_for_ever() {
        let mut bare = Command::new("/bin/sleep").arg("600").env_clear().spawn().unwrap();
        end_all(b"OPENCODE_TEST_NOBODY=1");
        assert!(bare.try_wait().unwrap().is_none());
        bare.kill().unwrap();
        bare.wait().unwrap();
    }
}
