//! Cases about the order in which the turns of a session run.

mod order;
mod relane;
mod steering;

pub use self::order::*;
pub use self::relane::*;
pub use self::steering::*;
