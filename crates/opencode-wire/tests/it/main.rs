//! The integration tests of this crate: one binary.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

#[cfg(feature = "client")]
mod api;
#[cfg(feature = "client")]
mod appendix_d;
#[cfg(feature = "client")]
mod blockers;
mod callbacks;
#[cfg(feature = "client")]
mod cancelling;
mod certification;
#[cfg(feature = "client")]
mod chaos;
mod checked;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod deciding;
mod decoded;
#[cfg(feature = "client")]
mod dialects;
#[cfg(feature = "client")]
mod endings;
#[cfg(feature = "client")]
mod errors;
mod events;
mod follower;
#[cfg(feature = "client")]
mod hub;
#[cfg(feature = "client")]
mod large_head;
#[cfg(feature = "client")]
mod late;
mod mirror;
#[cfg(feature = "client")]
mod old_faults;
#[cfg(feature = "operations")]
mod operations;
mod permutation;
#[cfg(feature = "client")]
mod prompting;
#[cfg(feature = "pty")]
mod pty;
#[cfg(feature = "client")]
mod real;
#[cfg(feature = "client")]
mod reconnecting;
mod recorded;
mod reply;
mod reply_faults;
mod sse;
#[cfg(feature = "client")]
mod subagents;
#[cfg(feature = "client")]
mod support;
mod telling;
mod tool_faults;
#[cfg(feature = "client")]
mod turn;
