//! Event stream connections: how their bytes look and how they end.

mod body;
mod style;
mod subscriber;

pub(crate) use body::{EventBody, Piece};
pub use style::{LineEnd, StreamStyle};
pub(crate) use subscriber::{Scope, Subscriber};
