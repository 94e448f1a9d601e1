//! Servers that are to be used no longer.

use std::pin::pin;

use super::roll::Drained;
use super::{PoolError, ServerPool, ServerSource, sweep};

impl ServerPool {
    /// Lets nobody use a server any more, waits until nobody does, and ends it if it is local. Whoever needs it waits
    /// until it is [opened](Self::open) again: for an upgrade, [`replace`](Self::replace) it then.
    ///
    /// New sessions go elsewhere meanwhile; sessions that live on it wait.
    ///
    /// # Errors
    ///
    /// When the pool has no such server.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server drained, or being drained.
    pub async fn drain(&self, name: &str) -> Result<(), PoolError> {
        loop {
            let mut changed = pin!(self.inner.changed.notified());
            changed.as_mut().enable();
            let drained = self.inner.roll().drain(name)?;
            match drained {
                Drained::Done => return Ok(()),
                Drained::NotYet => {}
                Drained::Idle(ending) => sweep::end(&self.inner, ending),
            }
            changed.await;
        }
    }

    /// Lets a drained server be used again.
    ///
    /// # Errors
    ///
    /// When the pool has no such server.
    pub fn open(&self, name: &str) -> Result<(), PoolError> {
        self.inner.roll().open(name)?;
        self.inner.changed.notify_waiters();
        Ok(())
    }

    /// Puts a server in, or another one in the place of that name, which is drained first. It is open then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server of that name drained, or being drained.
    pub async fn replace(&self, name: &str, source: impl Into<ServerSource>) {
        // A name that is new has nothing to drain.
        let _is_new = self.drain(name).await;
        self.inner.roll().put(name, source.into(), false);
        self.inner.changed.notify_waiters();
    }

    /// Drains a server, and forgets it. Sessions that live on it cannot be used any more.
    ///
    /// # Errors
    ///
    /// When the pool has no such server.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the server drained, or being drained.
    pub async fn remove(&self, name: &str) -> Result<(), PoolError> {
        self.drain(name).await?;
        self.inner.roll().remove(name);
        self.inner.changed.notify_waiters();
        Ok(())
    }

    /// Ends all local servers, each when nobody uses it any more, and waits until they have ended. Nobody gets in
    /// meanwhile, or later.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves some of them drained, or being drained.
    pub async fn shut_down(&self) {
        self.inner.roll().shut();
        self.inner.changed.notify_waiters();
        for server in self.servers() {
            // One that is gone meanwhile is what was wanted.
            let _gone = self.drain(&server.name).await;
        }
    }
}
