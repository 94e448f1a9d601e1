//! What a turn looks like now, given what its log has told.

mod shown;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::{Json, Todo};
use opencode_wire::reply::Usage;
use serde::{Deserialize, Serialize};

pub use self::shown::{OpenRequest, ShownChild, ShownFailure, ShownPart, ShownStep};
use super::growth::extend;
use crate::log::Entry;

/// What a turn looks like now, given what its log has told.
///
/// As JSON it is what a browser begins with; its lists hold what the entries of the log hold, field by field. Whoever
/// begins with it, and applies every later entry, has the same picture as one who has read the log from its beginning;
/// applying an entry twice changes nothing.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::feed::Picture;
/// use opencode_orchestrate::log::Entry;
///
/// let mut picture = Picture::default();
/// for payload in [
///     r#"{"part":{"part_id":"prt_1","session_id":"ses_1","place":0,"body":{"type":"text"},
///         "growing":{"field":"content","text":"Hello"}}}"#,
///     r#"{"grown":{"part_id":"prt_1","at":5,"text":" you"}}"#,
/// ] {
///     picture.apply(&Entry::parse(payload).expect("a kind that is known"));
/// }
/// assert_eq!(picture.parts[0].growing.as_ref().map(|growing| growing.text.as_str()), Some("Hello you"));
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Picture {
    /// Which claim of the turn has told it: 1 for the first, 0 before anything was told.
    pub attempt: u64,
    /// Whether the server has stored the prompt.
    pub accepted: bool,
    /// The parts of the reply in reading order.
    // Invariant: sorted by place and id, and every id is there once.
    pub parts: Vec<ShownPart>,
    /// The steps that have ended, each once, in the order in which they were first told. None for a turn whose log is
    /// gone.
    pub steps: Vec<ShownStep>,
    /// What the steps used together.
    pub usage: Usage,
    /// What each session of the tree does, as the server says it.
    pub statuses: BTreeMap<SessionId, Json>,
    /// The todo list of each session that has one.
    pub todos: BTreeMap<SessionId, Vec<Todo>>,
    /// What a person is asked and has not answered, the oldest first.
    pub blockers: Vec<OpenRequest>,
    /// The sub-agents with sessions of their own, in the order in which they began.
    pub children: Vec<ShownChild>,
    /// What has failed, each once.
    pub failures: Vec<ShownFailure>,
    /// The sessions whose conversation was replaced by its summary.
    pub compacted: BTreeSet<SessionId>,
}

impl Picture {
    /// Applies the next entry of the log. What cannot be applied, such as a growth of a part that is not there, changes
    /// nothing.
    pub fn apply(&mut self, entry: &Entry) {
        match entry.clone() {
            Entry::Began { attempt } => self.begin(attempt),
            Entry::Accepted {} => self.accepted = true,
            Entry::Part { part_id, session_id, place, body, growing } => {
                self.put_part(ShownPart { part_id, session_id, place, body, growing });
            }
            Entry::Grown { part_id, at, text } => {
                // What grows is most often the last.
                let part = self.parts.iter_mut().rfind(|part| part.part_id == part_id);
                if let Some(growing) = part.and_then(|part| part.growing.as_mut()) {
                    extend(&mut growing.text, at, &text);
                }
            }
            Entry::Removed { part_id } => self.remove_part(&part_id),
            Entry::Step { step_id, session_id, usage } => {
                let step = ShownStep { step_id, session_id, usage };
                put(&mut self.steps, step, |one, other| one.step_id == other.step_id);
                self.usage = usage::total(&self.steps);
            }
            Entry::Status { session_id, status } => {
                self.statuses.insert(session_id, status);
            }
            Entry::Todos { session_id, todos } => {
                self.todos.insert(session_id, todos);
            }
            Entry::Child { session_id, parent_id } => {
                let child = ShownChild { session_id, parent_id };
                put(&mut self.children, child, |one, other| one.session_id == other.session_id);
            }
            Entry::Blocked { request_id, session_id, kind, request } => {
                let request = OpenRequest { request_id, session_id, kind, request };
                put(&mut self.blockers, request, |one, other| one.request_id == other.request_id);
            }
            Entry::Unblocked { request_id } => {
                self.blockers.retain(|blocker| blocker.request_id != request_id);
            }
            Entry::Failed { session_id, error } => {
                let failure = ShownFailure { session_id, error };
                put(&mut self.failures, failure, PartialEq::eq);
            }
            Entry::Compacted { session_id } => {
                self.compacted.insert(session_id);
            }
            // It says that something is not known, and what it is comes later.
            Entry::Gap {} => {}
        }
    }

    /// The picture as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing in it can fail: its maps have text for keys, and its JSON was checked when it was read.
        serde_json::to_string(self).unwrap_or_default()
    }

    fn begin(&mut self, attempt: u64) {
        if attempt > self.attempt {
            self.attempt = attempt;
            self.parts.clear();
            self.blockers.clear();
            self.todos.clear();
        }
    }

    pub(super) fn put_part(&mut self, part: ShownPart) {
        self.remove_part(&part.part_id);
        let place =
            self.parts.partition_point(|other| (other.place, &other.part_id) < (part.place, &part.part_id));
        self.parts.insert(place, part);
    }

    fn remove_part(&mut self, id: &PartId) {
        if let Some(place) = self.parts.iter().rposition(|part| part.part_id == *id) {
            self.parts.remove(place);
        }
    }
}

/// Puts a value in the place of the one that it is the same as, or at the end.
fn put<T>(values: &mut Vec<T>, value: T, is_same: impl Fn(&T, &T) -> bool) {
    match values.iter_mut().find(|other| is_same(other, &value)) {
        Some(place) => *place = value,
        None => values.push(value),
    }
}

#[cfg(test)]
mod tests;
