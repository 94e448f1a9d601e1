//! Which messages belong to the turn: told by ids and parentage, never by text or position.
//!
//! A turn is one user message and every assistant message that answers it. The server inserts user messages of its
//! own while a turn runs: a compaction, and the text that makes the model go on after it. What answers those belongs
//! to the turn as well. What answers another person's message does not, although it may come in between.

use std::collections::HashMap;

use crate::ids::{MessageId, SessionId};
use crate::model::{Message, Part, PartKind, Role, Timestamp};

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
    /// What is told about it; in a box, because most turns have few messages and there is room for four at once.
    pub(super) info: Option<Box<Message>>,
    pub(super) standing: Standing,
    /// A compaction because the conversation did not fit into the model's context.
    is_overflow: bool,
    /// Another person wrote it.
    is_persons: bool,
}

impl Entry {
    /// Whether a compaction made the message: the model reads it, and people are not told.
    pub(super) fn is_summary(&self) -> bool {
        self.info.as_deref().is_some_and(Message::is_compaction_summary)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Lineage {
    root: SessionId,
    prompt: MessageId,
    entries: Vec<Entry>,
    index: HashMap<MessageId, usize>,
}

impl Lineage {
    pub(super) fn new(root: SessionId, prompt: MessageId) -> Self {
        let mut lineage = Self { root, prompt, entries: Vec::new(), index: HashMap::new() };
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

    /// The first message of another person after the prompt: the server answers only the newest.
    pub(super) fn newer_prompt(&self) -> Option<&MessageId> {
        let prompt = &self.entries[self.find(&self.prompt)?];
        self.entries
            .iter()
            .filter(|entry| entry.is_persons && is_behind(entry, prompt))
            .min_by(|one, other| {
                if is_behind(one, other) { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less }
            })
            .map(|entry| &entry.id)
    }

    /// Whether a message stands behind the prompt, and before the next one of another person.
    fn is_within(&self, entry: &Entry) -> bool {
        let find = |id: &MessageId| self.find(id).map(|slot| &self.entries[slot]);
        find(&self.prompt).is_some_and(|prompt| is_behind(entry, prompt))
            && self.newer_prompt().and_then(find).is_none_or(|newer| is_behind(newer, entry))
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
            is_overflow: false,
            is_persons: false,
        });
        self.index.insert(id.clone(), slot);
        slot
    }

    /// Takes what is told about a message. Returns the messages that became answers.
    pub(super) fn learn(&mut self, slot: usize, info: &Message) -> Vec<usize> {
        let entry = &mut self.entries[slot];
        // A completed message does not grow again: what says so is older. And nobody's message becomes another's.
        let is_stale = entry
            .info
            .as_deref()
            .is_some_and(|known| known.role != info.role || (known.is_completed() && !info.is_completed()));
        if !is_stale {
            entry.info = Some(Box::new(info.clone()));
        }
        self.judge_all()
    }

    /// Learns from a part of a user message who wrote it. Returns the messages that became answers.
    ///
    /// Texts that the server writes are marked `synthetic`. It also puts such texts beside a person's own when files
    /// are mentioned, so one part of a person's making is enough to make the message a person's.
    pub(super) fn learn_part(&mut self, slot: usize, part: &Part) -> Vec<usize> {
        let entry = &self.entries[slot];
        let is_user = entry.info.as_deref().is_some_and(|info| info.role == Role::User);
        if !is_user || entry.session_id != self.root || entry.id == self.prompt {
            return Vec::new();
        }
        let (by_server, on_its_own) = match &part.kind {
            PartKind::Compaction(compaction) => (true, compaction.auto),
            PartKind::Text(text) if text.synthetic == Some(true) => (true, false),
            PartKind::Text(_) | PartKind::File(_) | PartKind::Agent(_) | PartKind::Subtask(_) => {
                let is_repetition = self.is_repetition(entry);
                (is_repetition, is_repetition)
            }
            _ => return Vec::new(),
        };
        let id = entry.id.clone();
        if matches!(&part.kind, PartKind::Compaction(compaction) if compaction.overflow == Some(true)) {
            self.entries[slot].is_overflow = true;
        }
        let entry = &self.entries[slot];
        if !by_server {
            self.entries[slot].standing = Standing::Foreign;
            self.entries[slot].is_persons = true;
        } else if entry.standing == Standing::Unknown {
            let goes_on = self.is_within(entry) && (on_its_own || !self.is_over_before(&id));
            self.entries[slot].standing = if goes_on { Standing::Question } else { Standing::Foreign };
        }
        self.judge_all()
    }

    /// Whether a user message is the prompt said again by the server.
    ///
    /// When a conversation does not fit any more, the server summarises all of it but the prompt at hand, and repeats
    /// that in a message of its own, which nothing marks. It is the first one that was made when the summary was
    /// there; what a person wrote meanwhile is older.
    fn is_repetition(&self, message: &Entry) -> bool {
        self.entries.iter().filter(|entry| entry.is_summary()).filter_map(|entry| entry.info.as_deref()).any(
            |summary| {
                let compaction = summary.parent_id.as_ref().and_then(|parent| self.find(parent));
                let is_ours = compaction.map(|slot| &self.entries[slot]).is_some_and(|compaction| {
                    compaction.is_overflow && compaction.standing == Standing::Question
                });
                is_ours
                    && summary.error.is_none()
                    && summary.time.completed.is_some_and(|completed| {
                        self.first_prompt_since(&summary.id, completed) == Some(&message.id)
                    })
            },
        )
    }

    /// The first user message of the turn's own session that stands behind a message and was made at a time or later.
    fn first_prompt_since(&self, behind: &MessageId, time: Timestamp) -> Option<&MessageId> {
        let is_since =
            |info: &&Message| info.role == Role::User && info.id > *behind && info.time.created >= time;
        self.entries
            .iter()
            .filter(|entry| entry.session_id == self.root)
            .filter_map(|entry| entry.info.as_deref())
            .filter(is_since)
            .map(|info| &info.id)
            .min()
    }

    /// Whether the turn had ended when a message was made.
    ///
    /// The server also writes in a person's name when that person runs a shell command or asks for a summary, which is
    /// possible only between turns.
    fn is_over_before(&self, id: &MessageId) -> bool {
        let last = self
            .entries
            .iter()
            .filter(|entry| entry.session_id == self.root && entry.id < *id)
            .filter(|entry| match entry.standing {
                Standing::Question => true,
                Standing::Answer => !entry.is_summary(),
                Standing::Unknown | Standing::Foreign => false,
            })
            .max_by(|one, other| one.id.cmp(&other.id));
        last.filter(|entry| entry.standing == Standing::Answer)
            .and_then(|entry| entry.info.as_deref())
            .is_some_and(Message::is_last_word)
    }

    /// Forgets a message that the server removed.
    pub(super) fn remove(&mut self, slot: usize) {
        self.entries[slot].info = None;
        self.entries[slot].standing = Standing::Foreign;
        self.entries[slot].is_persons = false;
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
            return if info.role == Role::Assistant { self.judge_child(entry) } else { Standing::Foreign };
        }
        if info.role != Role::Assistant {
            return Standing::Unknown;
        }
        let parent = info.parent_id.as_ref().and_then(|parent| self.find(parent));
        match parent.map(|slot| self.entries[slot].standing) {
            Some(Standing::Question) => Standing::Answer,
            Some(Standing::Foreign | Standing::Answer) => Standing::Foreign,
            // What it answers was never heard of: older than the prompt, or not told yet.
            None if info.parent_id.as_ref().is_some_and(|parent| *parent < self.prompt) => Standing::Foreign,
            Some(Standing::Unknown) | None => Standing::Unknown,
        }
    }

