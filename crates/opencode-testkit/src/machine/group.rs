//! Ending a process together with everything it has started.

/// How a process group is told to end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ending {
    /// Asked: the server can close its database first.
    Terminate,
    /// Asked in a way that a database server takes as "now, but in order".
    Interrupt,
    /// Asked in a way that a database server takes as "at once, with all your children".
    Quit,
    /// Made to, at once.
    Kill,
}

/// Puts the process that `command` will start into a group of its own.
#[cfg(unix)]
pub(crate) fn own_group(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// Puts the process that `command` will start into a group of its own.
#[cfg(not(unix))]
pub(crate) fn own_group(_command: &mut std::process::Command) {}

/// Tells the group that `leader` leads to end.
///
/// A group that is gone already is no error: that is what was wanted.
#[cfg(unix)]
pub(crate) fn end(leader: u32, ending: Ending) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match ending {
        Ending::Terminate => Signal::TERM,
        Ending::Interrupt => Signal::INT,
        Ending::Quit => Signal::QUIT,
        Ending::Kill => Signal::KILL,
    };
    let pid = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _gone_already = kill_process_group(pid, signal);
    }
}

/// Tells the process tree below `leader` to end.
#[cfg(not(unix))]
pub(crate) fn end(leader: u32, _ending: Ending) {
    // Windows has no signal that a console program without a console could be asked with.
    let _gone_already = std::process::Command::new("taskkill")
        .args(["/T", "/F", "/PID", &leader.to_string()])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
}
