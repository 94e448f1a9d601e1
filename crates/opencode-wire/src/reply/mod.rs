//! The reply of a turn as it grows: everything that was said and done since a prompt, in its session and in those of
//! its sub-agents.
//!
//! A [`Reply`] takes [events](crate::event::Event) in any order in which a server can produce them, and
//! [exchanges](Exchange) that were fetched when events were missed. It keeps what they tell, keyed by ids, and says
//! what each of them changed. It does no IO and cannot fail.
//!
//! | told by the server | what becomes of it |
//! |---|---|
//! | a delta | appended verbatim, unless the part's whole text is known or the event is a repetition |
//! | a snapshot of a part | replaces what is known; an older one is recognised and says nothing |
//! | a tool call | its status only rises; what a snapshot leaves out stays |
//! | a message | decides whether its parts belong to the reply: by parentage, never by position |
//! | the prompt's own message | never part of the reply |
//! | a compaction and the message that goes on after it | inside the turn; the summary is not part of the text |
//! | another person's prompt in between | outside, with everything that answers it |
//! | a retry after partial output | the parts of the failed try are abandoned |
//! | a sub-agent's session | followed as part of the tree, with its questions and permissions |

mod announce;
mod apply;
mod blocker;
mod canonical;
mod change;
mod children;
mod lineage;
mod parts;
mod projection;
mod rebase;
mod recent;
mod text;
mod todos;
mod tree;
mod tries;
mod usage;

pub use self::blocker::{Blocker, BlockerAnswer, BlockerId};
pub use self::change::{Change, ChangeKind, Changes};
pub use self::parts::ReplyPart;
pub use self::rebase::{Exchange, Snapshot};
pub use self::tree::TreeSession;
pub use self::usage::Usage;

use std::collections::HashMap;

use self::blocker::Blockers;
use self::change::Recorder;
use self::lineage::Lineage;
use self::parts::Parts;
use self::recent::Recent;
use self::tree::Tree;
use crate::ids::{MessageId, PartId, SessionId};
use crate::model::{MessageError, Todo};

/// The reply of a turn as it grows.
///
/// # Examples
///
/// ```
/// use opencode_wire::event::Event;
/// use opencode_wire::reply::Reply;
///
/// let mut reply = Reply::new("ses_1".parse()?, "msg_1".parse()?);
/// for frame in [
///     r#"{"type":"message.updated","properties":{"sessionID":"ses_1","info":{"id":"msg_2","sessionID":"ses_1","role":"assistant","parentID":"msg_1","time":{"created":1}}}}"#,
///     r#"{"type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"id":"prt_1","sessionID":"ses_1","messageID":"msg_2","type":"text","text":""}}}"#,
///     r#"{"type":"message.part.delta","properties":{"sessionID":"ses_1","messageID":"msg_2","partID":"prt_1","field":"text","delta":"Hello"}}"#,
/// ] {
///     reply.apply(&Event::decode(frame.as_bytes())?);
/// }
/// assert_eq!(reply.text(), "Hello");
/// # Ok::<(), opencode_wire::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reply {
    tree: Tree,
    lineage: Lineage,
    parts: Parts,
    blockers: Blockers,
    /// The todo list of each session, as told last.
    todos: HashMap<SessionId, Vec<Todo>>,
    errors: Vec<Failure>,
    recent: Recent,
    accepted: bool,
    seq: u64,
}

/// Something that failed.
#[derive(Debug, Clone)]
struct Failure {
    session_id: SessionId,
    error: MessageError,
    /// Whether only this turn can have failed: the prompt was stored, and no newer one was.
    is_own: bool,
}

impl Reply {
    /// Begins the reply to a message of a session.
    #[must_use]
    pub fn new(session_id: SessionId, message_id: MessageId) -> Self {
        Self {
            tree: Tree::new(session_id.clone()),
            lineage: Lineage::new(session_id, message_id),
            parts: Parts::default(),
            blockers: Blockers::default(),
            todos: HashMap::new(),
            errors: Vec::new(),
            recent: Recent::new(),
            accepted: false,
            seq: 0,
        }
    }

    /// The session that was prompted.
    #[must_use]
    pub fn session_id(&self) -> &SessionId {
        &self.tree.root().id
    }

    /// The prompt's own message.
    #[must_use]
    pub fn message_id(&self) -> &MessageId {
        self.lineage.prompt()
    }

    /// The number of the last change.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Whether the server is known to have stored the prompt.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// The sessions of the turn: its own first, then those of sub-agents, parents before children.
    #[must_use]
    pub fn sessions(&self) -> &[TreeSession] {
        self.tree.sessions()
    }

    /// Whether a session belongs to the turn.
    #[must_use]
    pub fn contains_session(&self, session_id: &SessionId) -> bool {
        self.tree.contains(session_id)
    }

    /// What people are asked at the moment, in the order in which it was asked.
    pub fn blockers(&self) -> impl Iterator<Item = &Blocker> {
        self.blockers.iter()
    }

    /// Whether the turn waits for a person.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blockers.iter().next().is_some()
    }

    /// A part by its id, if it belongs to the reply.
    #[must_use]
    pub fn part(&self, id: &PartId) -> Option<&ReplyPart> {
        self.parts.by_id(id).filter(|part| self.is_answer(part))
    }

    /// A newer prompt of somebody else in the same session, which the server answers instead of this one once it is
    /// done with the step at hand.
    #[must_use]
    pub fn newer_prompt(&self) -> Option<&MessageId> {
        self.lineage.newer_prompt()
    }

    /// Whether another turn of the same session has to end before this one can begin.
    #[must_use]
    pub fn is_waiting_in_line(&self) -> bool {
        self.lineage.is_other_speaking()
    }

    /// Whether events have told, after the change with that number, that the prompted session works: then a list
    /// of working sessions that was asked for before is old.
    pub(crate) fn has_set_to_work_since(&self, seq: u64) -> bool {
        let root = self.tree.root();
        root.told > seq && root.status.as_ref().is_some_and(|status| !status.is_idle())
    }

    fn is_answer(&self, part: &ReplyPart) -> bool {
        self.lineage.entry(part.message).standing == lineage::Standing::Answer
    }

    fn recorder(seq: &mut u64) -> Recorder<'_> {
        Recorder { seq, changes: Changes::default() }
    }
}
