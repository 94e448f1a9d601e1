//! What failed tries of a step leave behind.

use super::change::Recorder;
use super::lineage::Standing;
use super::{ChangeKind, Reply};
use crate::ids::PartId;
use crate::model::PartKind;

impl Reply {
    /// Abandons what was said since a step of a message began, because it begins once more.
    ///
    /// A try that failed never finishes its step, and the next one says everything again, thoughts too. The server
    /// keeps both in the same message. Tools that were called have been called all the same.
    pub(super) fn abandon_failed_try(&mut self, message: usize, again: &PartId, recorder: &mut Recorder<'_>) {
        let last_before = |is_kind: fn(&PartKind) -> bool| {
            self.parts
                .iter()
                .filter(|part| part.message == message && part.part.id < *again && is_kind(&part.part.kind))
                .map(|part| &part.part.id)
                .max()
        };
        let finished = last_before(|kind| matches!(kind, PartKind::StepFinish(_))).cloned();
        let began = last_before(|kind| matches!(kind, PartKind::StepStart(_))).cloned();
        if began.is_none() || finished >= began {
            return;
        }
        let is_answer = self.lineage.entry(message).standing == Standing::Answer;
        for part in self.parts.iter_mut() {
            let is_within = part.message == message
                && part.part.id < *again
                && finished.as_ref().is_none_or(|finished| part.part.id > *finished);
            if is_within
                && part.text().is_some()
                && !std::mem::replace(&mut part.abandoned, true)
                && is_answer
            {
                let part_id = part.part.id.clone();
                recorder.record(&part.part.session_id, ChangeKind::PartAbandoned { part_id });
            }
        }
    }
}
