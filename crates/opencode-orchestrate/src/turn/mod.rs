//! Turns that survive: whoever claims one from the store does the next thing, and nothing twice.
//!
//! A prompt that is about to be posted is noted first, once the server's events are heard. So a turn that was left
//! without that note is prompted, and one that was left with it is looked for on the server, by the id of its message,
//! and prompted only when it is not there.

mod attempt;
mod builder;
mod carrier;
mod course;
mod ending;
mod following;
mod handle;
mod held;
mod holding;
mod keeper;
mod logbook;
mod options;
mod outcome;
mod places;
mod recorder;
mod runner;
#[cfg(test)]
mod simulation;
mod steering;
mod tap;
mod term;
mod trouble;

pub use self::builder::Turn;
pub use self::handle::TurnHandle;
pub use self::options::{BrokenOff, RunOptions};
pub(crate) use self::outcome::SEPARATOR;
pub use self::outcome::{TurnError, TurnOutcome};
pub use self::runner::TurnRunner;
pub(crate) use self::tap::Listen;
