//! Which messages belong to the turn: told by ids and parentage, never by text or position.
//!
//! A turn is one user message and every assistant message that answers it. The server inserts user messages of its
//! own while a turn runs: a compaction, and the text that makes the model go on after it. What answers those belongs
//! to the turn as well. What answers another person's message does not, although it may come in between.

use std::collections::HashMap;

use crate::ids::{MessageId, SessionId};
use crate::model::{Message, Part, PartKind, Role};

/// What a message is to the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Not known yet: its role, or what it answers, has not been told.
    Unknown,
    /// The prompt, or a message that the server inserted to go on with it. Never part of the reply.
    Question,
    /// Part of the reply.
    Answer,
    /// Of another turn.
    Foreign,
}

/// A message that was heard of.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: MessageId,
    pub(super) session_id: SessionId,
    pub(super) info: Option<Message>,
    pub(super) standing: Standing,
}

#[derive(Debug, Clone)]
pub(super) struct Lineage {
    root: SessionId,
    prompt: MessageId,
    entries: Vec<Entry>,
    index: HashMap<MessageId, usize>,
    /// The first message of another person after the prompt: the server answers only the newest.
    newer_prompt: Option<MessageId>,
}

impl Lineage {
    pub(super) fn new(root: SessionId, prompt: MessageId) -> Self {
        let mut lineage =
            Self { root, prompt, entries: Vec::new(), index: HashMap::new(), newer_prompt: None };
        let (root, prompt) = (lineage.root.clone(), lineage.prompt.clone());
        let slot = lineage.slot(&root, &prompt);
        lineage.entries[slot].standing = Standing::Question;
        lineage
    }

    pub(super) const fn prompt(&self) -> &MessageId {
        &self.prompt
    }

    pub(super) fn entry(&self, slot: usize) -> &Entry {
        &self.entries[slot]
    }

    pub(super) fn find(&self, id: &MessageId) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(super) const fn newer_prompt(&self) -> Option<&MessageId> {
        self.newer_prompt.as_ref()
    }

    /// The place of a message, made if it was not heard of.
    pub(super) fn slot(&mut self, session_id: &SessionId, id: &MessageId) -> usize {
        if let Some(&slot) = self.index.get(id) {
            return slot;
        }
        let slot = self.entries.len();
        self.entries.push(Entry {
            id: id.clone(),
            session_id: session_id.clone(),
            info: None,
            standing: Standing::Unknown,
        });
        self.index.insert(id.clone(), slot);
        slot
    }

    /// Takes what is told about a message. Returns the messages that became answers.
    pub(super) fn learn(&mut self, slot: usize, info: &Message) -> Vec<usize> {
        let entry = &mut self.entries[slot];
        // A completed message does not grow again: what says so is older.
        let is_stale = entry.info.as_ref().is_some_and(|known| known.is_completed() && !info.is_completed());
        if !is_stale {
            entry.info = Some(info.clone());
        }
        self.judge_all()
    }

    /// Learns from a part of a user message who wrote it. Returns the messages that became answers.
    ///
    /// Texts that the server writes are marked `synthetic`. It also puts such texts beside a person's own when files
    /// are mentioned, so one part of a person's making is enough to make the message a person's.
    pub(super) fn learn_part(&mut self, slot: usize, part: &Part) -> Vec<usize> {
        let entry = &self.entries[slot];
        let is_user = entry.info.as_ref().is_some_and(|info| info.role == Role::User);
        if !is_user || entry.session_id != self.root || entry.id == self.prompt {
            return Vec::new();
        }
        let by_server = match &part.kind {
            PartKind::Compaction(_) => true,
            PartKind::Text(text) => text.synthetic == Some(true),
            PartKind::File(_) | PartKind::Agent(_) | PartKind::Subtask(_) => false,
            _ => return Vec::new(),
        };
        let id = entry.id.clone();
        let is_within = id > self.prompt && self.newer_prompt.as_ref().is_none_or(|newer| id < *newer);
        if !by_server {
            self.entries[slot].standing = Standing::Foreign;
            if is_within {
                self.newer_prompt = Some(id);
            }
        } else if entry.standing == Standing::Unknown {
            self.entries[slot].standing = if is_within { Standing::Question } else { Standing::Foreign };
        }
        self.judge_all()
    }

    /// Forgets a message that the server removed.
    pub(super) fn remove(&mut self, slot: usize) {
        self.entries[slot].info = None;
        self.entries[slot].standing = Standing::Foreign;
    }

    /// Judges what could not be judged before. A turn has few messages, so all are looked at.
    fn judge_all(&mut self) -> Vec<usize> {
        let mut answers = Vec::new();
        for slot in 0..self.entries.len() {
            if self.entries[slot].standing != Standing::Unknown {
                continue;
            }
            let standing = self.judge(&self.entries[slot]);
            if standing == Standing::Answer {
                answers.push(slot);
            }
            self.entries[slot].standing = standing;
        }
        answers
    }

    fn judge(&self, entry: &Entry) -> Standing {
        let Some(info) = &entry.info else { return Standing::Unknown };
        if entry.session_id != self.root {
            // A sub-agent's session: everything that was said since the prompt belongs to the turn.
            return match info.role {
                Role::Assistant if entry.id > self.prompt => Standing::Answer,
                _ => Standing::Foreign,
            };
        }
        if info.role != Role::Assistant {
            return Standing::Unknown;
        }
        let parent = info.parent_id.as_ref().and_then(|parent| self.find(parent));
        match parent.map(|slot| self.entries[slot].standing) {
            Some(Standing::Question) => Standing::Answer,
            Some(Standing::Foreign | Standing::Answer) => Standing::Foreign,
            Some(Standing::Unknown) => Standing::Unknown,
            // What it answers was never heard of: older than the prompt, or not told yet.
            None if info.parent_id.as_ref().is_some_and(|parent| *parent < self.prompt) => Standing::Foreign,
            None => Standing::Unknown,
        }
    }

    /// The answers of the turn's own session, oldest first.
    pub(super) fn answers(&self) -> Vec<&Message> {
        let mut answers: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.standing == Standing::Answer && entry.session_id == self.root)
            .filter_map(|entry| entry.info.as_ref())
            .collect();
        answers.sort_by(|one, other| one.id.cmp(&other.id));
        answers
    }

    /// Whether the newest assistant message of the turn's own session is one of its answers.
    pub(super) fn is_speaking(&self) -> bool {
        self.newest().is_some_and(|entry| entry.standing == Standing::Answer)
    }

    /// Whether an answer to somebody else is being given in the turn's own session.
    pub(super) fn is_other_speaking(&self) -> bool {
        self.newest().is_some_and(|entry| {
            entry.standing == Standing::Foreign
                && entry.info.as_ref().is_some_and(|info| !info.is_completed())
        })
    }

    /// The newest assistant message of the turn's own session.
    fn newest(&self) -> Option<&Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.session_id == self.root)
            .filter(|entry| entry.info.as_ref().is_some_and(|info| info.role == Role::Assistant))
            .max_by(|one, other| one.id.cmp(&other.id))
    }
}
