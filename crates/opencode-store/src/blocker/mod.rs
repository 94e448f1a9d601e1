//! Questions and permission requests that wait for a person, and outlive the process that was asked.

mod record;
mod store;

pub use self::record::{Answered, BlockerKind, BlockerRecord, BlockerState, NewBlocker, OpenIn};
pub use self::store::BlockerStore;
