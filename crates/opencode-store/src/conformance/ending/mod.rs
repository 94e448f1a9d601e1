//! Cases about how turns end.

mod after_the_end;
mod finishing;
mod joined;
mod stopping;

pub use self::after_the_end::*;
pub use self::finishing::*;
pub use self::joined::*;
pub use self::stopping::*;
