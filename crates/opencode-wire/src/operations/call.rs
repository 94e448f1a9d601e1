//! Sending an operation.

use http::Method;

use super::query::LOCATION;
use super::{Operation, Scope};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};

impl Client {
    /// Sends an operation and reads its answer.
    ///
    /// It is about the client's directory and workspace where the operation names none. A `GET` is tried again as the
    /// client's [`RetryPolicy`](crate::client::RetryPolicy) says; everything else is sent once.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection. Whether the server acts on the request is then unknown.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// use opencode_wire::operations::pty::{PtyCreate, PtyRemove};
    ///
    /// let mut create = PtyCreate::new();
    /// create.body.command = Some("bash".to_owned());
    /// let terminal = client.call(&create).await?;
    /// client.call(&PtyRemove::new(terminal.id)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Answer> {
        let method = Method::from_bytes(O::METHOD.as_bytes()).map_err(|source| {
            Error::new(ErrorKind::InvalidConfig, "the operation has no method of HTTP").with_source(source)
        })?;
        let query = operation.query();
        let mut request = self.request(method, O::PATH, &operation.arguments());
        if O::SCOPE != Scope::Directory {
            request = request.unscoped();
        }
        if O::SCOPE == Scope::Location {
            let workspace = self.workspace().map(crate::ids::WorkspaceId::as_str);
            for (name, value) in LOCATION.into_iter().zip([self.directory(), workspace]) {
                request = request.query_opt(name, value.filter(|_| !query.contains(name)));
            }
        }
        for (name, value) in query.iter() {
            request = request.query(name, value);
        }
        if let Some(body) = operation.body()? {
            request = request.json(&body);
        }
        let body = request.send_bytes().await?;
        O::decode(&body).map_err(|mut error| {
            error.inner_mut().request = operation.path().ok().map(|path| (O::METHOD.to_owned(), path));
            error
        })
    }
}
