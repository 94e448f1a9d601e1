//! What this process has used, and a child that plays the server so that its work is not counted.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::far_end::Pace;

/// The argument by which a bench starts itself as a server.
pub(crate) const SERVE: &str = "--serve";

/// Clock ticks in a second, in which Linux counts processor time.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of this process so far, user and system, in seconds. `None` where `/proc` is missing.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND)
}

/// Memory of this process that lies in RAM, in MB: what it is, and the most that it ever was.
pub(crate) fn resident() -> Option<(f64, f64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Some((kib("VmRSS:")? * 1024.0 / 1e6, kib("VmHWM:")? * 1024.0 / 1e6))
}

/// A server in a process of its own; ended when dropped.
pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) address: String,
}

impl ServerProcess {
    /// Starts this program again as a server that answers every prompt at that pace.
    pub(crate) fn start(pace: Pace) -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut child = Command::new(program)
            .args([SERVE, &pace.word()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bench can be started again");
        let mut address = String::new();
        let stdout = child.stdout.take().expect("the output is a pipe");
        BufReader::new(stdout).read_line(&mut address).expect("the server says its address");
        Self { child, address: address.trim().to_owned() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // The child may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
