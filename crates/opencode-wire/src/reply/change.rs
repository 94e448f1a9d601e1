//! What an event changed in a reply: the vocabulary of everybody who watches one.

use std::sync::Arc;

use super::{Blocker, BlockerAnswer, BlockerId, Usage};
use crate::ids::{MessageId, PartId, SessionId};
use crate::model::{MessageError, Retry, SessionStatus, Todo, ToolStatus};

/// One change of a reply.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The number of the change: rises by one within a reply, so that a watcher can tell that it missed none.
    pub seq: u64,
    /// The session of the tree in which it happened: the reply's own, or a sub-agent's.
    pub session_id: SessionId,
    /// What changed.
    pub kind: ChangeKind,
}

impl Change {
    /// A change, for those who pass changes on or make some for a test.
    #[must_use]
    pub fn new(seq: u64, session_id: SessionId, kind: ChangeKind) -> Self {
        Self { seq, session_id, kind }
    }
}

/// What changed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The server has stored the prompt.
    Accepted,
    /// A step of the answer began: a new message of the model.
    StepStarted {
        /// The message.
        message_id: MessageId,
    },
    /// A step of the answer ended.
    StepFinished {
        /// The message.
        message_id: MessageId,
        /// Why: `stop`, `tool-calls`, `length` and others.
        reason: String,
        /// What it used; steps are counted once, by part.
        usage: Box<Usage>,
    },
    /// Text has grown.
    Text {
        /// The part.
        part_id: PartId,
        /// What was appended, verbatim.
        delta: Arc<str>,
    },
    /// Reasoning has grown.
    Reasoning {
        /// The part.
        part_id: PartId,
        /// What was appended, verbatim.
        delta: Arc<str>,
    },
    /// Text or reasoning is other than what was told so far: show the part anew.
    PartReplaced {
        /// The part.
        part_id: PartId,
    },
    /// Text or reasoning is whole.
    PartFinished {
        /// The part.
        part_id: PartId,
    },
    /// A part belongs to a try that failed: it is no longer part of the reply.
    PartAbandoned {
        /// The part.
        part_id: PartId,
    },
    /// The server removed a part.
    PartRemoved {
        /// The part.
        part_id: PartId,
    },
    /// A tool call has appeared or advanced.
    Tool {
        /// The part.
        part_id: PartId,
        /// The tool.
        tool: String,
        /// How far it has come.
        status: ToolStatus,
    },
    /// A part that is neither text nor a tool call has appeared or changed: a file, a patch, a compaction and others.
    Part {
        /// The part.
        part_id: PartId,
    },
    /// The todo list is as told now.
    Todos(Vec<Todo>),
    /// A session does something else now.
    Status(SessionStatus),
    /// A request to the provider failed and will be tried again.
    Retrying(Retry),
    /// A sub-agent began to work in a session of its own.
    ChildStarted {
        /// The session that started it.
        parent_id: SessionId,
    },
    /// A person is asked something, and the turn waits.
    Blocked(Box<Blocker>),
    /// What was asked is answered, or nobody waits for an answer any more.
    Unblocked {
        /// The request.
        id: BlockerId,
        /// The answer; `None` when it is not known who answered what.
        answer: Option<BlockerAnswer>,
    },
    /// Something failed; not always the turn.
    Failed(Box<MessageError>),
    /// The conversation was replaced by its summary, to make room.
    Compacted,
    /// A stretch of the event stream was not seen. The reply has been, or will be, compared with the server.
    Gap,
    /// A session of the tree was deleted.
    SessionDeleted,
}

/// The changes that one event caused, in order: seldom more than one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    // Nearly every event causes none or one: those need no allocation.
    first: Option<Change>,
    rest: Vec<Change>,
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        if self.first.is_none() { 0 } else { 1 + self.rest.len() }
    }

    /// Looks at them.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.first.iter().chain(&self.rest)
    }

    pub(crate) fn extend(&mut self, more: Self) {
        for change in more {
            self.push(change);
        }
    }

    pub(crate) fn push(&mut self, change: Change) {
        if self.first.is_none() {
            self.first = Some(change);
        } else {
            self.rest.push(change);
        }
    }
}

impl IntoIterator for Changes {
    type Item = Change;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Change>, std::vec::IntoIter<Change>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.rest)
    }
}

/// Numbers changes and collects those of one event.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    pub(super) seq: &'a mut u64,
    pub(super) changes: Changes,
}

impl Recorder<'_> {
    pub(super) fn record(&mut self, session_id: &SessionId, kind: ChangeKind) {
        *self.seq += 1;
        self.changes.push(Change { seq: *self.seq, session_id: session_id.clone(), kind });
    }
}
