//! A process with a worker in it, as the test sees it.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::child::{ORDERS, Orders, PROGRAM};
use super::said::Said;

/// A process with a worker in it.
pub(crate) struct Program {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// Its turn has ended.
    Natural,
    /// By SIGKILL.
    Killed,
}

impl Program {
    pub(crate) fn start(orders: &Orders) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", PROGRAM, "--nocapture", "--quiet"])
            .env(ORDERS, serde_json::to_string(orders).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdin, stdout }
    }

    /// The next thing it says; `None` when it is dead.
    pub(crate) async fn next(&mut self) -> Option<Said> {
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            if let Some(said) = Said::parse(&line) {
                return Some(said);
            }
        }
        None
    }

    /// Lets it go on.
    pub(crate) async fn go(&mut self) {
        self.stdin.write_all(b"go\n").await.unwrap();
    }

    /// Kills it with SIGKILL.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// How it ended. It must have said everything.
    pub(crate) async fn end(mut self) -> Result<Death, String> {
        let status = self.child.wait().await.unwrap();
        match status.signal() {
            None if status.success() => Ok(Death::Natural),
            Some(signal) if signal == Signal::KILL.as_raw() => Ok(Death::Killed),
            _ => Err(format!("a worker ended with {status}")),
        }
    }
}
