//! The points that a worker passes, and what happens at one of them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::said::{Said, say};

/// What happens at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Act {
    /// The process kills itself with SIGKILL.
    Die,
    /// The server is killed and started again while the process stands there.
    Server,
    /// Both are killed while the process stands there.
    Both,
}

/// One point, and what happens there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(super) point: String,
    pub(super) act: Act,
}

/// Which calls of a name are points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    /// Each.
    Every,
    /// The first one. For calls that a timer makes: how many there are is luck.
    First,
}

/// The points that a process passes: it says each of them before it does what comes next.
#[derive(Debug)]
pub(super) struct Points {
    plan: Option<Plan>,
    is_done: AtomicBool,
    counts: Mutex<BTreeMap<String, usize>>,
}

impl Points {
    pub(super) fn new(plan: Option<Plan>) -> Self {
        Self { plan, is_done: AtomicBool::new(false), counts: Mutex::default() }
    }

    /// Does something between two points, `name#number.before` and `name#number.after`.
    pub(super) async fn around<F: Future>(&self, name: &str, numbering: Numbering, work: F) -> F::Output {
        let Some(number) = self.number(name, numbering) else { return work.await };
        self.pass(&format!("{name}#{number}.before")).await;
        let done = work.await;
        self.pass(&format!("{name}#{number}.after")).await;
        done
    }

    /// Passes the next point of that name, `name#number`.
    pub(super) async fn pass_next(&self, name: &str, numbering: Numbering) {
        if let Some(number) = self.number(name, numbering) {
            self.pass(&format!("{name}#{number}")).await;
        }
    }

    fn number(&self, name: &str, numbering: Numbering) -> Option<usize> {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(name.to_owned()).or_default();
        *count += 1;
        (numbering == Numbering::Every || *count == 1).then_some(*count)
    }

    async fn pass(&self, point: &str) {
        say(&Said::Passed(point.to_owned()));
        let Some(plan) = self.plan.as_ref().filter(|plan| plan.point == point) else { return };
        // Names are unique, but for calls that run at the same moment it costs nothing to be sure.
        if self.is_done.swap(true, Ordering::Relaxed) {
            return;
        }
        if plan.act == Act::Die {
            die();
        }
        say(&Said::Waits);
        BufReader::new(tokio::io::stdin()).read_line(&mut String::new()).await.unwrap();
    }
}

/// Ends the process as a power cut does to it: nothing is written, closed or dropped any more.
fn die() -> ! {
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}
