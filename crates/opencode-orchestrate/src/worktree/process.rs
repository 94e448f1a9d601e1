//! A command that runs, and all that it has started.

use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// A command that runs. Dropping this ends it, with all that it has started.
#[derive(Debug)]
pub(super) struct Running {
    /// None when it has ended.
    child: Option<Child>,
}

/// What a command has said before it ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) said: Vec<u8>,
    pub(super) complaint: Vec<u8>,
}

impl Running {
    pub(super) fn spawn(mut command: Command) -> std::io::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that an interrupt from the terminal does not leave half of its work.
        #[cfg(unix)]
        command.process_group(0);
        command.kill_on_drop(true);
        Ok(Self { child: Some(command.spawn()?) })
    }

    /// Waits until it has ended. No more is read of either output than that.
    ///
    /// # Cancel safety
    ///
    /// What was read is lost.
    pub(super) async fn end(&mut self, longest: u64) -> std::io::Result<Ended> {
        let Some(child) = &mut self.child else { return Err(std::io::Error::other("it has ended")) };
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (said, complaint, status) =
            tokio::join!(read(stdout, longest), read(stderr, longest), child.wait());
        let status = status?;
        self.child = None;
        Ok(Ended { status, said: said?, complaint: complaint? })
    }
}

async fn read(pipe: Option<impl AsyncRead + Unpin>, longest: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(longest).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process_group};
    use tokio::process::Child;

    use super::Running;

    /// So long a command has to put away its locks.
    const GRACE: Duration = Duration::from_secs(2);

    impl Drop for Running {
        /// Asks the group to end, because git then puts away its locks and what it has begun, and kills it when it has not.
        fn drop(&mut self) {
            let Some(mut child) = self.child.take() else { return };
            let Some(group) = group_of(&child) else { return };
            let _gone = kill_process_group(group, Signal::TERM);
            let Ok(runtime) = tokio::runtime::Handle::try_current() else {
                let _gone = kill_process_group(group, Signal::KILL);
                return;
            };
            runtime.spawn(async move {
                let _ended = tokio::time::timeout(GRACE, child.wait()).await;
                // Also when its leader has ended: one that was just being started may not have heard. At once, because later
                // the group's number may be somebody else's.
                let _gone = kill_process_group(group, Signal::KILL);
                let _reaped = child.wait().await;
            });
        }
    }

    fn group_of(child: &Child) -> Option<Pid> {
        child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw)
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use tokio::io::AsyncBufReadExt as _;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command
    }

    #[tokio::test]
    async fn what_a_command_says_is_read_to_its_limit() {
        let mut running = Running::spawn(shell("echo hello; echo oh >&2; exit 3")).unwrap();
        let ended = running.end(100).await.unwrap();
        assert_eq!(
            (ended.status.code(), &ended.said[..], &ended.complaint[..]),
            (Some(3), &b"hello\n"[..], &b"oh\n"[..])
        );

        let mut running = Running::spawn(shell("yes")).unwrap();
        assert_eq!(running.end(1000).await.unwrap().said.len(), 1000);
    }

    /// Starts a script, drops it once it is ready, and gives what it has said until everybody had ended who could say
    /// anything.
    async fn said_when_dropped(script: &str) -> String {
        let mut running = Running::spawn(shell(script)).unwrap();
        let stdout = running.child.as_mut().and_then(|child| child.stdout.take()).unwrap();
        let mut stdout = tokio::io::BufReader::new(stdout);
        let mut said = String::new();
        stdout.read_line(&mut said).await.unwrap();
        drop(running);
        stdout.read_to_string(&mut said).await.unwrap();
        said
    }

    #[tokio::test]
    async fn what_is_dropped_may_clean_up_and_ends_with_all_that_it_has_started() {
        let script = "trap 'echo cleaned; exit' TERM; sleep 600 & echo ready; wait";
        assert_eq!(said_when_dropped(script).await, "ready\ncleaned\n");
    }

    #[tokio::test]
    async fn what_has_not_heard_is_killed_when_its_leader_has_ended() {
        let script = "trap '' TERM; sleep 600 & trap exit TERM; echo ready; wait";
        assert_eq!(said_when_dropped(script).await, "ready\n");
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_when_it_is_asked_to_is_killed() {
        let script = "trap '' TERM; sleep 600 & echo ready; wait";
        assert_eq!(said_when_dropped(script).await, "ready\n");
    }
}
