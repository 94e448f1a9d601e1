//! Turns: prompts that were admitted, who works on them, and how they ended.

mod admission;
mod claim;
mod delivery;
mod end;
mod placement;
mod record;
mod state;
mod stop;
mod store;

pub(crate) use self::admission::Payload;
pub use self::admission::{Admission, Admitted};
pub use self::claim::{Claim, ClaimRequest, Lease, Renewal};
pub use self::delivery::Delivery;
pub use self::end::{EndKind, Finished, TurnEnd};
pub(crate) use self::placement::{Head, Placement, place};
pub use self::record::{TurnId, TurnRecord};
pub use self::state::TurnState;
pub use self::stop::{StopReason, StopRequested};
pub use self::store::{TurnFilter, TurnStore};
