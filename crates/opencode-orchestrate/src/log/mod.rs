//! What the log of a turn tells: entries that any number of readers apply to what they know.

mod entry;

pub use self::entry::{Entry, Growing};
