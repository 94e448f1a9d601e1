//! A session's past: forking it, taking it back, summarising it, sharing it.

use http::Method;
use serde_json::json;

use super::SessionHandle;
use crate::error::Result;
use crate::ids::{MessageId, PartId};
use crate::model::{FileDiff, ModelRef, Session};

impl SessionHandle {
    /// Copies the session into a new one, up to a message that is left out, or as a whole.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the copy may exist.
    pub async fn fork(&self, before: Option<&MessageId>) -> Result<Self> {
        let body = match before {
            Some(message_id) => json!({ "messageID": message_id }),
            None => json!({}),
        };
        let request = self.request(Method::POST, "/session/:session_id/fork", &[]).json(&body);
        Ok(Self::from_info(self.client().clone(), request.send_json().await?))
    }

    /// Takes back a message with everything after it, or one of its parts, and restores the files.
    ///
    /// The messages stay readable until the next prompt. Restoring files needs the server's snapshots.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Conflict`](crate::ErrorKind::Conflict) while the session is busy.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been done.
    pub async fn revert(&self, message_id: &MessageId, part_id: Option<&PartId>) -> Result<Session> {
        let body = match part_id {
            Some(part_id) => json!({ "messageID": message_id, "partID": part_id }),
            None => json!({ "messageID": message_id }),
        };
        self.request(Method::POST, "/session/:session_id/revert", &[]).json(&body).send_json().await
    }

    /// Brings back what was taken back, as long as no prompt came in between.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Conflict`](crate::ErrorKind::Conflict) while the session is busy.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been done.
    pub async fn unrevert(&self) -> Result<Session> {
        self.request(Method::POST, "/session/:session_id/unrevert", &[]).send_json().await
    }

    /// Compacts the session: a model sums up what was said so far. Answers when it has, however long it takes.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the server goes on.
    pub async fn summarize(&self, model: &ModelRef) -> Result<()> {
        let body = json!({ "providerID": model.provider_id, "modelID": model.model() });
        self.request(Method::POST, "/session/:session_id/summarize", &[])
            .response_timeout(None)
            .json(&body)
            .send_empty()
            .await
    }

    /// The files that a message changed. Without a message the server usually answers an empty list.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn diff(&self, message_id: Option<&MessageId>) -> Result<Vec<FileDiff>> {
        self.request(Method::GET, "/session/:session_id/diff", &[])
            .query_opt("messageID", message_id)
            .send_json()
            .await
    }

    /// Publishes the session; [`Session::share`](crate::model::Session::share) then says where.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`Server`](crate::ErrorKind::Server) where sharing is turned off.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may be public.
    pub async fn share(&self) -> Result<Session> {
        self.request(Method::POST, "/session/:session_id/share", &[]).send_json().await
    }

    /// Takes the session off the public again.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been done.
    pub async fn unshare(&self) -> Result<Session> {
        self.request(Method::DELETE, "/session/:session_id/share", &[]).send_json().await
    }

    /// Has a model study the project and write `AGENTS.md`. Answers when it has, however long it takes.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the server goes on.
    pub async fn init(&self, message_id: &MessageId, model: &ModelRef) -> Result<()> {
        let body = json!({
            "messageID": message_id,
            "providerID": model.provider_id,
            "modelID": model.model(),
        });
        self.request(Method::POST, "/session/:session_id/init", &[])
            .response_timeout(None)
            .json(&body)
            .send_empty()
            .await
    }
}
