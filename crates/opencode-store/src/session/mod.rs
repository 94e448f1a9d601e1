//! Sessions: which upstream session belongs to which record of the host.
//!
//! [`SessionStore`] is what a database has to do; [`Sessions`] is the protocol on top of it, which mints, replaces
//! and deletes upstream sessions without ever holding a lock across a network call.

mod config;
mod decision;
mod flights;
mod lifecycle;
mod mint;
mod minting;
mod place;
mod record;
mod status;
mod store;
mod subject;
mod sweep;
mod upstream;

pub use self::config::{ConfigFingerprint, SessionConfig};
pub(crate) use self::decision::{MintDecision, decide};
pub use self::lifecycle::{Aborted, Ensured, Sessions};
pub use self::mint::{ContextLost, Mint, MintClaim, MintEnd, MintRequest, Minted, StaleMint};
pub use self::place::SessionPlace;
pub use self::record::{SessionRecord, SessionRowId};
pub use self::status::SessionStatus;
pub use self::store::SessionStore;
pub use self::subject::Subject;
pub use self::sweep::Swept;
pub use self::upstream::{NewUpstreamSession, Upstream, UpstreamError};