    /// Judges a message of a sub-agent: one that an earlier turn began may be gone on with.
    ///
    /// The prompt's id was made by a client whose clock may be ahead of the server's, so the times count that the
    /// server tells. As long as it has not told the prompt's, nothing is said against a message.
    fn judge_child(&self, entry: &Entry) -> Standing {
        let prompt = self.find(&self.prompt).map(|slot| &self.entries[slot]);
        match prompt.filter(|prompt| prompt.info.is_some()) {
            Some(prompt) if is_behind(entry, prompt) => Standing::Answer,
            Some(_) => Standing::Foreign,
            None if entry.id > self.prompt => Standing::Answer,
            None => Standing::Unknown,
        }
    }

    /// The answers of the turn's own session, oldest first.
    pub(super) fn answers(&self) -> Vec<&Message> {
        let mut answers: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.standing == Standing::Answer && entry.session_id == self.root)
            .filter_map(|entry| entry.info.as_deref())
            .collect();
        answers.sort_by(|one, other| one.id.cmp(&other.id));
        answers
    }

    /// Whether the newest assistant message of the turn's own session is one of its answers.
    pub(super) fn is_speaking(&self) -> bool {
        self.newest().is_some_and(|entry| entry.standing == Standing::Answer && entry.info.is_some())
    }

    /// Whether an answer to somebody else is being given in the turn's own session.
    pub(super) fn is_other_speaking(&self) -> bool {
        self.newest().is_some_and(|entry| match &entry.info {
            Some(info) => entry.standing == Standing::Foreign && !info.is_completed(),
            // It was begun before anybody listened, and grows: an answer to an older prompt.
            None => entry.standing == Standing::Unknown,
        })
    }

    /// The newest assistant message of the turn's own session.
    fn newest(&self) -> Option<&Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.session_id == self.root)
            .filter(|entry| match &entry.info {
                Some(info) => info.role == Role::Assistant,
                None => entry.standing == Standing::Unknown && entry.id < self.prompt,
            })
            .max_by(|one, other| one.id.cmp(&other.id))
    }
}

/// Whether a message stands behind another, for the server.
///
/// That goes by the time at which it stored them, and not by ids: two prompts that are posted at once may arrive in
/// another order than that in which their ids were minted, and it answers the one that came last.
fn is_behind(entry: &Entry, other: &Entry) -> bool {
    let created = |entry: &Entry| entry.info.as_deref().map(|info| info.time.created);
    match (created(entry), created(other)) {
        (Some(one), Some(two)) if one != two => one > two,
        _ => entry.id > other.id,
    }
}
