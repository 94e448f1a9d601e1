//! What one event tells, and what it tells together with the next.

use std::sync::Arc;

use super::growth::extend;
use super::subject::Subject;
use crate::log::Entry;

/// What one event tells.
#[derive(Debug)]
pub(super) struct Told {
    /// What it means, if that is known.
    entry: Option<Entry>,
    /// As it was logged, word by word, unless it was made of several.
    payload: Option<Arc<str>>,
}

impl Told {
    pub(super) fn logged(payload: Arc<str>, entry: Option<Entry>) -> Self {
        Self { entry, payload: Some(payload) }
    }

    pub(super) fn into_payload(self) -> Arc<str> {
        let entry = self.entry.as_ref();
        self.payload.unwrap_or_else(|| entry.map(Entry::to_payload).unwrap_or_default().into())
    }

    /// Whether a new attempt makes it void.
    pub(super) fn is_voided(&self) -> bool {
        self.entry.as_ref().and_then(Subject::of).is_some_and(|subject| subject.is_voided())
    }

    /// Takes in what was told next of the same subject, or gives it back if it has to be told apart.
    pub(super) fn absorb(&mut self, next: Self) -> Option<Self> {
        let (Some(before), Some(after)) = (&mut self.entry, &next.entry) else { return Some(next) };
        match (before, after) {
            (Entry::Grown { at: from, text, .. }, Entry::Grown { at, text: more, .. }) => {
                if at.checked_sub(*from).is_none_or(|at| !extend(text, at, more)) {
                    return Some(next);
                }
                self.payload = None;
            }
            (Entry::Part { growing: Some(growing), .. }, Entry::Grown { at, text, .. }) => {
                if !extend(&mut growing.text, *at, text) {
                    return Some(next);
                }
                self.payload = None;
            }
            // What grows was never whole here; and a request that is open again is a younger one.
            (_, Entry::Grown { .. }) | (Entry::Unblocked { .. }, Entry::Blocked { .. }) => return Some(next),
            _ => *self = next,
        }
        None
    }
}
