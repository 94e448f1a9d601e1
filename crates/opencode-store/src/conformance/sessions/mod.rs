//! Cases about which upstream session belongs to which subject.

mod attempts;
mod deleting;
mod minting;
mod pinning;
mod replacing;
mod status;

pub use self::attempts::*;
pub use self::deleting::*;
pub use self::minting::*;
pub use self::pinning::*;
pub use self::replacing::*;
pub use self::status::*;
