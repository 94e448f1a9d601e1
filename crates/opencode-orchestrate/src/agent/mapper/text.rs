//! What was told of one text.

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::{PartKind, TextPart};
use opencode_wire::reply::{Reply, ReplyPart};

use super::outbox::Outbox;
use crate::agent::AgentEventKind;
use crate::agent::transform::{Chain, TextTransform as _};

/// What was told of one text.
pub(super) struct Text {
    pub(super) session_id: SessionId,
    pub(super) is_reasoning: bool,
    /// How many bytes of it have gone into the chain.
    pub(super) length: usize,
    /// The changes up to this number are told, because the text was taken from the reply.
    pub(super) synced_to: u64,
    /// Whether it was told from another reply than the present one.
    pub(super) is_stale: bool,
    /// Whether anything has come out.
    pub(super) is_shown: bool,
    /// Whether nothing is held back, because the text has ended.
    pub(super) is_flushed: bool,
    pub(super) chain: Chain,
}

impl Text {
    pub(super) fn new(part: &ReplyPart) -> Self {
        Self {
            session_id: part.part.session_id.clone(),
            is_reasoning: is_reasoning(part),
            length: 0,
            synced_to: 0,
            is_stale: false,
            is_shown: false,
            is_flushed: false,
            chain: Chain::default(),
        }
    }

    /// Appends a stretch.
    pub(super) fn push(&mut self, id: &PartId, delta: &str, out: &mut Outbox) {
        let mut shown = String::new();
        self.chain.push(delta, &mut shown);
        self.length += delta.len();
        self.is_flushed = false;
        self.tell(id, shown, out);
    }

    /// Tells the whole text in place of what was told, with a chain that has seen none of it.
    pub(super) fn replace(&mut self, id: &PartId, text: &TextPart, chain: Chain, out: &mut Outbox) {
        let mut shown = String::new();
        self.chain = chain;
        self.chain.push(&text.text, &mut shown);
        self.length = text.text.len();
        self.is_flushed = text.is_final();
        if self.is_flushed {
            self.chain.flush(&mut shown);
        }
        if !self.is_shown {
            self.tell(id, shown, out);
            return;
        }
        let part = id.to_string();
        let kind = if self.is_reasoning {
            AgentEventKind::ReasoningReplaced { part, text: shown }
        } else {
            AgentEventKind::TextReplaced { part, text: shown }
        };
        out.push(&self.session_id, kind);
    }

    /// Tells what was held back: the text has ended.
    pub(super) fn flush(&mut self, id: &PartId, out: &mut Outbox) {
        if !std::mem::replace(&mut self.is_flushed, true) {
            let mut shown = String::new();
            self.chain.flush(&mut shown);
            self.tell(id, shown, out);
        }
    }

    fn tell(&mut self, id: &PartId, delta: String, out: &mut Outbox) {
        if delta.is_empty() {
            return;
        }
        self.is_shown = true;
        let part = id.to_string();
        let kind = if self.is_reasoning {
            AgentEventKind::Reasoning { part, delta }
        } else {
            AgentEventKind::Text { part, delta }
        };
        out.push(&self.session_id, kind);
    }
}

/// A text that people are to read, as the reply has it now.
pub(super) fn shown<'a>(reply: &'a Reply, id: &PartId) -> Option<(&'a ReplyPart, &'a TextPart)> {
    let part = reply.part(id).filter(|part| !part.abandoned)?;
    let text = part.text().filter(|text| text.ignored != Some(true))?;
    Some((part, text))
}

pub(super) fn is_reasoning(part: &ReplyPart) -> bool {
    matches!(part.part.kind, PartKind::Reasoning(_))
}
