//! The log of a turn: what any number of readers follow from any place.

mod page;
mod store;
mod tail;

pub use self::page::{EventPage, LoggedEvent};
pub use self::store::EventLog;
pub use self::tail::{Tail, TailItem};
