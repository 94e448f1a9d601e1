//! What each event does to a reply.

use std::sync::Arc;

use super::change::Recorder;
use super::lineage::Standing;
use super::parts::Told;
use super::{Blocker, BlockerAnswer, BlockerId, ChangeKind, Changes, Reply, Usage};
use crate::event::{DeltaField, Event, EventKind, PartDelta};
use crate::ids::{MessageId, SessionId};
use crate::model::{Message, MessageError, Part, PartKind, Role, Session, SessionStatus, TextPart};

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
        if let EventKind::PartDelta(delta) = &event.kind {
            if self.tree.contains(&delta.session_id)
                && event.id.as_ref().is_none_or(|id| self.recent.insert(id))
            {
                self.grow(delta, recorder);
            }
            return;
        }
        match &event.kind {
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
                let is_new = event.id.as_ref().is_none_or(|id| self.recent.insert(id));
                if let (Some(session_id), Some(error), true) = (&told.session_id, &told.error, is_new) {
                    self.fail(session_id, error, recorder);
                }
            }
            EventKind::SessionCompacted(session_id) if self.tree.contains(session_id) => {
                recorder.record(session_id, ChangeKind::Compacted);
            }
            EventKind::TodoUpdated(told) if self.tree.contains(&told.session_id) => {
                if self.todos.get(&told.session_id) != Some(&told.todos) {
                    self.todos.insert(told.session_id.clone(), told.todos.clone());
                    recorder.record(&told.session_id, ChangeKind::Todos(told.todos.clone()));
                }
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

    fn grow(&mut self, delta: &PartDelta, recorder: &mut Recorder<'_>) {
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
        if entry.standing == Standing::Answer {
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
            self.announce(&told.id, outcome, recorder);
        }
        self.meet_task(told, recorder);
    }

    /// Says what became of a part that belongs to the reply.
    fn announce(&mut self, id: &crate::ids::PartId, told: Told, recorder: &mut Recorder<'_>) {
        let Some(part) = self.parts.by_id(id) else { return };
        let (session_id, part_id) = (&part.part.session_id, id.clone());
        let grown = |from: usize| {
            let delta = Arc::from(part.text().and_then(|text| text.text.get(from..)).unwrap_or_default());
            let part_id = part_id.clone();
            if matches!(part.part.kind, PartKind::Text(_)) {
                ChangeKind::Text { part_id, delta }
            } else {
                ChangeKind::Reasoning { part_id, delta }
            }
        };
        let finished = match told {
            Told::Nothing => false,
            Told::Finished => true,
            Told::Grew { from, finished } => {
                recorder.record(session_id, grown(from));
                finished
            }
            Told::Replaced { finished } => {
                recorder.record(session_id, ChangeKind::PartReplaced { part_id: part_id.clone() });
                finished
            }
            Told::Added | Told::Advanced => match &part.part.kind {
                PartKind::Text(text) | PartKind::Reasoning(text) => {
                    if !text.text.is_empty() {
                        recorder.record(session_id, grown(0));
                    }
                    text.is_final()
                }
                PartKind::Tool(tool) => {
                    let (tool, status) = (tool.tool.clone(), tool.state.status.clone());
                    recorder.record(session_id, ChangeKind::Tool { part_id: part_id.clone(), tool, status });
                    false
                }
                PartKind::StepFinish(step) => {
                    recorder.record(
                        session_id,
                        ChangeKind::StepFinished {
                            message_id: part.part.message_id.clone(),
                            reason: step.reason.clone(),
                            usage: Box::new(Usage::of_step(step)),
                        },
                    );
                    false
                }
                PartKind::StepStart(_) => false,
                _ => {
                    recorder.record(session_id, ChangeKind::Part { part_id: part_id.clone() });
                    false
                }
            },
        };
        if finished {
            recorder.record(session_id, ChangeKind::PartFinished { part_id });
        }
    }

    /// Tells the parts of messages that have just turned out to belong to the reply.
    fn announce_all(&mut self, answers: &[usize], recorder: &mut Recorder<'_>) {
        for &message in answers {
            let entry = self.lineage.entry(message);
            let message_id = entry.id.clone();
            recorder.record(&entry.session_id.clone(), ChangeKind::StepStarted { message_id });
            let mut parts: Vec<_> = self.parts.iter().filter(|part| part.message == message).collect();
            parts.sort_by(|one, other| one.part.id.cmp(&other.part.id));
            let parts: Vec<_> = parts.into_iter().map(|part| part.part.clone()).collect();
            for part in parts {
                self.announce(&part.id, Told::Added, recorder);
                self.meet_task(&part, recorder);
            }
        }
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

    /// A sub-agent's session, if this turn started it.
    ///
    /// Sessions have parents for other reasons too, so a child counts only while a tool call of the turn could have
    /// made it; one that was told too early is found again by the call's own words.
    pub(super) fn meet_child(&mut self, info: &Session, recorder: &mut Recorder<'_>) {
        let Some(parent_id) = &info.parent_id else { return };
        if !self.tree.contains(&info.id) && !self.may_have_started(parent_id) {
            return;
        }
        self.add_child(&info.id, parent_id, &info.title, recorder);
    }

    fn may_have_started(&self, parent_id: &SessionId) -> bool {
        self.tree.contains(parent_id)
            && self.parts.iter().any(|part| {
                part.part.session_id == *parent_id
                    && self.is_answer(part)
                    && part.tool().is_some_and(|tool| tool.tool == "task" && !tool.state.status.is_terminal())
            })
    }

    /// A `task` call says which session it runs in.
    fn meet_task(&mut self, told: &Part, recorder: &mut Recorder<'_>) {
        let PartKind::Tool(tool) = &told.kind else { return };
        if tool.tool != "task" {
            return;
        }
        let is_answer = self.lineage.find(&told.message_id).map(|slot| self.lineage.entry(slot).standing)
            == Some(Standing::Answer);
        if let (Some(child), true) = (tool.child_session(), is_answer) {
            self.add_child(
                &child,
                &told.session_id,
                tool.state.title.as_deref().unwrap_or_default(),
                recorder,
            );
        }
    }

    pub(super) fn add_child(
        &mut self,
        id: &SessionId,
        parent_id: &SessionId,
        title: &str,
        recorder: &mut Recorder<'_>,
    ) {
        if self.tree.add(id, parent_id, title) {
            recorder.record(id, ChangeKind::ChildStarted { parent_id: parent_id.clone() });
        }
    }

    fn delete_session(&mut self, session_id: &SessionId, recorder: &mut Recorder<'_>) {
        if let Some(session) = self.tree.get_mut(session_id)
            && !std::mem::replace(&mut session.deleted, true)
        {
            recorder.record(session_id, ChangeKind::SessionDeleted);
        }
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
            self.errors.push((session_id.clone(), error.clone()));
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
        if self.blockers.close(id) {
            recorder.record(session_id, ChangeKind::Unblocked { id: id.clone(), answer });
        }
    }
}
