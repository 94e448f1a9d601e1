//! What a reader is given.

use std::sync::Arc;

use opencode_store::turn::EndKind;
use opencode_wire::reply::Usage;

use super::FeedEvent;

/// What a reader is given.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FeedItem {
    /// What the turn looks like by now: what a reader without a cursor begins with, and what follows a
    /// [`Reload`](Self::Reload). It takes the place of everything that was told before.
    Snapshot {
        /// The number of the last event that is in it; 0 when nothing was logged yet.
        seq: u64,
        /// The [`Picture`](super::Picture) as one line of JSON.
        picture: Arc<str>,
    },
    /// Something was logged.
    Event(FeedEvent),
    /// The cursor leads nowhere: what came after it is not kept any more, or it is beyond the end of the log. A
    /// snapshot follows.
    Reload {
        /// The cursor.
        cursor: u64,
    },
    /// The turn has ended, and so has the feed.
    Ended(FeedEnd),
    /// Something has waited for this reader for too long, and the feed ends. It may begin again with its cursor.
    Closed {
        /// The number of the last event that it was given.
        cursor: u64,
    },
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FeedEnd {
    /// The number of its last event.
    pub seq: u64,
    /// In which way.
    pub kind: EndKind,
    /// The same for people, in a sentence.
    pub message: String,
    /// What it used.
    pub usage: Usage,
}
