//! The parts of a reply, by id.

use std::collections::HashMap;

use super::Usage;
use super::text::{Reconciled, reconcile};
use crate::ids::PartId;
use crate::model::{Part, PartKind, TextPart, ToolPart};

/// A part of a reply.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ReplyPart {
    /// The part, with its text as far as it is known.
    pub part: Part,
    /// A stretch of its text was not seen, and the server has not told the whole yet.
    pub incomplete: bool,
    /// It belongs to a try that failed, and counts no longer.
    pub abandoned: bool,
    /// The place of its message in the lineage.
    pub(super) message: usize,
}

/// What became of a part by a snapshot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Told {
    /// Nothing.
    Nothing,
    /// It is new, or was known by its deltas only.
    Added,
    /// Its text grew from this length on.
    Grew { from: usize, finished: bool },
    /// Its text is another.
    Replaced { finished: bool },
    /// Its text is whole, and as it was known.
    Finished,
    /// It advanced in another way than by text.
    Advanced,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    slots: Vec<Option<ReplyPart>>,
    index: HashMap<PartId, usize>,
    /// The part that grew last: nearly always the one that grows next.
    last: usize,
}

impl Parts {
    pub(super) fn find(&mut self, id: &PartId) -> Option<usize> {
        if let Some(Some(part)) = self.slots.get(self.last)
            && part.part.id == *id
        {
            return Some(self.last);
        }
        let slot = self.index.get(id).copied()?;
        self.last = slot;
        Some(slot)
    }

