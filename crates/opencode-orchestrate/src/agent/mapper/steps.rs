//! What steps used: told once each, unless the figures change.

use std::collections::HashMap;

use opencode_wire::ids::{MessageId, PartId};
use opencode_wire::reply::{Reply, ReplyPart, Usage};

use super::outbox::Outbox;
use crate::agent::AgentEventKind;

/// What was told of each step.
#[derive(Debug, Default)]
pub(super) struct Steps {
    told: HashMap<PartId, Usage>,
}

impl Steps {
    /// A step of a message has ended.
    pub(super) fn tell_of(&mut self, message_id: &MessageId, reply: &Reply, out: &mut Outbox) {
        for step in reply.steps().filter(|step| step.part.message_id == *message_id) {
            self.tell(step, out);
        }
    }

    /// Tells what no change has told, in the order in which the steps were made.
    pub(super) fn tell_all(&mut self, reply: &Reply, out: &mut Outbox) {
        let mut steps: Vec<_> = reply.steps().collect();
        steps.sort_by(|one, other| one.part.id.cmp(&other.part.id));
        for step in steps {
            self.tell(step, out);
        }
    }

    fn tell(&mut self, step: &ReplyPart, out: &mut Outbox) {
        let Some(usage) = step.usage() else { return };
        let id = &step.part.id;
        let is_told = self.told.get(id).map_or(usage.is_zero(), |told| *told == usage);
        if !is_told {
            self.told.insert(id.clone(), usage);
            out.push(&step.part.session_id, AgentEventKind::StepUsage { step: id.to_string(), usage });
        }
    }
}
