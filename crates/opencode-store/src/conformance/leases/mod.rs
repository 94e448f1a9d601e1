//! Cases about the right to work on a turn.

mod advancing;
mod fencing;
mod renewing;

pub use self::advancing::*;
pub use self::fencing::*;
pub use self::renewing::*;
