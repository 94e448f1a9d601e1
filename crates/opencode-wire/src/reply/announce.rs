//! Telling watchers what became of a part.

use std::sync::Arc;

use super::change::Recorder;
use super::parts::Told;
use super::{ChangeKind, Reply, Usage};
use crate::ids::PartId;
use crate::model::PartKind;

impl Reply {
    /// Says what became of a part that belongs to the reply.
    pub(super) fn announce(&mut self, id: &PartId, told: Told, recorder: &mut Recorder<'_>) {
        let Some(part) = self.parts.by_id(id) else { return };
        if self.lineage.entry(part.message).is_summary() && !matches!(part.part.kind, PartKind::StepFinish(_))
        {
            return;
        }
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
    pub(super) fn announce_all(&mut self, answers: &[usize], recorder: &mut Recorder<'_>) {
        for &message in answers {
            let entry = self.lineage.entry(message);
            let message_id = entry.id.clone();
            recorder.record(&entry.session_id.clone(), ChangeKind::StepStarted { message_id });
            let mut parts: Vec<_> =
                self.parts.iter().filter(|part| part.message == message && !part.abandoned).collect();
            parts.sort_by(|one, other| one.part.id.cmp(&other.part.id));
            let parts: Vec<_> = parts.into_iter().map(|part| part.part.clone()).collect();
            for part in parts {
                self.announce(&part.id, Told::Added, recorder);
                self.learn_todos(&part, recorder);
                self.meet_task(&part, recorder);
            }
        }
    }
}
