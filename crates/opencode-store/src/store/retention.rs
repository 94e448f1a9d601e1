//! How long things are kept.

use std::time::Duration;

use super::Store;
use crate::artifact::SweptObjects;
use crate::error::Result;

/// How many turns are looked at in one step.
const AT_ONCE: usize = 256;

/// How long things are kept that nothing depends on any more.
///
/// Turns, their parts, their usage and the artifacts that have a name are kept until their subject is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retention {
    /// How long the log of a turn is kept after it has ended: one day. Readers with a cursor in it are told that it is
    /// gone; what it said is in the parts.
    pub events: Duration,
    /// How long bytes are kept that no name leads to: one hour. It has to be longer than a reader takes.
    pub bytes: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { events: Duration::from_secs(24 * 60 * 60), bytes: Duration::from_secs(60 * 60) }
    }
}

impl Retention {
    /// Sets how long the log of a turn is kept after it has ended.
    #[must_use]
    pub fn with_events(mut self, events: Duration) -> Self {
        self.events = events;
        self
    }

    /// Sets how long bytes are kept that no name leads to.
    #[must_use]
    pub fn with_bytes(mut self, bytes: Duration) -> Self {
        self.bytes = bytes;
        self
    }
}

/// What was cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Cleared {
    /// Events of turns that have ended.
    pub events: usize,
    /// Bytes that no name led to.
    pub objects: SweptObjects,
}

impl Store {
    /// Deletes what has been kept for long enough. To be called now and then, by any number of processes.
    ///
    /// One call does a limited amount of work.
    ///
    /// # Errors
    ///
    /// When the database or the place of the artifacts cannot be reached; what was deleted until then stays deleted.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has deleted some things and not others; a later one goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn example(store: opencode_store::Store) -> opencode_store::Result<()> {
    /// use opencode_store::Retention;
    ///
    /// let cleared = store.clear(&Retention::default()).await?;
    /// println!("{} events and {} files were cleared", cleared.events, cleared.objects.deleted);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn clear(&self, retention: &Retention) -> Result<Cleared> {
        let mut cleared =
            Cleared { events: self.events().prune(retention.events, AT_ONCE).await?, ..Cleared::default() };
        if let Some(artifacts) = &self.artifacts {
            cleared.objects = artifacts.sweep(retention.bytes).await?;
        }
        Ok(cleared)
    }
}

#[cfg(test)]
mod tests {
    use opencode_wire::model::Json;

    use super::*;
    use crate::event::TailItem;
    use crate::session::Subject;
    use crate::turn::{Admission, ClaimRequest, EndKind, TurnEnd};

    #[tokio::test]
    async fn the_log_of_a_turn_goes_when_it_has_been_kept_for_long_enough() {
        let store = Store::memory();
        let subject = Subject::new("acme", "1").unwrap();
        let prompt = Json::from_value("hello").unwrap();
        let admission = Admission::new(subject, "msg_1".parse().unwrap(), prompt);
        store.turns().admit(&admission).await.unwrap();
        let request = ClaimRequest::new("worker", Duration::from_secs(60));
        let lease = store.turns().claim(&request).await.unwrap().unwrap().lease;
        store.events().append(&lease, 0, &["1".to_owned(), "2".to_owned()]).await.unwrap();
        store.turns().finish(&lease, &TurnEnd::new(EndKind::Completed, "completed")).await.unwrap();

        assert_eq!(store.clear(&Retention::default()).await.unwrap().events, 0);
        let at_once = Retention::default().with_events(Duration::ZERO);
        assert_eq!(store.clear(&at_once).await.unwrap().events, 2);
        let mut tail = crate::event::Tail::new(store.events(), lease.turn, 0);
        assert_eq!(tail.next().await.unwrap(), Some(TailItem::Pruned { to: 2 }));
        assert_eq!(tail.next().await.unwrap(), None);
    }
}
