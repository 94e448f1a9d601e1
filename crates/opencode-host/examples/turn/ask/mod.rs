//! Who answers questions and permission requests: a person at the terminal, `--yes`, or nobody.

mod answer;
mod conversation;
mod words;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use opencode_host::prelude::*;
use tokio::sync::Mutex;

use crate::keyboard::Keyboard;
use crate::pen::SharedPen;
use crate::style::Style;

/// What the model is told when there is nobody to ask.
const NOBODY: &str = "Nobody is at the terminal to decide this, so it was refused. Go on without it.";

/// Answers requests, one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pen: SharedPen,
    who: Arc<Who>,
}

#[derive(Debug)]
enum Who {
    Yes,
    Nobody,
    Person(Mutex<Keyboard>),
}

impl Desk {
    /// Everything is allowed with `--yes`; without it and without a terminal nobody can be asked.
    pub(crate) fn new(yes: bool, pen: SharedPen) -> Self {
        let who = match (yes, io::stdin().is_terminal()) {
            (true, _) => Who::Yes,
            (false, true) => Who::Person(Mutex::new(Keyboard::open())),
            (false, false) => Who::Nobody,
        };
        Self { pen, who: Arc::new(who) }
    }

    /// Decides a request. Dropped when it is answered elsewhere, and when the turn ends.
    pub(crate) async fn decide(self, blocker: Blocker) -> Decision {
        // A terminal that is gone has nobody in front of it.
        self.try_decide(blocker).await.unwrap_or_else(|_| Decision::reject_because(NOBODY))
    }

    async fn try_decide(&self, blocker: Blocker) -> io::Result<Decision> {
        match &*self.who {
            Who::Yes => {
                self.remark(&format!("allowed by --yes: {}", words::in_short(&blocker)))?;
                Ok(policy::allow_all(blocker).await)
            }
            Who::Nobody => {
                let asked = words::in_short(&blocker);
                self.remark(&format!("refused, as stdin is no terminal and there is no --yes: {asked}"))?;
                Ok(Decision::reject_because(NOBODY))
            }
            Who::Person(keyboard) => {
                conversation::hold(&self.pen, &mut *keyboard.lock().await, &blocker).await
            }
        }
    }

    fn remark(&self, text: &str) -> io::Result<()> {
        let mut pen = self.pen.lock();
        pen.line(Style::Dim, text)?;
        pen.flush()
    }
}
