//! The servers on which sessions live: one or many, remote or local, started when they are needed and ended when they
//! are not.

mod builder;
mod directories;
mod draining;
mod error;
mod evict;
mod lease;
mod member;
mod options;
mod roll;
mod single;
mod source;
mod sweep;
mod upstream;

#[cfg(all(test, feature = "supervisor"))]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opencode_store::session::{SessionConfig, SessionRecord, Subject};
use opencode_wire::Client;
use opencode_wire::ids::{AscendingClock, MessageId};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

pub use self::builder::PoolBuilder;
pub use self::error::PoolError;
pub use self::lease::ServerLease;
pub use self::member::PooledServer;
pub use self::options::PoolOptions;
pub use self::source::ServerSource;
pub(crate) use self::upstream::PoolUpstream;

use self::lease::Entry;
use self::member::Ending;
use self::roll::{Entered, Roll};

/// The name under which a pool has its only server.
const ONLY: &str = "server";

/// The servers on which sessions live. Cheap to clone; clones are the same pool.
///
/// A session stays on the server that it was made on: the store keeps that server's name with it. A new one goes to the
/// server that the [builder](PoolBuilder::place_by) chooses, or to the one with the fewest turns.
///
/// A [`Client`] is a pool of one remote server.
///
/// # Examples
///
/// ```
/// # fn example() -> opencode_wire::Result<()> {
/// use opencode_orchestrate::pool::{PoolOptions, ServerPool};
/// use opencode_wire::Client;
///
/// let pool = ServerPool::builder()
///     .server("blue", Client::new("http://10.0.0.1:4096")?)
///     .server("green", Client::new("http://10.0.0.2:4096")?)
///     .options(PoolOptions::default().with_turns_per_server(32))
///     .build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ServerPool {
    inner: Arc<Inner>,
}

type Choose = Arc<dyn Fn(&Subject, &SessionConfig) -> Option<String> + Send + Sync>;

struct Inner {
    roll: Mutex<Roll>,
    /// Told whenever somebody may get in who could not before.
    changed: Notify,
    choose: Option<Choose>,
    /// The server of sessions whose record names none: of those that were made before there was a pool.
    unnamed: String,
    /// Whether records name no server, because there is only one.
    is_single: bool,
    /// For when no server runs.
    clock: AscendingClock,
    origin: Instant,
    /// Whether somebody looks after it.
    is_swept: AtomicBool,
}

impl ServerPool {
    /// A pool that is put together.
    pub fn builder() -> PoolBuilder {
        PoolBuilder::default()
    }

    /// Gives the use of a server for a turn: waits for a place on it, and starts it when it does not run.
    ///
    /// `None` is the server that the pool was given first.
    ///
    /// # Errors
    ///
    /// When the pool has no such server, or it cannot be started.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the place back; a start that has begun goes on.
    pub async fn server(
        &self,
        name: Option<&str>,
        directory: Option<&str>,
    ) -> Result<ServerLease, PoolError> {
        let name = self.name_or_unnamed(name);
        let places = self.inner.roll().find(&name)?;
        // Nobody closes it.
        let place = places.acquire_owned().await.ok();
        self.enter(name, directory, place).await
    }

    /// The same for a call or two, beside the places for turns.
    pub(crate) async fn visit(
        &self,
        name: Option<&str>,
        directory: Option<&str>,
    ) -> Result<ServerLease, PoolError> {
        self.enter(self.name_or_unnamed(name), directory, None).await
    }

    async fn enter(
        &self,
        name: String,
        directory: Option<&str>,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<ServerLease, PoolError> {
        sweep::begin(&self.inner);
        let directory = directory.map(normal);
        let source = loop {
            let mut changed = pin!(self.inner.changed.notified());
            // Heard from now on: what changes between the look and the wait is not missed.
            changed.as_mut().enable();
            let entered = self.inner.roll().enter(&name, directory, self.inner.now())?;
            match entered {
                Entered::In(source) => break source,
                Entered::Wait => {}
                Entered::MakeRoom(ending) => sweep::end(&self.inner, ending),
            }
            changed.await;
        };
        let pool = Arc::clone(&self.inner);
        let entry = Entry { pool, name, directory: directory.map(str::to_owned), _place: place };
        let reached = source.reach(&entry.name).await?;
        let client = match directory {
            Some(directory) => {
                let failed = |source| PoolError::Directory { source: Arc::new(source) };
                reached.client.with_directory(directory).map_err(failed)?
            }
            None => reached.client.clone(),
        };
        Ok(ServerLease { entry, source, reached, client })
    }

    /// On which server a new session of a subject is made; the name that its record gets.
    pub(crate) fn choose(
        &self,
        subject: &Subject,
        config: &SessionConfig,
    ) -> Result<Option<String>, PoolError> {
        if self.inner.is_single {
            return Ok(None);
        }
        if let Some(name) = self.inner.choose.as_ref().and_then(|choose| choose(subject, config)) {
            return Ok(Some(name));
        }
        let roll = self.inner.roll();
        roll.least_used().map(|name| Some(name.to_owned())).ok_or(PoolError::AllDrained)
    }

    /// The servers, by name.
    #[must_use]
    pub fn servers(&self) -> Vec<PooledServer> {
        self.inner.roll().servers()
    }

    /// The clients of the servers that are there.
    pub(crate) fn clients(&self) -> Vec<Client> {
        self.inner.roll().clients()
    }

    /// Looks at once what is used no longer: servers are ended, and directories forgotten.
    pub(crate) async fn look(&self) {
        sweep::look(&self.inner).await;
    }

    /// Mints a message id that each server sorts behind those that there are: on the clock of that which is ahead.
    pub(crate) fn mint_message_id(&self) -> MessageId {
        let newest = self.clients().iter().map(Client::mint_message_id).max();
        newest.unwrap_or_else(|| MessageId::ascending(&self.inner.clock, &mut || fastrand::u64(..)))
    }

    /// Whether a lease is that of a session's place.
    pub(crate) fn is_of(&self, lease: &ServerLease, session: &SessionRecord) -> bool {
        let name = self.name_or_unnamed(session.server.as_deref());
        lease.is_at(&name, session.directory.as_deref().map(normal))
    }

    fn name_or_unnamed(&self, name: Option<&str>) -> String {
        name.unwrap_or(&self.inner.unnamed).to_owned()
    }
}

/// A directory as the server sees it, as far as that can be told from here.
fn normal(directory: &str) -> &str {
    let short = directory.trim_end_matches('/');
    if short.is_empty() { directory } else { short }
}

impl Inner {
    fn roll(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn leave(&self, name: &str, directory: Option<&str>) {
        self.roll().leave(name, directory, self.now());
        self.changed.notify_waiters();
    }

    fn ended(&self, ending: &Ending) {
        self.roll().ended(&ending.name);
        self.changed.notify_waiters();
    }
}

impl fmt::Debug for ServerPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ServerPool").field("servers", &self.servers()).finish_non_exhaustive()
    }
}
