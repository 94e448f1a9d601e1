//! What agents ask to be allowed.

use http::Method;
use serde_json::json;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{PermissionId, SessionId};
use crate::model::{PermissionReply, PermissionRequest};

/// The permission requests of the client's directory; made by [`Client::permissions`].
#[derive(Debug, Clone)]
pub struct Permissions {
    client: Client,
}

impl Client {
    /// The permission requests of the client's directory.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        Permissions { client: self.clone() }
    }
}

impl Permissions {
    /// Lists the requests that wait for an answer. Those of a turn that was aborted stay in it.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn list(&self) -> Result<Vec<PermissionRequest>> {
        self.client.request(Method::GET, "/permission", &[]).send_json().await
    }

    /// Answers a request.
    ///
    /// A server without the present route is answered through the older one.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotFound`](crate::ErrorKind::NotFound) when it was answered already, and
    /// [`Unsupported`](crate::ErrorKind::Unsupported) when the server has only the older route, which takes no message.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, it may have been answered.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// use opencode_wire::api::PermissionAnswer;
    ///
    /// for request in client.permissions().list().await? {
    ///     let answer = match request.permission.as_str() {
    ///         "read" => PermissionAnswer::once(),
    ///         _ => PermissionAnswer::reject_because("Only reading is allowed here."),
    ///     };
    ///     client.permissions().reply(&request.session_id, &request.id, answer).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn reply(
        &self,
        session_id: &SessionId,
        permission_id: &PermissionId,
        answer: impl Into<PermissionAnswer> + Send,
    ) -> Result<()> {
        let answer = answer.into();
        let body = match &answer.message {
            Some(message) => json!({ "reply": answer.reply, "message": message }),
            None => json!({ "reply": answer.reply }),
        };
        let request =
            self.client.request(Method::POST, "/permission/:permission_id/reply", &[permission_id.as_str()]);
        match request.json(&body).send_empty().await {
            Err(error) if error.kind() == ErrorKind::NotOpenCode => {
                self.reply_by_old_route(session_id, permission_id, &answer).await
            }
            outcome => outcome,
        }
    }

    async fn reply_by_old_route(
        &self,
        session_id: &SessionId,
        permission_id: &PermissionId,
        answer: &PermissionAnswer,
    ) -> Result<()> {
        // Without its message a refusal would end the turn instead of steering it.
        if answer.message.is_some() {
            let message = "this server takes no message with the answer to a permission request";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.client
            .request(
                Method::POST,
                "/session/:session_id/permissions/:permission_id",
                &[session_id.as_str(), permission_id.as_str()],
            )
            .json(&json!({ "response": answer.reply }))
            .send_empty()
            .await
    }
}

/// The answer to a permission request, with a word for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PermissionAnswer {
    /// What is answered.
    pub reply: PermissionReply,
    /// What the model is told. A refusal with a message lets the turn go on; without one it ends there.
    pub message: Option<String>,
}

impl PermissionAnswer {
    /// Allows this one.
    #[must_use]
    pub fn once() -> Self {
        PermissionReply::Once.into()
    }

    /// Allows this one and all like it, until the server restarts.
    #[must_use]
    pub fn always() -> Self {
        PermissionReply::Always.into()
    }

    /// Refuses, which ends the turn.
    #[must_use]
    pub fn reject() -> Self {
        PermissionReply::Reject.into()
    }

    /// Refuses and tells the model why; the turn goes on. A blank reason is none.
    #[must_use]
    pub fn reject_because(message: impl Into<String>) -> Self {
        let message = Some(message.into()).filter(|message| !message.trim().is_empty());
        Self { reply: PermissionReply::Reject, message }
    }
}

impl From<PermissionReply> for PermissionAnswer {
    fn from(reply: PermissionReply) -> Self {
        Self { reply, message: None }
    }
}
