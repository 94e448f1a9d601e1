//! Sessions of a store on a server: one process, many processes, the real server.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

mod agent;
#[cfg(unix)]
mod crash;
mod exchange;
mod feed;
mod pool;
mod postgres;
mod race;
mod real;
mod rules;
#[cfg(all(unix, feature = "supervisor"))]
mod supervisor;
mod support;
mod turn;
mod upstream;
mod worker;
#[cfg(all(unix, feature = "supervisor"))]
mod worktree;
