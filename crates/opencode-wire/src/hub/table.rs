//! What the hub's streams and listeners have in common.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::queue::{Queue, Word};
use super::routes::{ListenerId, Routes};
use super::{GapReason, StreamOptions, Topic, connection};
use crate::Client;
use crate::ids::{AscendingClock, SessionId, SystemClock};

/// Which stream it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum StreamKey {
    /// `/global/event`.
    Global,
    /// `/event` of a directory; `None` is the server's own.
    Directory(Option<String>),
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: StreamOptions,
    pub(super) clock: AscendingClock,
    table: Mutex<Table>,
}

/// Invariant: a stream with listeners has a task that reads it.
#[derive(Debug, Default)]
pub(super) struct Table {
    streams: HashMap<StreamKey, Stream>,
    /// The server has no `/global/event`.
    per_directory: bool,
    next_id: ListenerId,
}

#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) routes: Routes,
    pub(super) live: bool,
    /// A listener has not kept up with what it was last given.
    pub(super) falls_behind: bool,
    running: bool,
}

impl Shared {
    pub(super) fn new(options: StreamOptions) -> Self {
        Self { options, clock: AscendingClock::new(SystemClock), table: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it holds the lock.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on a stream, and wakes the listeners that were given something.
    pub(super) fn with_stream<T>(&self, key: &StreamKey, work: impl FnOnce(&mut Stream) -> T) -> Option<T> {
        let mut table = self.lock();
        let stream = table.streams.get_mut(key)?;
        let result = work(stream);
        stream.falls_behind = stream.routes.wake();
        Some(result)
    }

    pub(super) fn want(&self, id: ListenerId, session_id: &SessionId) {
        for stream in self.lock().streams.values_mut() {
            stream.routes.want(id, session_id.clone());
        }
    }

    pub(super) fn unsubscribe(&self, id: ListenerId) {
        for stream in self.lock().streams.values_mut() {
            stream.routes.remove(id);
        }
    }

    /// Ends a stream that nobody listens to. False if somebody does again.
    pub(super) fn end_if_unused(&self, key: &StreamKey) -> bool {
        let mut table = self.lock();
        if table.streams.get(key).is_some_and(|stream| !stream.routes.is_empty()) {
            return false;
        }
        table.streams.remove(key);
        true
    }
}

/// Adds a listener, and starts the stream that it needs.
pub(super) fn subscribe(
    shared: &Arc<Shared>,
    client: &Client,
    queue: Arc<Queue>,
    topic: Topic,
) -> ListenerId {
    let session = match topic {
        Topic::Session(session_id) => Some(session_id),
        Topic::All => None,
    };
    let mut table = shared.lock();
    table.next_id += 1;
    let id = table.next_id;
    // Whoever answered for the server may have been a gateway: after a pause the global stream is tried once more.
    table.per_directory &= !table.streams.is_empty();
    let directory = client.directory().map(str::to_owned);
    let key = if table.per_directory { StreamKey::Directory(directory.clone()) } else { StreamKey::Global };
    let stream = table.streams.entry(key.clone()).or_default();
    stream.routes.add(id, queue, session, directory);
    if stream.live {
        stream.routes.tell_live_to(id);
        stream.routes.wake();
    }
    start(shared, client, key, stream);
    id
}

/// Moves everybody from the global stream to those of their directories: the server has no global one.
pub(super) fn fall_back(shared: &Arc<Shared>, client: &Client) {
    let mut table = shared.lock();
    table.per_directory = true;
    let Some(global) = table.streams.remove(&StreamKey::Global) else { return };
    for (id, route) in global.routes.into_routes() {
        let key = StreamKey::Directory(route.directory().map(str::to_owned));
        let stream = table.streams.entry(key.clone()).or_default();
        stream.routes.adopt(id, route);
        start(shared, client, key, stream);
    }
}

fn start(shared: &Arc<Shared>, client: &Client, key: StreamKey, stream: &mut Stream) {
    if std::mem::replace(&mut stream.running, true) {
        return;
    }
    let mut unfinished = Unfinished { stream: Some((Arc::clone(shared), key.clone())) };
    let reading = connection::run(Arc::clone(shared), client.clone(), key);
    tokio::spawn(async move {
        reading.await;
        unfinished.disarm();
    });
}

/// Notices that a stream's task was dropped, as by a runtime that ends while the client lives on in another.
///
/// Whoever listens hears of the gap, and the next one who comes starts the stream again.
struct Unfinished {
    stream: Option<(Arc<Shared>, StreamKey)>,
}

impl Unfinished {
    /// The task has come to its end.
    fn disarm(&mut self) {
        self.stream = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some((shared, key)) = self.stream.take() {
            shared.with_stream(&key, |stream| {
                (stream.running, stream.live) = (false, false);
                stream.routes.tell(&Word::Gap(GapReason::Disconnected));
            });
        }
    }
}
