//! One event stream per server, for any number of listeners.
//!
//! The hub keeps one connection to a server's event stream while anybody listens, and hands every event to those who
//! want its session. It reads what an event is about without decoding it; whom nobody waits for is dropped at the cost
//! of a glance, and the rest is decoded by the listener that wants it.
//!
//! A stream can lose events: connections break, listeners are slow, frames are too large. The hub cannot undo that, but
//! it never hides it. A listener hears [`Notice::Gap`] where something may be missing, and [`Notice::Live`] once the
//! stream is live again: then it is time to ask the server how things are.
//!
//! | stream | used when | carries |
//! |---|---|---|
//! | `/global/event` | the server has it | all directories, and a second record of each durable event with a sequence number, which shows gaps |
//! | `/event` | otherwise | one directory; one connection for each that is listened to |
//!
//! # Cancel safety
//!
//! Dropping a [`Listener`] ends its subscription; the connection is closed a little after the last one is gone.

mod backoff;
mod connection;
mod hand_out;
mod listener;
mod options;
mod proof;
mod queue;
mod reader;
mod routes;
mod table;

pub use self::listener::{Listener, Notice};
pub use self::options::StreamOptions;

use std::sync::Arc;

use self::queue::Queue;
use self::table::Shared;
use crate::Client;
use crate::ids::{AscendingClock, SessionId};

/// Why events may be missing from a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GapReason {
    /// The connection broke or was closed.
    Disconnected,
    /// Nothing was heard for too long, not even a heartbeat: the connection was given up.
    Silent,
    /// The listener was too slow, and its queue was emptied.
    Lagged,
    /// A frame was larger than the limit and was skipped.
    Oversize,
    /// A frame could not be read, as when a proxy cuts one in two.
    Unreadable,
    /// The sequence numbers of a session's durable events have a hole.
    Sequence,
    /// The server discarded what it held of a directory: turns that ran there were aborted.
    Disposed,
}

/// What to listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// A session, and the sessions that its agents start.
    Session(SessionId),
    /// Every event.
    All,
}

/// The hub of one server.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    shared: Arc<Shared>,
}

impl Hub {
    pub(crate) fn new(options: StreamOptions) -> Self {
        Self { shared: Arc::new(Shared::new(options)) }
    }

    /// The server's time, as its events reveal it.
    pub(crate) fn clock(&self) -> &AscendingClock {
        &self.shared.clock
    }

    /// Begins to listen. Must be called within a tokio runtime.
    pub(crate) fn listen(&self, client: &Client, topic: Topic) -> Listener {
        let options = &self.shared.options;
        let queue = Arc::new(Queue::new(options.max_queued_events, options.max_queued_bytes));
        let id = table::subscribe(&self.shared, client, Arc::clone(&queue), topic);
        Listener::new(Arc::clone(&self.shared), id, queue)
    }
}
