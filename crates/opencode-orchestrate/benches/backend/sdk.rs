//! The official TypeScript SDK, with an event stream for each session, in a process that is told what to do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use opencode_testkit::bench::{Memory, ServerProcess, memory_used_by};
use serde::Deserialize;

use crate::support::sdk::command;

/// What a round of turns took.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Took {
    /// How long it was, in seconds.
    pub(crate) seconds: f64,
    /// Processor time, in seconds.
    pub(crate) cpu: f64,
}

/// A program with the SDK; ended when dropped.
pub(crate) struct Sdk {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sdk {
    /// Starts it for a server. Nothing where there is no SDK.
    pub(crate) fn start(server: &ServerProcess) -> Option<Self> {
        let mut command = command()?;
        let mut child =
            command.arg(server.url()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (orders, answers) = (child.stdin.take()?, child.stdout.take()?);
        Some(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Leads one turn on each of that many sessions, which have their streams already.
    pub(crate) fn speak(&mut self, sessions: usize) -> Took {
        let said = self.order("speak", sessions);
        serde_json::from_str(&said).unwrap_or_else(|_| panic!("not what a round took: {said:?}"))
    }

    /// Brings that many more sessions into the middle of their answers.
    pub(crate) fn hold(&mut self, sessions: usize) {
        let said = self.order("hold", sessions);
        assert_eq!(said.trim(), "held", "the sessions are not held");
    }

    pub(crate) fn memory(&self) -> Memory {
        memory_used_by(self.child.id()).expect("Linux")
    }

    fn order(&mut self, order: &str, sessions: usize) -> String {
        writeln!(self.orders, "{order} {sessions}").expect("the program reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the program answers");
        answer
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        // The program may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
