//! What changed from one description to another, in words for those who use the client.
//!
//! A change is told where it is: once for a schema that has a name, whoever refers to it, and otherwise at the operation.

mod markdown;
mod operations;
mod reach;
mod schema;
mod shape;

use super::document::Document;

/// Whom a change concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Calls that worked are refused or understood otherwise, or an answer lacks what was there.
    Calls,
    /// What is told apart has more or other cases, or another name.
    Matches,
    /// There is more than before, and nothing less.
    Addition,
}

/// One change. What is said alike of several subjects is told in one line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) weight: Weight,
    before: Phrase,
    subject: String,
    after: Phrase,
    /// Whether it has a line of its own, whatever others say.
    alone: bool,
}

/// The words on one side of a subject, and those on that side of several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Phrase {
    one: String,
    several: String,
}

impl Phrase {
    fn new(one: impl Into<String>, several: impl Into<String>) -> Self {
        Self { one: one.into(), several: several.into() }
    }

    fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { one: text.clone(), several: text }
    }

    fn of(&self, subjects: usize) -> &str {
        if subjects > 1 { &self.several } else { &self.one }
    }
}

impl Change {
    fn new(weight: Weight, before: Phrase, subject: &str, after: Phrase) -> Self {
        Self { weight, before, subject: subject.to_owned(), after, alone: false }
    }

    /// A change that is told alone.
    fn alone(weight: Weight, text: String) -> Self {
        Self { weight, before: Phrase::default(), subject: text, after: Phrase::default(), alone: true }
    }
}

/// All changes, sorted.
pub(super) fn changes(old: &Document, new: &Document) -> Vec<Change> {
    let mut changes = operations::changes(old, new);
    changes.extend(schema::changes(old, new));
    changes.sort();
    changes.dedup();
    changes
}

/// All changes as Markdown.
pub(super) fn markdown(old: &Document, new: &Document) -> String {
    markdown::text(old, new, &changes(old, new))
}

#[cfg(test)]
mod tests;
