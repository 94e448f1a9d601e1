//! The reply to a prompt, as the server has stored it.

use super::fetch::{Fetch, fetch};
use crate::api::SessionHandle;
use crate::ids::MessageId;
use crate::reply::Reply;
use crate::{Error, ErrorKind, Result};

impl SessionHandle {
    /// Fetches the reply to a prompt as the server has stored it by now, with those of sub-agents, and follows nothing.
    ///
    /// Messages are fetched page by page from the newest to the prompt, and none before it. What a turn that still runs
    /// is saying is not in it: [`attach`](Self::attach) follows that. Whether the prompt was found at all is told by
    /// [`Reply::is_accepted`].
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotFound`](ErrorKind::NotFound) when there is no such session.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn stored_reply(&self, message_id: &MessageId) -> Result<Reply> {
        let session = self.located().await?;
        let mut reply = Reply::new(session.id().clone(), message_id.clone());
        let mut n_asked_about = 0;
        // A sub-agent that no call names yet is told by the list of children, and asked about in the next round.
        while n_asked_about < reply.sessions().len() {
            let n_known = reply.sessions().len();
            let snapshot = fetch(&session, Fetch::of(&reply)).await?;
            if snapshot.gone {
                return Err(Error::new(ErrorKind::NotFound, format!("session {} is gone", session.id())));
            }
            reply.resync(&snapshot);
            for exchange in &snapshot.exchanges {
                reply.settle(exchange);
            }
            // Sessions that were known before and are not there any more are asked about once.
            n_asked_about = n_known.max(snapshot.exchanges.len());
        }
        Ok(reply)
    }
}
