//! What a database has to do for sessions.

use async_trait::async_trait;
use opencode_wire::ids::SessionId;

use super::{
    Mint, MintClaim, MintEnd, MintRequest, Minted, SessionRecord, SessionRowId, SessionStatus, StaleMint,
    Subject,
};
use crate::error::Result;
use crate::wake::Watch;

/// What a database has to do for sessions.
///
/// Each call is one atomic step, and no call waits for a network other than the database's own.
///
/// # Races
///
/// | interleaving | result |
/// |---|---|
/// | two `begin_mint` for an unbound subject | one is `Claimed`, the other `Taken` |
/// | `begin_mint` after the lease of a minter ended | `Claimed`; the old attempt stays noted until it is forgotten |
/// | `finish_mint` after somebody else claimed | `Lost`, and the session is noted to be deleted |
/// | two `begin_mint` that replace the same generation | one is `Claimed`; the other is `Taken`, and `Bound` later |
/// | `begin_mint` that replaces an older generation | `Bound`: somebody else has replaced it already |
/// | `set_status` for an older generation | `false`, and nothing changes |
///
/// # Cancel safety
///
/// A call whose future is dropped was carried out whole or not at all.
#[async_trait]
pub trait SessionStore: Send + Sync + std::fmt::Debug {
    /// The session of a subject, if it was ever asked for.
    async fn session(&self, subject: &Subject) -> Result<Option<SessionRecord>>;

    /// The session with that row number.
    async fn session_by_row(&self, id: SessionRowId) -> Result<Option<SessionRecord>>;

    /// The session that is bound to an upstream session.
    async fn session_by_upstream(&self, upstream_id: &SessionId) -> Result<Option<SessionRecord>>;

    /// Claims the right to make the subject's upstream session, unless there is one that fits.
    ///
    /// The attempt is noted before the call returns, so that nothing it makes can be lost sight of. What is noted of an
    /// attempt is where it makes its session, and of a session that was replaced or lost, where that one is.
    async fn begin_mint(&self, request: &MintRequest) -> Result<MintClaim>;

    /// Binds the session that was made, if the claim still holds.
    async fn finish_mint(&self, mint: &Mint, minted: &Minted) -> Result<MintEnd>;

    /// Gives the claim back, because no session could be made. Whoever waits may try at once.
    ///
    /// With `keep` the attempt stays noted, for when it is not known whether the server has made a session.
    async fn cancel_mint(&self, mint: &Mint, keep: bool) -> Result<()>;

    /// Attempts whose upstream sessions are to be deleted, and attempts whose lease ended before the store's time
    /// minus `grace`; the oldest first.
    async fn stale_mints(&self, grace: std::time::Duration, limit: usize) -> Result<Vec<StaleMint>>;

    /// Forgets an attempt: nothing of it is left on the server.
    async fn forget_mint(&self, token: &str) -> Result<()>;

    /// Notes the state of a generation. `false` when it is not the present one, or when the state that is there may
    /// not become this one.
    async fn set_status(&self, id: SessionRowId, generation: u64, status: SessionStatus) -> Result<bool>;

    /// Notes which permission rules the server was given. `false` when the generation is not the present one.
    async fn set_permissions(&self, id: SessionRowId, generation: u64, permissions: &str) -> Result<bool>;

    /// Deletes a subject with its turns, events, requests, usage and artifacts. Its upstream session is noted to be
    /// deleted. `false` when there was none.
    async fn delete_session(&self, subject: &Subject) -> Result<bool>;

    /// Wakes up when something of the session may have changed.
    fn watch_session(&self, id: SessionRowId) -> Watch;
}
