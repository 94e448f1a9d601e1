//! What this process has used, and a child that plays the server so that its work is not counted.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
#[cfg(target_os = "linux")]
use std::time::Duration;

/// The argument by which a bench starts itself as a server.
pub const SERVE: &str = "--serve";

/// Processor time of this process so far, user and system, in seconds. `None` on other systems than Linux.
#[must_use]
pub fn cpu_seconds() -> Option<f64> {
    // What `/proc` says is rounded to hundredths of a second, which is more than a turn takes.
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};

        Some(Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()?.as_secs_f64())
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Memory of a process that lies in RAM, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// How much it is.
    pub now: f64,
    /// The most that it ever was.
    pub most: f64,
}

/// Memory of this process. `None` where `/proc` is missing.
#[must_use]
pub fn memory_used() -> Option<Memory> {
    memory_used_by(std::process::id())
}

/// Memory of a process. `None` where there is none of that number, or no `/proc`.
#[must_use]
pub fn memory_used_by(process: u32) -> Option<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let bytes = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib * 1024.0)
    };
    Some(Memory { now: bytes("VmRSS:")?, most: bytes("VmHWM:")? })
}

/// A server in a process of its own; ended when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    /// Where it listens, a host and a port.
    pub address: String,
}

impl ServerProcess {
    /// Starts this program again with [`SERVE`] and a scenario. It has to print its address as its first line.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or says nothing.
    #[must_use]
    pub fn start(scenario: &str) -> Self {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut child = Command::new(program)
            .args([SERVE, scenario])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bench can be started again");
        let mut address = String::new();
        let stdout = child.stdout.take().expect("the output is a pipe");
        BufReader::new(stdout).read_line(&mut address).expect("the server says its address");
        Self { child, address: address.trim().to_owned() }
    }

    /// Its base URL.
    #[must_use]
    pub fn url(&self) -> String {
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
