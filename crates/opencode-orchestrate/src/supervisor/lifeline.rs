//! What ends a server whose owner was killed.

use super::mark::Mark;

/// Ends a process group when this process is gone, however it went.
///
/// A shell waits at a pipe that this process alone holds open. When the pipe closes, the shell asks the group to end, and
/// kills it when it has not, and then, on Linux, whatever carries the server's mark. On Windows the job that the server
/// runs in ends all of it.
#[derive(Debug)]
pub(super) struct Lifeline {
    #[cfg(unix)]
    shell: Option<std::process::Child>,
}

#[cfg(unix)]
impl Lifeline {
    /// Holds the process group of that leader, and what carries its mark.
    pub(super) fn to(leader: u32, mark: &Mark) -> Self {
        use std::os::unix::process::CommandExt as _;
        use std::process::{Command, Stdio};

        let shell = Command::new("/bin/sh")
            .args(["-c", AFTERWARDS, "opencode-lifeline"])
            .arg(leader.to_string())
            .arg(mark.assignment())
            // This process may carry the mark of another server, whose end this has to outlive.
            .env_clear()
            .env("PATH", PATH)
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
    pub(super) fn to(_leader: u32, _mark: &Mark) -> Self {
        Self {}
    }
}

/// Where every system has `grep` and `sleep`.
#[cfg(unix)]
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin";

/// Waits for the end of the pipe, asks the group to end, and kills it after five seconds; then kills what carries the
/// mark, until nothing does for two seconds: who is about to be another program carries nothing for a moment. The mark is among its arguments, and in no environment that could be found by it.
#[cfg(unix)]
const AFTERWARDS: &str = r#"read -r _
if kill -s TERM -- "-$1"; then
    for _ in 1 2 3 4 5; do sleep 1; kill -s 0 -- "-$1" || break; done
    kill -s KILL -- "-$1"
fi
rounds=0
clean=0
while [ "$rounds" -lt 100 ]; do
    rounds=$((rounds + 1))
    found=$(grep -l -s -F -e "$2" /proc/[0-9]*/environ)
    for file in $found; do
        pid=${file#/proc/}
        kill -s KILL "${pid%/environ}"
    done
    [ -z "$found" ] || { clean=0; continue; }
    clean=$((clean + 1))
    [ "$clean" -lt 3 ] || exit 0
    sleep 1
done"#;

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
