//! Whether a server is there, and which one.

use http::Method;

use super::ServerVersion;
use crate::client::Client;
use crate::error::Result;
use crate::model::object::object;

impl Client {
    /// Asks the server whether it is well.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says. [`NotOpenCode`](crate::ErrorKind::NotOpenCode) means that something else
    /// answers at this address.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let health = client.health().await?;
    /// if health.server_version().is_some_and(|version| version >= (1, 18, 0).into()) {
    ///     println!("recent enough");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn health(&self) -> Result<Health> {
        self.request(Method::GET, "/global/health", &[]).unscoped().send_json().await
    }
}

object! {
    /// What a server says of itself.
    pub struct Health {
        /// Whether it is well.
        healthy: bool = "healthy",
        /// Its version, as it writes it.
        version: String = "version",
    }
}

impl Health {
    /// The version in numbers; `None` if it is not written in numbers, as that of a local build.
    #[must_use]
    pub fn server_version(&self) -> Option<ServerVersion> {
        self.version.parse().ok()
    }
}
