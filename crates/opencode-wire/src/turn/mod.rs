//! Following one turn to its end: when to prompt, when to ask the server, when it has ended, and how.
//!
//! [`Follower`] is a pure state machine. It takes [`Input`]s with the time at which they came, and gives
//! [`Action`]s for somebody else to carry out: the client of this crate, or a test.
//!
//! ```text
//! subscribing ──live──▶ prompting ──accepted / unknown──▶ following ──ended──▶ done
//!      └────────────────── live, when attaching ─────────────▲ │
//!                                                              └─ cancel, limit ─▶ aborting ──▶ done
//! ```

mod deadline;
mod follower;
mod input;
mod inquiry;
mod outcome;
mod policy;
mod stopping;
mod verdict;

pub use self::follower::Follower;
pub use self::input::{Action, Input};
pub use self::outcome::{CancelledBy, Ending, Incomplete, Limit, Loss, Outcome};
pub use self::policy::{Deadlines, FollowPolicy};
