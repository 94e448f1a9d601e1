//! A reply that is checked after every step.

use opencode_wire::event::{Event, EventKind};
use opencode_wire::reply::{Changes, Reply, Snapshot};
use serde_json::Value;

use super::mirror::Mirror;

/// Everything that people see of a reply.
#[derive(Debug, PartialEq)]
pub(crate) struct View {
    text: String,
    reasoning: String,
    parts: Vec<Value>,
    usage: (u64, u64, u64, u64),
    todos: usize,
    blocked: bool,
    files: Vec<String>,
    messages: usize,
    sessions: usize,
}

/// A reply that checks what must hold after every step.
pub(crate) struct Checked {
    pub(crate) reply: Reply,
    seq: u64,
    steps: u64,
}

impl Checked {
    pub(crate) const fn new(reply: Reply) -> Self {
        Self { reply, seq: 0, steps: 0 }
    }

    pub(crate) fn apply(&mut self, event: &Event) {
        let changes = self.reply.apply(event);
        let removes = matches!(event.kind, EventKind::MessageRemoved(_) | EventKind::PartRemoved(_));
        self.check(&changes, removes);
    }

    pub(crate) fn apply_all(&mut self, events: &[Event]) -> &mut Self {
        events.iter().for_each(|event| self.apply(event));
        self
    }

    pub(crate) fn check(&mut self, changes: &Changes, removes: bool) {
        for change in changes.iter() {
            self.seq += 1;
            assert_eq!(change.seq, self.seq, "numbers rise by one");
        }
        assert_eq!(self.reply.seq(), self.seq);
        let steps = self.reply.usage().steps;
        assert!(removes || steps >= self.steps, "usage never shrinks");
        self.steps = steps;
    }

    pub(crate) fn resync(&mut self, snapshot: &Snapshot) {
        let changes = self.reply.resync(snapshot);
        self.check(&changes, false);
    }

    /// What the follower of a turn does at its end.
    pub(crate) fn end(&mut self, server: &Mirror) -> &mut Self {
        // Sub-agents that are found by the first answer are asked about by the second.
        for _ in 0..2 {
            let snapshot = server.snapshot(&self.reply);
            self.resync(&snapshot);
            for exchange in &snapshot.exchanges {
                let changes = self.reply.settle(exchange);
                self.check(&changes, true);
            }
        }
        self
    }

    pub(crate) fn view(&self) -> View {
        let usage = self.reply.usage();
        View {
            text: self.reply.text(),
            reasoning: self.reply.reasoning(),
            parts: self.reply.canonical_parts(),
            usage: (usage.steps, usage.input, usage.output, usage.reasoning),
            todos: self.reply.todos().len(),
            blocked: self.reply.is_blocked(),
            files: self.reply.files(),
            messages: self.reply.messages().len(),
            sessions: self.reply.sessions().len(),
        }
    }
}
