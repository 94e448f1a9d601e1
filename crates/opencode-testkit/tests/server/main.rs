//! The scripted server, seen through its socket.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

mod aborts;
mod asserting;
mod blockers;
mod client;
mod endings;
mod family;
mod faults;
mod messages;
mod prompts;
mod restart;
mod sessions;
mod streams;
mod turns;
