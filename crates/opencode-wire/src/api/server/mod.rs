//! Which server it is, and what it can do.

mod proven;
mod standing;
mod version;

use http::Method;

pub use self::standing::Standing;
pub use self::version::ServerVersion;
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::model::Json;

/// Which server it is, and what it can do; from [`Client::server_info`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Its version, as it writes it.
    pub version: String,
    /// What is known of this version.
    pub standing: Standing,
    /// What it can do, as far as that was seen.
    pub capabilities: Capabilities,
}

impl ServerInfo {
    /// The version in numbers; `None` if it is not written in numbers, as that of a local build.
    #[must_use]
    pub fn server_version(&self) -> Option<ServerVersion> {
        self.version.parse().ok()
    }
}

/// What a server can do. All of it was seen, and none is concluded from a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether it has the newer API, whose routes begin with `/api`: operations whose names begin with `v2`.
    pub api_v2: bool,
    /// Where its events come from; `None` as long as nobody has listened to it.
    pub events: Option<EventSource>,
    /// Whether it numbers the durable events of a session, so that a gap shows by itself; `None` as long as no two
    /// of one session were seen.
    pub numbered_events: Option<bool>,
}

/// Which stream a server's events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventSource {
    /// `/global/event`: one connection for all directories.
    Global,
    /// `/event`: a connection for each directory, on servers without the other one.
    Directory,
}

impl Client {
    /// Says which server it is, and what it can do.
    ///
    /// The server is asked once, and again when it turns out to have become another version; all clones share what was
    /// learned. Connections for events learn the version too: one that was not tried is told as a [`tracing`] event
    /// named `opencode.server.unproven` of level `WARN`, once.
    ///
    /// # Errors
    ///
    /// As [`api`](crate::api#errors) says; [`NotOpenCode`](ErrorKind::NotOpenCode) means that something else answers at
    /// this address.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// let server = client.server_info().await?;
    /// if !server.standing.is_proven() {
    ///     eprintln!("OpenCode {}: {}", server.version, server.standing);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn server_info(&self) -> Result<ServerInfo> {
        let facts = self.facts();
        let _asking = facts.asking().await;
        if let Some(info) = facts.info() {
            return Ok(info);
        }
        let version = self.health().await?.version;
        let asked: Result<Json> = self.request(Method::GET, "/api/health", &[]).unscoped().send_json().await;
        let api_v2 = match asked {
            Ok(_) => true,
            Err(error) if matches!(error.kind(), ErrorKind::NotOpenCode | ErrorKind::NotFound) => false,
            Err(error) => return Err(error),
        };
        Ok(facts.learn(version, api_v2))
    }
}
