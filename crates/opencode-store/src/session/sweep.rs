//! What attempts that died, or lost, have left on the server.

use super::minting::remove;
use super::{Sessions, StaleMint};
use crate::error::{Error, ErrorKind, Result};

/// How many attempts one sweep looks at.
const AT_ONCE: usize = 256;

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Swept {
    /// Upstream sessions that nobody used and that are gone now.
    pub deleted: usize,
    /// Attempts of which nothing is left.
    pub forgotten: usize,
    /// Attempts that the server could not be asked about. A later sweep looks at them again.
    pub failed: usize,
}

impl Sessions {
    /// Deletes what attempts that died, or lost, have left on the server.
    ///
    /// To be called now and then by every process, or by one; each attempt is handed to one sweeper at a time.
    ///
    /// # Errors
    ///
    /// Only when the database fails; what was swept until then stays swept.
    ///
    /// # Cancel safety
    ///
    /// A sweep that is dropped has swept some attempts and not others; a later one goes on.
    pub async fn sweep(&self) -> Result<Swept> {
        let mut swept = Swept::default();
        for stale in self.store.stale_mints(self.grace, AT_ONCE).await? {
            match self.clear(&stale).await {
                Ok(deleted) => {
                    self.store.forget_mint(&stale.token).await?;
                    swept.deleted += deleted;
                    swept.forgotten += 1;
                }
                Err(error) if error.kind() == ErrorKind::Upstream => swept.failed += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(swept)
    }

    /// Deletes every session of an attempt that is not in use, and says how many there were.
    async fn clear(&self, stale: &StaleMint) -> Result<usize> {
        let ids = match &stale.upstream_id {
            Some(id) => vec![id.clone()],
            None => self.upstream.minted(&stale.token, &stale.place).await.map_err(|error| {
                Error::new(ErrorKind::Upstream, "the server could not be searched for unused sessions")
                    .with_source(error)
            })?,
        };
        let mut deleted = 0;
        for id in ids {
            // An attempt whose end is not known may have been bound after all.
            if self.store.session_by_upstream(&id).await?.is_some() {
                continue;
            }
            if !remove(self.upstream.as_ref(), &id, &stale.place).await {
                return Err(Error::new(ErrorKind::Upstream, "an unused session could not be deleted"));
            }
            deleted += 1;
        }
        Ok(deleted)
    }
}
