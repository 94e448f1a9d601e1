//! Cases about which upstream session belongs to which subject.

mod attempts;
mod deleting;
mod minting;
mod replacing;
mod status;

pub use self::attempts::*;
pub use self::deleting::*;
pub use self::minting::*;
pub use self::replacing::*;
pub use self::status::*;
