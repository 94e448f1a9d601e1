//! What a browser follows: a turn as it is, then whatever it says, over connections that break.
//!
//! The log of a turn is in the store, and whoever works on the turn appends to it, in whichever process. A [`UiFeed`]
//! gives it to any number of readers. Each begins with a snapshot, or after the event that it has seen last, and gets
//! everything that comes after it, in order and once, until the end of the turn is told. However many readers a turn has
//! in a process, its log is read once.
//!
//! # Cursors
//!
//! Every event has a number, and the number of the last event that a reader was given is its cursor. It leads on in any
//! process and after any restart. Where it leads nowhere, because the log has been cleared or the number is made up, the
//! reader is told so by [`FeedItem::Reload`], and a snapshot follows.
//!
//! # Readers that are behind
//!
//! What has come since a reader was given something is put into as few events as have the same effect: a text that grew
//! forty times is one larger growth. A reader is closed with its cursor when something has been there for it for longer
//! than [`patience`](FeedOptions::patience) and it comes only then.
//!
//! # In a browser
//!
//! [`sse`] makes server-sent events of it, and the feature `axum` an answer. A page applies each event to what it has, as
//! [`Picture::apply`] does:
//!
//! - `snapshot` takes the place of everything.
//! - `grown` adds text from byte `at` of the UTF-8 on; what is there already stays. After a break the same text may
//!   come twice.
//! - `began` with a higher `attempt` than before empties parts, blockers and todos.
//! - `reload` says that what there is is out of date; the snapshot comes next.
//! - `closed` needs nothing: the browser connects again by itself, and goes on where it was.
//! - **`ended` is the last, and the page has to close its `EventSource` then.** Otherwise the browser connects again
//!   after a while, as it does whenever an answer ends, and is told of the end again at once.
//! - Events of other names are to be passed over.
//!
//! Kinds that this version does not know reach every reader that is there when they come, word by word; a snapshot does
//! not have them.

#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub mod axum;
mod backoff;
mod batch;
mod board;
mod coalesce;
mod event;
mod follow;
mod growth;
mod item;
mod options;
mod picture;
#[cfg(test)]
mod properties;
mod pump;
mod ring;
mod source;
pub mod sse;
mod state;
mod subject;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;

use opencode_store::Store;
use opencode_store::turn::TurnId;

use self::board::Boards;
pub use self::event::FeedEvent;
pub use self::follow::Follow;
pub use self::item::{FeedEnd, FeedItem};
pub use self::options::FeedOptions;
pub use self::picture::{OpenRequest, Picture, ShownChild, ShownFailure, ShownPart, ShownStep};
use self::source::Source;

/// Gives the turns of a store to any number of readers. Cheap to clone; clones share what they read.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::feed::{FeedItem, Picture, UiFeed};
/// use opencode_store::Store;
/// use opencode_store::turn::TurnId;
///
/// # async fn example(store: Store, turn: TurnId) -> Result<(), Box<dyn std::error::Error>> {
/// let feed = UiFeed::new(store);
/// let mut picture = Picture::default();
/// let mut follow = feed.follow(turn, None);
/// while let Some(item) = follow.next().await? {
///     match item {
///         FeedItem::Snapshot { picture: json, .. } => picture = serde_json::from_str(&json)?,
///         FeedItem::Event(event) => {
///             if let Some(entry) = event.entry() {
///                 picture.apply(&entry);
///             }
///         }
///         FeedItem::Ended(end) => println!("{}", end.message),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct UiFeed {
    boards: Arc<Boards>,
}

impl UiFeed {
    /// A feed with the default options.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self::with_options(store, FeedOptions::default())
    }

    /// A feed with options.
    #[must_use]
    pub fn with_options(store: Store, options: FeedOptions) -> Self {
        Self { boards: Arc::new(Boards::new(Source::new(store), options)) }
    }

    /// Follows a turn: after the event of that number, or with a snapshot first. 0 is before the first event.
    #[must_use]
    pub fn follow(&self, turn: TurnId, cursor: Option<u64>) -> Follow {
        Follow::new(Arc::clone(&self.boards), turn, cursor)
    }

    /// How many turns have readers in this process.
    #[must_use]
    pub fn followed(&self) -> usize {
        self.boards.len()
    }
}
