//! The state machine that follows a turn, alone: no server, no clock.

mod begin;
mod cancel;
mod doubt;
mod ending;
mod limits;

use std::time::Duration;

use opencode_wire::event::Event;
use opencode_wire::model::StoredMessage;
use opencode_wire::reply::Snapshot;
use opencode_wire::turn::{Action, Deadlines, Ending, FollowPolicy, Follower, Input};
use serde_json::{Value, json};

use super::telling::{PROMPT, ROOT, info, reply, text_part};

pub(super) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A follower with a clock of its own, which goes on only when it is told to.
pub(super) struct Drive {
    pub(super) follower: Follower,
    pub(super) now: Duration,
}

impl Drive {
    pub(super) fn new() -> Self {
        Self::with(FollowPolicy::default())
    }

    pub(super) fn with(policy: FollowPolicy) -> Self {
        Self { follower: Follower::new(reply(), policy), now: seconds(1000) }
    }

    pub(super) fn with_deadlines(set: impl FnOnce(&mut Deadlines)) -> Self {
        let mut policy = FollowPolicy::default();
        set(&mut policy.deadlines);
        Self::with(policy)
    }

    pub(super) fn attach() -> Self {
        Self { follower: Follower::attach(reply(), FollowPolicy::default()), now: seconds(1000) }
    }

    /// A turn whose prompt was accepted, and whose first step, `msg_2`, runs.
    pub(super) fn running(mut self) -> Self {
        assert_eq!(self.tell(&Input::Live), [Action::Prompt]);
        assert_eq!(self.tell(&Input::PromptAccepted), []);
        self.hear([ROOT.user(PROMPT), ROOT.busy(), ROOT.assistant("msg_2", PROMPT)]);
        self
    }

    /// The same, with a text that has begun.
    pub(super) fn speaking(self) -> Self {
        let mut drive = self.running();
        drive.hear([ROOT.text("msg_2", "prt_1", "", false), ROOT.delta("msg_2", "prt_1", "half")]);
        drive
    }

    /// Gives an input and takes what is to be done.
    pub(super) fn tell(&mut self, input: &Input<'_>) -> Vec<Action> {
        self.follower.handle(self.now, input);
        std::iter::from_fn(|| self.follower.next_action()).collect()
    }

    /// Events that ask for nothing.
    pub(super) fn hear(&mut self, events: impl IntoIterator<Item = Event>) {
        for event in events {
            assert_eq!(self.tell(&Input::Event(&event)), [], "{event:?}");
        }
    }

    pub(super) fn event(&mut self, event: &Event) -> Vec<Action> {
        self.tell(&Input::Event(event))
    }

    /// Answers a question, as of now.
    pub(super) fn answer(&mut self, mut snapshot: Snapshot) -> Vec<Action> {
        snapshot.since = self.follower.reply().seq();
        self.tell(&Input::Fetched(&snapshot))
    }

    /// Lets time pass, and takes what is to be done on the way, with the time at which it is.
    pub(super) fn wait(&mut self, length: Duration) -> Vec<(Duration, Action)> {
        let until = self.now + length;
        let mut actions = Vec::new();
        while let Some(at) = self.follower.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            let now = self.now;
            actions.extend(self.tell(&Input::Tick).into_iter().map(|action| (now, action)));
        }
        self.now = until;
        actions
    }

    /// Lets time pass while each question gets the same answer and each abort is carried out. Gives everything but
    /// questions, with its time.
    pub(super) fn wait_with(&mut self, length: Duration, snapshot: &Snapshot) -> Vec<(Duration, Action)> {
        let until = self.now + length;
        let mut seen = Vec::new();
        loop {
            let mut actions = self.tell(&Input::Tick);
            while let Some(action) = actions.pop() {
                if action == Action::Fetch {
                    actions.extend(self.answer(snapshot.clone()));
                } else {
                    if matches!(action, Action::Abort(_)) {
                        actions.extend(self.tell(&Input::Aborted));
                    }
                    seen.push((self.now, action));
                }
            }
            match self.follower.wake_at().filter(|at| *at <= until) {
                Some(at) => self.now = self.now.max(at),
                None => break,
            }
        }
        self.now = until;
        seen
    }

    pub(super) fn ending(&self) -> Option<&Ending> {
        self.follower.ending()
    }
}

/// What the server answers when the session does nothing.
pub(super) fn idle(messages: Vec<StoredMessage>) -> Snapshot {
    let mut snapshot = busy(messages);
    snapshot.statuses = Some([].into());
    snapshot
}

/// What the server answers when the session works.
pub(super) fn busy(messages: Vec<StoredMessage>) -> Snapshot {
    Snapshot {
        exchanges: vec![ROOT.exchange(messages)],
        statuses: Some([("ses_1".parse().unwrap(), opencode_wire::model::SessionStatus::Busy)].into()),
        permissions: Some(Vec::new()),
        questions: Some(Vec::new()),
        ..Snapshot::default()
    }
}

/// What the server answers when it does not know the session any more.
pub(super) fn gone() -> Snapshot {
    Snapshot { gone: true, ..Snapshot::default() }
}

pub(super) fn prompt() -> StoredMessage {
    ROOT.stored(&info("ses_1", PROMPT, "user", None, &json!({})), &[text_part("prt_0", "Go.", false)])
}

/// A step of the answer that the server has finished.
pub(super) fn finished(id: &str, rest: &Value, parts: &[Value]) -> StoredMessage {
    let mut rest = rest.clone();
    rest["time"] = json!({"created": 1, "completed": 2});
    ROOT.stored(&info("ses_1", id, "assistant", Some(PROMPT), &rest), parts)
}

/// The whole answer of most tests.
pub(super) fn answered() -> Vec<StoredMessage> {
    vec![prompt(), finished("msg_2", &json!({"finish": "stop"}), &[text_part("prt_1", "whole", true)])]
}

/// An answer that grows.
pub(super) fn growing() -> Vec<StoredMessage> {
    let info = info("ses_1", "msg_2", "assistant", Some(PROMPT), &json!({}));
    vec![prompt(), ROOT.stored(&info, &[text_part("prt_1", "", false)])]
}
