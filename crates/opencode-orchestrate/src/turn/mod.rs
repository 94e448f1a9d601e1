//! Turns that survive: whoever claims one from the store does the next thing, and nothing twice.
//!
//! A prompt that is about to be posted is noted first, once the server's events are heard. So a turn that was left
//! without that note is prompted, and one that was left with it is looked for on the server, by the id of its message,
//! and prompted only when it is not there.

mod keeper;
mod recorder;
mod runner;
mod step;

pub use self::runner::{RunOptions, TurnRunner};
