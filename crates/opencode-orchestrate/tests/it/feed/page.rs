//! What a page in a browser makes of what it is given.

use opencode_orchestrate::feed::{FeedEnd, FeedItem, Follow, Picture};
use serde_json::Value;

/// What a page has, and how it came to that.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) picture: Picture,
    pub(super) cursor: u64,
    /// The numbers of the notes that came as events.
    pub(super) notes: Vec<u64>,
    pub(super) snapshots: usize,
    pub(super) reloads: usize,
    pub(super) events: usize,
    pub(super) end: Option<FeedEnd>,
}

impl Page {
    /// A page that has applied a log up to a cursor.
    pub(super) fn at(cursor: u64, log: &[Value]) -> Self {
        let mut page = Self { cursor, ..Self::default() };
        for entry in &log[..usize::try_from(cursor).unwrap()] {
            page.apply(&entry.to_string());
        }
        page.notes.clear();
        page
    }

    pub(super) fn take(&mut self, item: FeedItem) {
        assert!(self.end.is_none(), "nothing comes after the end");
        match item {
            FeedItem::Snapshot { seq, picture } => {
                self.picture = serde_json::from_str(&picture).unwrap();
                self.cursor = seq;
                self.snapshots += 1;
            }
            FeedItem::Event(event) => {
                assert!(event.seq > self.cursor, "{} comes after {}", event.seq, self.cursor);
                self.cursor = event.seq;
                self.events += 1;
                self.apply(&event.payload);
            }
            FeedItem::Reload { cursor } => {
                assert_eq!(cursor, self.cursor);
                self.reloads += 1;
            }
            FeedItem::Ended(end) => {
                assert_eq!(end.seq, self.cursor);
                self.end = Some(end);
            }
            other => panic!("not expected: {other:?}"),
        }
    }

    /// Follows until the turn has ended.
    pub(super) async fn follow(&mut self, mut follow: Follow) {
        while let Some(item) = follow.next().await.unwrap() {
            self.take(item);
            assert_eq!(follow.cursor().unwrap_or(self.cursor), self.cursor);
        }
        assert!(self.end.is_some(), "a feed ends with the turn");
    }

    pub(super) fn text(&self, id: &str) -> &str {
        let part = self.picture.parts.iter().find(|part| part.part_id.as_str() == id);
        part.and_then(|part| part.growing.as_ref()).map_or("", |growing| &growing.text)
    }

    fn apply(&mut self, payload: &str) {
        match opencode_orchestrate::log::Entry::parse(payload) {
            Some(entry) => self.picture.apply(&entry),
            None => {
                let note: Value = serde_json::from_str(payload).unwrap();
                self.notes.push(note["note"]["seq"].as_u64().expect("a note"));
            }
        }
    }
}
