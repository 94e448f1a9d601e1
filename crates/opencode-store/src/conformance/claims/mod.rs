//! Cases about who works on which turn.

mod claiming;
mod taking_over;

pub use self::claiming::*;
pub use self::taking_over::*;
