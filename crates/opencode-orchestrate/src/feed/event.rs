//! One event of a turn, as it is given to a reader.

use std::sync::Arc;

use crate::log::Entry;

/// One event of a turn, as it is given to a reader: what was logged, or several of them in one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedEvent {
    /// The cursor of whoever has read it: everything that was logged up to this number has been told, or is void.
    pub seq: u64,
    /// One [`Entry`] as JSON.
    pub payload: Arc<str>,
}

/// Names that the feed itself tells things by, and that no kind of the log may have.
const OWN: [&str; 4] = ["snapshot", "reload", "ended", "closed"];

impl FeedEvent {
    pub(super) fn new(seq: u64, payload: impl Into<Arc<str>>) -> Self {
        Self { seq, payload: payload.into() }
    }

    /// The entry; `None` for one of a kind that this version does not know.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        Entry::parse(&self.payload)
    }

    /// The name of its kind, also of one that this version does not know; `other` for what has no proper name.
    #[must_use]
    pub fn kind(&self) -> &str {
        name(&self.payload).filter(|name| !OWN.contains(name)).unwrap_or("other")
    }
}

/// The name of the first field of an object, if it is a plain word.
fn name(payload: &str) -> Option<&str> {
    let field = payload.trim_start().strip_prefix('{')?.trim_start().strip_prefix('"')?;
    let (name, _) = field.split_once('"')?;
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    (is_word && (1..=64).contains(&name.len())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_after_its_kind() {
        let kind = |payload: &str| FeedEvent::new(1, payload).kind().to_owned();
        assert_eq!(kind(&Entry::Accepted {}.to_payload()), "accepted");
        assert_eq!(kind(" { \"sung.v2\" : {}}"), "sung.v2");
        for nameless in ["", "7", "{}", "[\"a\"]", "{\"a\\nb\":1}", "{\"a\nid: 7\":1}", "{\"ended\":{}}"] {
            assert_eq!(kind(nameless), "other", "{nameless}");
        }
    }
}
