//! What ends a server when its owner was killed, and no destructor ran.

use std::path::Path;
use std::process::Child;

use super::group::Ending;

/// Watches over one server process until it is dropped.
///
/// A shell waits at a pipe that only this process holds open.
/// However this process ends, the pipe closes; the shell then kills the server and deletes its
/// directory.
/// An interrupted run would otherwise leave a database behind that nobody ever asks to end.
pub(crate) struct Guard {
    shell: Option<Child>,
}

impl Guard {
    /// Watches over the process group of `leader`; without a shell nobody does.
    ///
    /// The server is asked to end as `first` says, and killed after 6 s.
    #[cfg(unix)]
    pub(crate) fn over(leader: u32, first: Ending, directory: Option<&Path>) -> Self {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};

        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", AFTERWARDS, "opencode-testkit-guard"])
            .arg(leader.to_string())
            .arg(name_of(first))
            .arg(directory.unwrap_or(Path::new("")))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal is for the owner; the guard has work to do then.
            .process_group(0);
        Self { shell: command.spawn().ok() }
    }

    /// Watches over nothing: on Windows there is no shell that could.
    #[cfg(not(unix))]
    pub(crate) fn over(_leader: u32, _first: Ending, _directory: Option<&Path>) -> Self {
        Self { shell: None }
    }
}

/// Asks before it kills: the children of a database server leave its group, and only the server
/// itself can end them.
#[cfg(unix)]
const AFTERWARDS: &str = r#"
read -r _
kill -s "$2" -- "-$1"
for round in 1 2 3 4 5 6; do kill -s 0 -- "-$1" || break; sleep 1; done
kill -s KILL -- "-$1"
if [ -n "$3" ]; then rm -rf -- "$3"; fi
"#;

#[cfg(unix)]
fn name_of(ending: Ending) -> &'static str {
    match ending {
        Ending::Terminate => "TERM",
        Ending::Interrupt => "INT",
        Ending::Quit => "QUIT",
        Ending::Kill => "KILL",
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.shell {
            // Killed before its pipe closes: the owner ends its server in its own way.
            let _gone_already = shell.kill();
            let _reaped = shell.wait();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::machine::process::ServerProcess;

    #[tokio::test]
    async fn an_owner_that_is_gone_takes_server_and_files_along() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = std::process::Command::new("sleep");
        command.arg("600");
        let server = ServerProcess::spawn(command).unwrap();
        let mut guard = Guard::over(server.pid(), Ending::Quit, Some(directory.path()));
        let mut shell = guard.shell.take().unwrap();
        // What the operating system does to the pipe of a killed owner.
        drop(shell.stdin.take());
        assert!(server.ended_within(std::time::Duration::from_secs(60)).await);
        shell.wait().unwrap();
        assert!(!directory.path().exists());
    }
}
