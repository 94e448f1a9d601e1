//! Who is woken when something changes: one bit for everybody who waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::session::SessionRowId;
use crate::turn::TurnId;

/// What may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Topic {
    /// There may be a turn to claim.
    Work,
    /// Something of a session.
    Session(SessionRowId),
    /// Something of a turn: its events, its state, its requests and their answers, a request to stop.
    Turn(TurnId),
    /// Something that whoever works on a turn has to look at: a request to stop it, a turn to be steered into it, an
    /// answer to what it has asked.
    Orders(TurnId),
}

/// Wakes those who wait for changes, within this process.
///
/// It carries no data: who is woken reads what there is. So any number of changes cost a waiter one bit, and none can
/// be lost by a slow one. For those who implement the traits of this crate.
///
/// # Examples
///
/// ```
/// use opencode_store::wake::{Topic, Wakes};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let wakes = Wakes::default();
/// let mut watch = wakes.watch(Topic::Work);
/// wakes.wake(Topic::Work);
/// wakes.wake(Topic::Work);
/// watch.changed().await;
/// assert!(!watch.has_changed());
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    topics: Arc<Mutex<Topics>>,
}

/// Invariant: every entry has at least one [`Watch`].
type Topics = HashMap<Topic, watch::Sender<()>>;

impl Wakes {
    /// Starts to watch. Everything that is woken after this call is seen.
    #[must_use]
    pub fn watch(&self, topic: Topic) -> Watch {
        let mut topics = self.lock();
        let sender = topics.entry(topic).or_insert_with(|| watch::Sender::new(()));
        Watch { receiver: sender.subscribe(), topic, wakes: self.clone() }
    }

    /// Wakes everybody who watches this.
    pub fn wake(&self, topic: Topic) {
        if let Some(sender) = self.lock().get(&topic) {
            sender.send_replace(());
        }
    }

    /// Wakes everybody, when it is not known what has changed.
    pub fn wake_all(&self) {
        for sender in self.lock().values() {
            sender.send_replace(());
        }
    }

    /// Whether anybody waits for anything.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.lock().is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for changes of one topic.
#[derive(Debug)]
pub struct Watch {
    receiver: watch::Receiver<()>,
    topic: Topic,
    wakes: Wakes,
}

impl Watch {
    /// Waits until something may have changed since the watch began, or since the last call.
    ///
    /// # Cancel safety
    ///
    /// A change that comes while the future is dropped is seen by the next call.
    pub async fn changed(&mut self) {
        if self.receiver.changed().await.is_err() {
            // The sender lives as long as its watches do. Should it not, nothing will ever change.
            std::future::pending::<()>().await;
        }
    }

    /// Whether something may have changed since the watch began, or since the last [`changed`](Self::changed).
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.receiver.has_changed().unwrap_or(false)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut topics = self.wakes.lock();
        // This watch itself is still counted.
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() <= 1) {
            topics.remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_woken_before_anybody_waits_is_seen_once() {
        let wakes = Wakes::default();
        let topic = Topic::Turn(TurnId::new(1));
        let mut first = wakes.watch(topic);
        let second = wakes.watch(topic);
        let other = wakes.watch(Topic::Work);
        wakes.wake(topic);
        first.changed().await;
        assert!(!first.has_changed() && second.has_changed() && !other.has_changed());
        wakes.wake_all();
        assert!(first.has_changed() && other.has_changed());
    }

    #[test]
    fn nothing_is_left_of_a_watch_that_ended() {
        let wakes = Wakes::default();
        let first = wakes.watch(Topic::Work);
        let second = wakes.watch(Topic::Work);
        drop(first);
        assert!(wakes.is_watched());
        drop(second);
        assert!(!wakes.is_watched());
    }
}
