//! A session as it is stored.

use jiff::Timestamp;
use opencode_wire::ids::SessionId;

use super::{ConfigFingerprint, SessionPlace, SessionStatus, Subject};

crate::row_id! {
    /// The number of a session's row in the store. The server's own name for a session is a
    /// [`SessionId`].
    SessionRowId
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRecord {
    /// The row.
    pub id: SessionRowId,
    /// Whose it is.
    pub subject: Subject,
    /// The session on the server, once one was made.
    pub upstream_id: Option<SessionId>,
    /// What is known of its state.
    pub status: SessionStatus,
    /// Which upstream session of the subject it is: 0 before the first, and one more with each new one.
    /// Writes about an upstream session name its generation, so that a late one changes nothing.
    pub generation: u64,
    /// What the upstream session is bound to.
    pub fingerprint: Option<ConfigFingerprint>,
    /// The name of the server that the upstream session was made on, and stays on; none for the only one.
    pub server: Option<String>,
    /// The directory that the upstream session was made in.
    pub directory: Option<String>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the row was last written.
    pub updated_at: Timestamp,
}

impl SessionRecord {
    /// A row as it begins: without an upstream session. For those who implement the traits of this crate.
    #[must_use]
    pub fn new(id: SessionRowId, subject: Subject, at: Timestamp) -> Self {
        Self {
            id,
            subject,
            upstream_id: None,
            status: SessionStatus::Idle,
            generation: 0,
            fingerprint: None,
            server: None,
            directory: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// Where the upstream session is, for calls about it.
    #[must_use]
    pub fn place(&self) -> SessionPlace {
        SessionPlace::new(self.server.clone(), self.directory.clone())
    }
}
