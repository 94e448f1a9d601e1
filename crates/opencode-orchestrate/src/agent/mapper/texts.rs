//! Texts and thoughts: what was told of each, and what is to be told.

use std::collections::BTreeMap;
use std::fmt;

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::reply::{Reply, ReplyPart};

use super::outbox::Outbox;
use super::text::{Text, is_reasoning, shown};
use crate::agent::AgentEventKind;
use crate::agent::transform::Transforms;

/// What was told of each text.
pub(super) struct Texts {
    transforms: Transforms,
    texts: BTreeMap<PartId, Text>,
}

impl Texts {
    pub(super) const fn new(transforms: Transforms) -> Self {
        Self { transforms, texts: BTreeMap::new() }
    }

    /// Changes are counted from the beginning, and texts told whole first.
    pub(super) fn begin_anew(&mut self) {
        for text in self.texts.values_mut() {
            text.synced_to = 0;
            text.is_stale = true;
        }
    }

    /// A text has grown.
    pub(super) fn grew(&mut self, seq: u64, id: &PartId, delta: &str, reply: &Reply, out: &mut Outbox) {
        match self.texts.get_mut(id) {
            Some(text) if seq <= text.synced_to => {}
            Some(text) if !text.is_stale => text.push(id, delta, out),
            // What came before it may have been missed, so all of it is told.
            _ => self.sync(id, reply, out),
        }
    }

    /// A text is another one than was told.
    pub(super) fn replaced(&mut self, seq: u64, id: &PartId, reply: &Reply, out: &mut Outbox) {
        if self.texts.get(id).is_none_or(|text| seq > text.synced_to) {
            self.sync(id, reply, out);
        }
    }

    /// A text is whole.
    pub(super) fn finished(&mut self, id: &PartId, reply: &Reply, out: &mut Outbox) {
        if !self.is_told(id, reply) && !self.is_left(id, reply) {
            self.sync(id, reply, out);
        }
        if let Some(text) = self.texts.get_mut(id) {
            text.flush(id, out);
        }
    }

    /// Tells what is held back of texts that have ended, before something else of their session is told.
    ///
    /// Not of those that may still grow: what is held back of a secret would be told, and then the rest of it.
    pub(super) fn flush_ended(&mut self, session_id: &SessionId, reply: &Reply, out: &mut Outbox) {
        for (id, text) in &mut self.texts {
            let is_whole = || {
                let known = reply.part(id).and_then(|part| part.text());
                known.is_some_and(|known| known.is_final() && known.text.len() == text.length)
            };
            if !text.is_flushed && text.session_id == *session_id && is_whole() {
                text.flush(id, out);
            }
        }
    }

    /// A text does not count any more.
    pub(super) fn forget(&mut self, id: &PartId, out: &mut Outbox) {
        if let Some(text) = self.texts.remove(id)
            && text.is_shown
        {
            out.push(&text.session_id, AgentEventKind::PartRemoved { part: id.to_string() });
        }
    }

    /// Forgets what the reply has no more.
    pub(super) fn forget_gone(&mut self, reply: &Reply, out: &mut Outbox) {
        let gone: Vec<_> = self.texts.keys().filter(|id| shown(reply, id).is_none()).cloned().collect();
        for id in &gone {
            self.forget(id, out);
        }
    }

    /// Whether all of a text has been told, as far as its length can say.
    fn is_told(&self, id: &PartId, reply: &Reply) -> bool {
        match (self.texts.get(id), shown(reply, id)) {
            (Some(told), Some((part, text))) => {
                !told.is_stale && told.length == text.text.len() && told.is_reasoning == is_reasoning(part)
            }
            (None, Some((_, text))) => text.text.is_empty(),
            (told, None) => told.is_none(),
        }
    }

    /// Whether a text was left in the middle, by a server that died before it had stored what it had told.
    fn is_left(&self, id: &PartId, reply: &Reply) -> bool {
        let is_growing = || reply.part(id).is_some_and(ReplyPart::is_growing);
        self.texts.get(id).is_some_and(|told| told.is_stale) && is_growing()
    }

    /// Tells a text as the reply has it.
    fn sync(&mut self, id: &PartId, reply: &Reply, out: &mut Outbox) {
        let Some((part, text)) = shown(reply, id) else { return self.forget(id, out) };
        if self.texts.get(id).is_some_and(|told| told.is_reasoning != is_reasoning(part)) {
            // A text that turns out to be a thought is shown elsewhere.
            self.forget(id, out);
        }
        let told = self.texts.entry(id.clone()).or_insert_with(|| Text::new(part));
        told.replace(id, text, self.transforms.chain(is_reasoning(part)), out);
        told.synced_to = reply.seq();
        told.is_stale = false;
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is held back may be a secret.
        formatter.debug_struct("Texts").field("texts", &self.texts.len()).finish_non_exhaustive()
    }
}
