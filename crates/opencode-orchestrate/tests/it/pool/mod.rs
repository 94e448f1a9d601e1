//! Pools of servers: which one a session lives on, when each is started, ended, drained and told to forget.

#[cfg(feature = "supervisor")]
mod local;
mod pinned;
#[cfg(feature = "supervisor")]
pub(crate) mod stand_in;
