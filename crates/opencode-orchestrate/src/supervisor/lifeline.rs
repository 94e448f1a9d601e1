//! What ends a server whose owner was killed.

/// Ends a process group when this process is gone, however it went.
///
/// A shell waits at a pipe that this process alone holds open. When the pipe closes, the shell asks the group to end, and
/// kills it when it has not. On Windows the job that the server runs in does that.
#[derive(Debug)]
pub(super) struct Lifeline {
    #[cfg(unix)]
    shell: Option<std::process::Child>,
}

#[cfg(unix)]
impl Lifeline {
    /// Holds the process group of that leader.
    pub(super) fn to(leader: u32) -> Self {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};

        let shell = Command::new("/bin/sh")
            .args(["-c", AFTERWARDS, "opencode-lifeline"])
            .arg(leader.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the terminal is for the owner: this has something to do after that.
            .process_group(0)
            .spawn();
        if let Err(error) = &shell {
            tracing::warn!(%error, "a server would outlive this process if that were killed: there is no shell");
        }
        Self { shell: shell.ok() }
    }
}

#[cfg(not(unix))]
impl Lifeline {
    /// Nothing is needed here.
    pub(super) fn to(_leader: u32) -> Self {
        Self {}
    }
}

/// Waits for the end of the pipe, asks the group to end, and kills it after five seconds.
#[cfg(unix)]
const AFTERWARDS: &str = r#"read -r _
kill -s TERM -- "-$1" || exit 0
for _ in 1 2 3 4 5; do sleep 1; kill -s 0 -- "-$1" || exit 0; done
kill -s KILL -- "-$1""#;

#[cfg(unix)]
impl Drop for Lifeline {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.shell {
            // Before the pipe closes: the group's number may be somebody else's by now.
            let _gone_already = shell.kill();
            let _reaped = shell.wait();
        }
    }
}
