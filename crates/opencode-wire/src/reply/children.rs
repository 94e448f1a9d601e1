//! Sub-agents: which sessions a turn started.

use super::change::Recorder;
use super::lineage::Standing;
use super::{ChangeKind, Reply};
use crate::ids::SessionId;
use crate::model::{Part, PartKind, Session};

impl Reply {
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
    pub(super) fn meet_task(&mut self, told: &Part, recorder: &mut Recorder<'_>) {
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

    pub(super) fn delete_session(&mut self, session_id: &SessionId, recorder: &mut Recorder<'_>) {
        if let Some(session) = self.tree.get_mut(session_id)
            && !std::mem::replace(&mut session.deleted, true)
        {
            recorder.record(session_id, ChangeKind::SessionDeleted);
        }
    }
}
