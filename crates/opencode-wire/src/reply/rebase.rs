//! How a reply is compared with what the server has stored: after a gap, and at the end.

use std::collections::{BTreeMap, HashSet};

use super::change::Recorder;
use super::lineage::Standing;
use super::{Blocker, BlockerId, ChangeKind, Changes, Reply};
use crate::ids::SessionId;
use crate::model::{
    ErrorName, Message, PartKind, PermissionRequest, QuestionRequest, Session, SessionStatus, StoredMessage,
    TextPart,
};

/// The messages of one session, as fetched from the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The session.
    pub session_id: SessionId,
    /// Its messages, oldest first: at least those from the prompt on.
    pub messages: Vec<StoredMessage>,
}

/// Everything that the server tells about a turn besides its events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The [number](Reply::seq) of the reply's last change when the snapshot was asked for: what changed since is newer.
    pub since: u64,
    /// The messages of the sessions of the turn that could be fetched.
    pub exchanges: Vec<Exchange>,
    /// What sessions do, as the server lists it: only those that do something. `None` if it was not fetched.
    pub statuses: Option<BTreeMap<SessionId, SessionStatus>>,
    /// Open permission requests. `None` if they were not fetched.
    pub permissions: Option<Vec<PermissionRequest>>,
    /// Open questions. `None` if they were not fetched.
    pub questions: Option<Vec<QuestionRequest>>,
    /// Sessions that were started from those of the turn.
    pub children: Vec<Session>,
    /// The session of the turn does not exist any more: the server answered 404.
    pub gone: bool,
}

impl Reply {
    /// Takes messages that were fetched while the turn may still run.
    ///
    /// Adds and advances, never takes away: an event may be newer than the answer to the request. Texts that are
    /// still growing are kept, because the server stores them only when they are whole.
    pub fn rebase(&mut self, exchange: &Exchange) -> Changes {
        self.with_recorder(|reply, recorder| reply.tell_exchange(exchange, recorder))
    }

    /// Takes messages that were fetched after the turn has ended: they are right, whatever was told before.
    pub fn settle(&mut self, exchange: &Exchange) -> Changes {
        self.with_recorder(|reply, recorder| {
            reply.tell_exchange(exchange, recorder);
            reply.remove_missing(exchange, recorder);
            reply.abandon_orphans(exchange, recorder);
        })
    }

    /// Takes everything that was fetched after a gap.
    pub fn resync(&mut self, snapshot: &Snapshot) -> Changes {
        self.with_recorder(|reply, recorder| {
            for exchange in &snapshot.exchanges {
                reply.tell_exchange(exchange, recorder);
            }
            for child in &snapshot.children {
                reply.meet_child(child, recorder);
            }
            if let Some(statuses) = &snapshot.statuses {
                // What events have told since then is newer: a try that has begun again must not be abandoned.
                let sessions: Vec<_> = reply
                    .tree
                    .sessions()
                    .iter()
                    .filter(|session| session.told <= snapshot.since)
                    .map(|session| session.id.clone())
                    .collect();
                for session_id in sessions {
                    let status = statuses.get(&session_id).unwrap_or(&SessionStatus::Idle);
                    reply.tell_status(&session_id, status, recorder);
                }
            }
            reply.compare_blockers(snapshot, recorder);
        })
    }

    /// Notes that a stretch of the event stream was not seen.
    pub fn mark_gap(&mut self) -> Changes {
        self.with_recorder(|reply, recorder| {
            for part in reply.parts.iter_mut() {
                part.incomplete |= part.is_growing();
            }
            let root = reply.session_id().clone();
            recorder.record(&root, ChangeKind::Gap);
        })
    }

    /// Notes that nobody waits for an answer any more: the turn has ended.
    pub(crate) fn close_blockers(&mut self) -> Changes {
        self.with_recorder(|reply, recorder| {
            let open: Vec<_> =
                reply.blockers.iter().map(|blocker| (blocker.session_id().clone(), blocker.id())).collect();
            for (session_id, id) in open {
                reply.close_blocker(&session_id, &id, None, recorder);
            }
        })
    }

    fn with_recorder(&mut self, work: impl FnOnce(&mut Self, &mut Recorder<'_>)) -> Changes {
        let mut seq = self.seq;
        let mut recorder = Self::recorder(&mut seq);
        work(self, &mut recorder);
        let changes = recorder.changes;
        self.seq = seq;
        changes
    }

    fn tell_exchange(&mut self, exchange: &Exchange, recorder: &mut Recorder<'_>) {
        if !self.tree.contains(&exchange.session_id) {
            return;
        }
        for message in &exchange.messages {
            self.tell_message(&message.info, recorder);
            for part in &message.parts {
                self.tell_part(part, recorder);
            }
        }
    }

    /// Removes parts that the server does not have, from messages that it has.
    fn remove_missing(&mut self, exchange: &Exchange, recorder: &mut Recorder<'_>) {
        let messages: HashSet<_> = exchange.messages.iter().map(|message| &message.info.id).collect();
        let parts: HashSet<_> =
            exchange.messages.iter().flat_map(|message| &message.parts).map(|part| &part.id).collect();
        let missing: Vec<_> = self
            .parts
            .iter()
            .filter(|part| messages.contains(&part.part.message_id) && !parts.contains(&part.part.id))
            .map(|part| part.part.id.clone())
            .collect();
        for id in &missing {
            self.remove_part(id, recorder);
        }
    }

    /// Abandons texts that a failed try left behind: the server has finished their message without storing them.
    ///
    /// Servers up to 1.2 do not store either what was being said when the turn was stopped. Nothing comes after that,
    /// as another try would have: it was said, and stays.
    fn abandon_orphans(&mut self, exchange: &Exchange, recorder: &mut Recorder<'_>) {
        let blank: HashSet<_> = exchange
            .messages
            .iter()
            .filter(|message| message.info.is_completed() && !was_stopped(&message.info))
            .flat_map(|message| &message.parts)
            .filter(|part| match &part.kind {
                PartKind::Text(text) | PartKind::Reasoning(text) => is_orphan(text),
                _ => false,
            })
            .map(|part| &part.id)
            .collect();
        for part in self.parts.iter_mut() {
            if part.is_growing()
                && blank.contains(&part.part.id)
                && self.lineage.entry(part.message).standing == Standing::Answer
            {
                part.abandoned = true;
                recorder.record(
                    &part.part.session_id,
                    ChangeKind::PartAbandoned { part_id: part.part.id.clone() },
                );
            }
        }
    }

    fn compare_blockers(&mut self, snapshot: &Snapshot, recorder: &mut Recorder<'_>) {
        let mut listed = Vec::new();
        for request in snapshot.permissions.iter().flatten() {
            listed.push(BlockerId::Permission(request.id.clone()));
            self.open_blocker(Blocker::Permission(request.clone()), recorder);
        }
        for request in snapshot.questions.iter().flatten() {
            listed.push(BlockerId::Question(request.id.clone()));
            self.open_blocker(Blocker::Question(request.clone()), recorder);
        }
        for (session_id, id) in self.blockers.missing_from(&listed, snapshot.since) {
            let was_listed = match id {
                BlockerId::Permission(_) => snapshot.permissions.is_some(),
                BlockerId::Question(_) => snapshot.questions.is_some(),
            };
            if was_listed {
                self.close_blocker(&session_id, &id, None, recorder);
            }
        }
    }
}

fn was_stopped(message: &Message) -> bool {
    message.error.as_ref().is_some_and(|error| error.name == ErrorName::Aborted)
}

fn is_orphan(text: &TextPart) -> bool {
    text.text.is_empty() && !text.is_final()
}
