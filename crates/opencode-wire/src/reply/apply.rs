//! What each event does to a reply.

use std::sync::Arc;

use super::change::Recorder;
use super::lineage::Standing;
use super::parts::Told;
use super::{Blocker, BlockerAnswer, BlockerId, ChangeKind, Changes, Failure, Reply};
use crate::event::{DeltaField, Event, EventKind, PartDelta};
use crate::ids::{MessageId, SessionId};
use crate::model::{Message, MessageError, Part, PartKind, Role, SessionStatus, TextPart};

impl Reply {
    /// Takes an event and returns what it changed; nothing if it is not about this turn.
    pub fn apply(&mut self, event: &Event) -> Changes {
        // Taken out for the time of the call, so that the recorder and the reply can be borrowed side by side.
        let mut seq = self.seq;
        let mut recorder = Self::recorder(&mut seq);
        self.dispatch(event, &mut recorder);
        let changes = recorder.changes;
        self.seq = seq;
        changes
    }

    fn dispatch(&mut self, event: &Event, recorder: &mut Recorder<'_>) {
        if self.is_repetition(event) {
            return;
        }
        match &event.kind {
            EventKind::PartDelta(delta) if self.tree.contains(&delta.session_id) => {
                self.grow(delta, recorder);
            }
            EventKind::PartUpdated(told) if self.tree.contains(&told.session_id) => {
                self.tell_part(&told.part, recorder);
            }
            EventKind::PartRemoved(removed) => self.remove_part(&removed.part_id, recorder),
            EventKind::MessageUpdated(told) if self.tree.contains(&told.session_id) => {
                self.tell_message(&told.info, recorder);
            }
            EventKind::MessageRemoved(removed) => self.remove_message(&removed.message_id, recorder),
            EventKind::SessionCreated(told) | EventKind::SessionUpdated(told) => {
                self.meet_child(&told.info, recorder);
            }
            EventKind::SessionDeleted(told) => self.delete_session(&told.session_id, recorder),
            EventKind::SessionStatus(told) => self.tell_status(&told.session_id, &told.status, recorder),
            EventKind::SessionIdle(session_id) => {
                self.tell_status(session_id, &SessionStatus::Idle, recorder);
            }
            EventKind::SessionError(told) => {
                if let (Some(session_id), Some(error)) = (&told.session_id, &told.error) {
                    self.fail(session_id, error, recorder);
                }
            }
            EventKind::SessionCompacted(session_id) if self.tree.contains(session_id) => {
                recorder.record(session_id, ChangeKind::Compacted);
            }
            EventKind::TodoUpdated(told) if self.tree.contains(&told.session_id) => {
                self.tell_todos(&told.session_id, &told.todos, recorder);
            }
            EventKind::PermissionAsked(request) => {
                self.open_blocker(Blocker::Permission((**request).clone()), recorder);
            }
            EventKind::QuestionAsked(request) => {
                self.open_blocker(Blocker::Question((**request).clone()), recorder);
            }
            EventKind::PermissionReplied(replied) => self.close_blocker(
                &replied.session_id,
                &BlockerId::Permission(replied.request_id.clone()),
                Some(BlockerAnswer::Permission(replied.reply.clone())),
                recorder,
            ),
            EventKind::QuestionReplied(replied) => self.close_blocker(
                &replied.session_id,
                &BlockerId::Question(replied.request_id.clone()),
                Some(BlockerAnswer::Question(replied.answers.clone())),
                recorder,
            ),
            EventKind::QuestionRejected(rejected) => self.close_blocker(
                &rejected.session_id,
                &BlockerId::Question(rejected.request_id.clone()),
                Some(BlockerAnswer::Rejected),
                recorder,
            ),
            _ => {}
        }
    }

    /// Whether the event is about this turn and was seen lately; remembers it.
    fn is_repetition(&mut self, event: &Event) -> bool {
        // A record of the server's log has the id of the event that it repeats, and is not taken.
        let is_taken = !matches!(event.kind, EventKind::Sync(_))
            && event.session_id().is_some_and(|session_id| self.tree.contains(session_id));
        is_taken && event.id.as_ref().is_some_and(|id| !self.recent.insert(id))
    }

    fn grow(&mut self, delta: &PartDelta, recorder: &mut Recorder<'_>) {
        if matches!(delta.field, DeltaField::Unknown(_)) {
            // Whatever grows there, it is not the text.
            return;
        }
        let slot = match self.parts.find(&delta.part_id) {
            Some(slot) => slot,
            None => match self.missed_start(delta) {
                Some(slot) => slot,
                None => return,
            },
        };
        let Some(part) = self.parts.get_mut(slot) else { return };
        if !part.append(&delta.delta) {
            return;
        }
        let (is_text, message) = (matches!(part.part.kind, PartKind::Text(_)), part.message);
        let entry = self.lineage.entry(message);
        if entry.standing == Standing::Answer && !entry.is_summary() {
            let part_id = delta.part_id.clone();
            let delta = Arc::clone(&delta.delta);
            let kind = if is_text {
                ChangeKind::Text { part_id, delta }
            } else {
                ChangeKind::Reasoning { part_id, delta }
            };
            recorder.record(&entry.session_id, kind);
        }
    }