    pub(super) fn by_id(&self, id: &PartId) -> Option<&ReplyPart> {
        self.index.get(id).and_then(|&slot| self.slots[slot].as_ref())
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut ReplyPart> {
        self.slots[slot].as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &ReplyPart> {
        self.slots.iter().flatten()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut ReplyPart> {
        self.slots.iter_mut().flatten()
    }

    pub(super) fn insert(&mut self, mut part: Part, message: usize, incomplete: bool) -> usize {
        if let PartKind::Tool(tool) = &mut part.kind {
            name_invalid(tool);
        }
        let slot = self.slots.len();
        self.index.insert(part.id.clone(), slot);
        self.slots.push(Some(ReplyPart { part, incomplete, abandoned: false, message }));
        slot
    }

    pub(super) fn remove(&mut self, id: &PartId) -> Option<ReplyPart> {
        let slot = self.index.remove(id)?;
        self.slots[slot].take()
    }
}

impl ReplyPart {
    /// The text of a text or reasoning part.
    #[must_use]
    pub fn text(&self) -> Option<&TextPart> {
        match &self.part.kind {
            PartKind::Text(text) | PartKind::Reasoning(text) => Some(text),
            _ => None,
        }
    }

    /// The tool call of a tool part.
    #[must_use]
    pub fn tool(&self) -> Option<&ToolPart> {
        match &self.part.kind {
            PartKind::Tool(tool) => Some(tool),
            _ => None,
        }
    }

    /// What the step used that this part ends.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        match &self.part.kind {
            PartKind::StepFinish(step) => Some(Usage::of_step(step)),
            _ => None,
        }
    }

    /// Whether it still grows.
    #[must_use]
    pub fn is_growing(&self) -> bool {
        !self.abandoned && self.text().is_some_and(|text| !text.is_final())
    }

    /// Appends a delta; false if the part takes none.
    pub(super) fn append(&mut self, delta: &str) -> bool {
        match &mut self.part.kind {
            // What comes after the whole text was told is contained in it.
            PartKind::Text(text) | PartKind::Reasoning(text) if !text.is_final() => {
                text.text.push_str(delta);
                true
            }
            _ => false,
        }
    }

    /// Takes a snapshot of the part.
    pub(super) fn tell(&mut self, told: &Part) -> Told {
        match (&mut self.part.kind, &told.kind) {
            (
                PartKind::Text(known) | PartKind::Reasoning(known),
                PartKind::Text(text) | PartKind::Reasoning(text),
            ) => {
                let outcome = tell_text(known, text);
                let finished = text.is_final();
                let revived = finished && self.abandoned;
                if finished {
                    self.incomplete = false;
                    self.abandoned = false;
                    self.part.extra.clone_from(&told.extra);
                }
                let retyped = self.retype(&told.kind);
                // Whoever watches has taken it away, or shows it as something else.
                if revived || retyped { Told::Replaced { finished } } else { outcome }
            }
            (PartKind::Tool(known), PartKind::Tool(tool)) => {
                if tool.state.status.rank() < known.state.status.rank() {
                    return Told::Nothing;
                }
                let merged = merge_tool(known, tool);
                let advanced = **known != merged || self.part.extra != told.extra;
                **known = merged;
                self.part.extra.clone_from(&told.extra);
                if advanced { Told::Advanced } else { Told::Nothing }
            }
            (known, told) if *known == *told => Told::Nothing,
            _ => {
                let was_text = self.text().is_some();
                self.part = told.clone();
                self.incomplete = false;
                if was_text {
                    let finished = self.text().is_some_and(TextPart::is_final);
                    Told::Replaced { finished }
                } else {
                    Told::Advanced
                }
            }
        }
    }

    /// Makes a text of a reasoning or the other way round: a part of which only deltas were seen was guessed.
    fn retype(&mut self, told: &PartKind) -> bool {
        let make = match (&self.part.kind, told) {
            (PartKind::Text(_), PartKind::Reasoning(_)) => PartKind::Reasoning,
            (PartKind::Reasoning(_), PartKind::Text(_)) => PartKind::Text,
            _ => return false,
        };
        if let PartKind::Text(text) | PartKind::Reasoning(text) = &mut self.part.kind {
            self.part.kind = make(std::mem::take(text));
        }
        true
    }
}

fn tell_text(known: &mut TextPart, told: &TextPart) -> Told {
    let is_final = told.is_final();
    let was_final = known.is_final();
    if was_final && !is_final {
        return Told::Nothing;
    }
    let length = known.text.len();
    let outcome = match reconcile(&known.text, &told.text, is_final) {
        Reconciled::Stale => return Told::Nothing,
        Reconciled::Same if is_final && !was_final => Told::Finished,
        Reconciled::Same => Told::Nothing,
        Reconciled::Grew(rest) => {
            known.text.push_str(rest);
            Told::Grew { from: length, finished: is_final }
        }
        Reconciled::Replaced => {
            known.text.clone_from(&told.text);
            Told::Replaced { finished: is_final }
        }
    };
    known.synthetic = told.synthetic;
    known.ignored = told.ignored;
    known.time.clone_from(&told.time);
    known.metadata.clone_from(&told.metadata);
    outcome
}

/// What the server calls a tool whose call it cannot carry out.
const INVALID: &str = "invalid";

/// Names a call that the server has renamed after what the model called, which people want to read: its input says so.
fn name_invalid(tool: &mut ToolPart) {
    #[derive(serde::Deserialize)]
    struct Input {
        tool: String,
    }
    if tool.tool == INVALID
        && let Some(input) = &tool.state.input
        && let Ok(Input { tool: called }) = serde_json::from_str(input.as_str())
        && !called.is_empty()
    {
        tool.tool = called;
    }
}

/// A snapshot of a call over what is known of it: what the snapshot leaves out stays.
fn merge_tool(known: &ToolPart, told: &ToolPart) -> ToolPart {
    let mut merged = told.clone();
    name_invalid(&mut merged);
    if merged.tool == INVALID || merged.tool.is_empty() {
        merged.tool.clone_from(&known.tool);
    }
    let state = &mut merged.state;
    if state.input.as_ref().is_none_or(crate::model::Json::is_blank) {
        state.input.clone_from(&known.state.input);
    }
    state.title = state.title.take().or_else(|| known.state.title.clone());
    state.output = state.output.take().or_else(|| known.state.output.clone());
    state.metadata = state.metadata.take().or_else(|| known.state.metadata.clone());
    merged.metadata = merged.metadata.take().or_else(|| known.metadata.clone());
    merged
}
