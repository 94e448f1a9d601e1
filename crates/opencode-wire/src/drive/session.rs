//! What a turn needs of its session.

use crate::Result;
use crate::api::SessionHandle;
use crate::hub::{Listener, Topic};
use crate::ids::MessageId;

impl SessionHandle {
    /// Listens to the session, and to those that its agents start.
    ///
    /// All listeners of a client share one connection; see [`hub`](crate::hub). Must be called within a tokio runtime.
    #[must_use]
    pub fn listen(&self) -> Listener {
        self.client().listen(Topic::Session(self.id().clone()))
    }

    /// Mints a message id that the server sorts among its own.
    ///
    /// Ids carry the server's time, which the event stream tells; before the first event was heard, this machine's.
    #[must_use]
    pub fn mint_message_id(&self) -> MessageId {
        self.client().mint_message_id()
    }

    /// The same session in its own directory: lists of what sessions do, and of what they ask, go by directory.
    ///
    /// Asks the server unless it has described the session already; that proves that the session exists.
    pub(super) async fn located(&self) -> Result<Self> {
        // Boxed, because what is asked here once would make every turn as large as the answer.
        let directory = match self.info() {
            Some(info) => info.directory.clone(),
            None => Box::pin(self.get()).await?.directory,
        };
        let client = self.client();
        let client = if directory.is_empty() { client.clone() } else { client.with_directory(directory)? };
        Ok(Self::new(client, self.id().clone()))
    }
}