    /// Makes a part of which only a delta was seen. Its type is guessed until it is told.
    fn missed_start(&mut self, delta: &PartDelta) -> Option<usize> {
        let text = TextPart::default();
        let kind = match delta.field {
            DeltaField::Text => PartKind::Text(text),
            DeltaField::Reasoning => PartKind::Reasoning(text),
            DeltaField::Unknown(_) => return None,
        };
        let message = self.lineage.slot(&delta.session_id, &delta.message_id);
        if self.lineage.entry(message).standing == Standing::Foreign {
            return None;
        }
        let part = Part {
            id: delta.part_id.clone(),
            session_id: delta.session_id.clone(),
            message_id: delta.message_id.clone(),
            kind,
            extra: crate::model::Extra::default(),
        };
        Some(self.parts.insert(part, message, true))
    }

    pub(super) fn tell_part(&mut self, told: &Part, recorder: &mut Recorder<'_>) {
        let message = self.lineage.slot(&told.session_id, &told.message_id);
        let answers = self.lineage.learn_part(message, told);
        let outcome = match self.parts.find(&told.id).and_then(|slot| self.parts.get_mut(slot)) {
            Some(known) => known.tell(told),
            None if self.lineage.entry(message).standing == Standing::Foreign => Told::Nothing,
            None => {
                self.parts.insert(told.clone(), message, false);
                Told::Added
            }
        };
        self.announce_all(&answers, recorder);
        if self.lineage.entry(message).standing == Standing::Answer && !answers.contains(&message) {
            let advanced = outcome != Told::Nothing;
            self.announce(&told.id, outcome, recorder);
            if advanced {
                self.learn_todos(told, recorder);
            }
        }
        if matches!(told.kind, PartKind::StepStart(_)) {
            self.abandon_failed_try(message, &told.id, recorder);
        }
        self.meet_task(told, recorder);
    }

    pub(super) fn tell_message(&mut self, info: &Message, recorder: &mut Recorder<'_>) {
        let message = self.lineage.slot(&info.session_id, &info.id);
        if info.id == *self.lineage.prompt() && !self.accepted {
            self.accepted = true;
            recorder.record(&info.session_id, ChangeKind::Accepted);
        }
        let mut answers = self.lineage.learn(message, info);
        if info.role == Role::User {
            // Parts may have come before the message: now they can be judged.
            let parts: Vec<_> = self
                .parts
                .iter()
                .filter(|part| part.message == message)
                .map(|part| part.part.clone())
                .collect();
            for part in &parts {
                answers.extend(self.lineage.learn_part(message, part));
            }
        }
        self.announce_all(&answers, recorder);
    }

    pub(super) fn remove_part(&mut self, id: &crate::ids::PartId, recorder: &mut Recorder<'_>) {
        if let Some(part) = self.parts.remove(id)
            && self.is_answer(&part)
        {
            recorder.record(&part.part.session_id, ChangeKind::PartRemoved { part_id: id.clone() });
        }
    }

    fn remove_message(&mut self, id: &MessageId, recorder: &mut Recorder<'_>) {
        let Some(message) = self.lineage.find(id) else { return };
        let parts: Vec<_> = self
            .parts
            .iter()
            .filter(|part| part.message == message)
            .map(|part| part.part.id.clone())
            .collect();
        for part_id in &parts {
            self.remove_part(part_id, recorder);
        }
        self.lineage.remove(message);
    }

    pub(super) fn tell_status(
        &mut self,
        session_id: &SessionId,
        status: &SessionStatus,
        recorder: &mut Recorder<'_>,
    ) {
        let Some(session) = self.tree.get_mut(session_id) else { return };
        if session.status.as_ref() == Some(status) {
            return;
        }
        session.status = Some(status.clone());
        session.told = *recorder.seq + 1;
        let is_ours = *session_id != *self.session_id() || self.lineage.is_speaking();
        match status {
            SessionStatus::Retry(retry) if is_ours => {
                self.abandon_growing(session_id, recorder);
                recorder.record(session_id, ChangeKind::Retrying(retry.clone()));
            }
            _ => recorder.record(session_id, ChangeKind::Status(status.clone())),
        }
    }

    /// A failed try leaves its unfinished texts behind, and the next one says them again in new parts.
    fn abandon_growing(&mut self, session_id: &SessionId, recorder: &mut Recorder<'_>) {
        for part in self.parts.iter_mut() {
            if part.part.session_id == *session_id
                && part.is_growing()
                && self.lineage.entry(part.message).standing == Standing::Answer
            {
                part.abandoned = true;
                recorder.record(session_id, ChangeKind::PartAbandoned { part_id: part.part.id.clone() });
            }
        }
    }

    fn fail(&mut self, session_id: &SessionId, error: &MessageError, recorder: &mut Recorder<'_>) {
        if self.tree.contains(session_id) {
            let is_own = self.accepted && self.newer_prompt().is_none();
            let failure = Failure { session_id: session_id.clone(), error: error.clone(), is_own };
            self.errors.push(failure);
            recorder.record(session_id, ChangeKind::Failed(Box::new(error.clone())));
        }
    }

    pub(super) fn open_blocker(&mut self, blocker: Blocker, recorder: &mut Recorder<'_>) {
        let session_id = blocker.session_id().clone();
        if self.tree.contains(&session_id) && self.blockers.open(blocker.clone(), *recorder.seq + 1) {
            recorder.record(&session_id, ChangeKind::Blocked(Box::new(blocker)));
        }
    }

    pub(super) fn close_blocker(
        &mut self,
        session_id: &SessionId,
        id: &BlockerId,
        answer: Option<BlockerAnswer>,
        recorder: &mut Recorder<'_>,
    ) {
        if self.tree.contains(session_id) && self.blockers.close(id) {
            recorder.record(session_id, ChangeKind::Unblocked { id: id.clone(), answer });
        }
    }
}
