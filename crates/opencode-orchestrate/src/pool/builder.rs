//! A pool that is put together.

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use opencode_store::session::{SessionConfig, Subject};
use opencode_wire::ids::{AscendingClock, SystemClock};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::roll::Roll;
use super::{Choose, Inner, ONLY, PoolOptions, ServerPool, ServerSource};

/// A pool that is put together.
#[must_use = "nothing is there until it is built"]
pub struct PoolBuilder {
    roll: Roll,
    choose: Option<Choose>,
    first: Option<String>,
    servers: Vec<(String, ServerSource)>,
}

impl Default for PoolBuilder {
    fn default() -> Self {
        Self { roll: Roll::new(PoolOptions::default()), choose: None, first: None, servers: Vec::new() }
    }
}

impl PoolBuilder {
    /// Adds a server: a [`Client`](opencode_wire::Client) of one that somebody else runs, or the options of one that
    /// this process starts when it is needed.
    ///
    /// The name stays with the sessions that are made on it, so it has to stay the same for as long as they do, in all
    /// processes that share a store. Sessions of which no name is known are those of the first server.
    pub fn server(mut self, name: impl Into<String>, source: impl Into<ServerSource>) -> Self {
        let name = name.into();
        self.first.get_or_insert_with(|| name.clone());
        self.servers.push((name, source.into()));
        self
    }

    /// Sets what makes a server for a name that has none: one for each tenant, for instance. `None` says that there is
    /// none of that name.
    ///
    /// Such a server is chosen by [`place_by`](Self::place_by) alone.
    pub fn servers_by(mut self, make: impl Fn(&str) -> Option<ServerSource> + Send + Sync + 'static) -> Self {
        self.roll.set_make(Arc::new(make));
        self
    }

    /// Sets what chooses the server for a new session, by name; `None` leaves it to the pool.
    pub fn place_by(
        mut self,
        choose: impl Fn(&Subject, &SessionConfig) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.choose = Some(Arc::new(choose));
        self
    }

    /// Sets how many servers run at once, and for how long.
    pub fn options(mut self, options: PoolOptions) -> Self {
        self.roll.set_options(options);
        self
    }

    /// The pool.
    #[must_use]
    pub fn build(self) -> ServerPool {
        self.finish(false)
    }

    /// A pool of one server, whose sessions need not name it.
    pub(super) fn single(source: ServerSource) -> ServerPool {
        Self::default().server(ONLY, source).finish(true)
    }

    fn finish(mut self, is_single: bool) -> ServerPool {
        for (name, source) in self.servers {
            self.roll.put(&name, source, false);
        }
        let inner = Inner {
            roll: Mutex::new(self.roll),
            changed: Notify::new(),
            choose: self.choose,
            unnamed: self.first.unwrap_or_else(|| ONLY.to_owned()),
            is_single,
            clock: AscendingClock::new(SystemClock),
            origin: Instant::now(),
            is_swept: AtomicBool::new(false),
        };
        ServerPool { inner: Arc::new(inner) }
    }
}

impl fmt::Debug for PoolBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.servers.iter().map(|(name, _)| name).collect();
        formatter.debug_struct("PoolBuilder").field("servers", &names).finish_non_exhaustive()
    }
}
