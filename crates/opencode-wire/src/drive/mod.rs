//! Driving a turn: prompts, follows, answers and stops it, over a [`Client`](crate::Client).
//!
//! [`SessionHandle::prompt`](crate::api::SessionHandle::prompt) starts here, and gives a [`Turn`].
//! What is decided when is written in [`turn`](crate::turn), which does no IO; this module carries it out.

mod answer;
mod builder;
mod deciding;
mod decision;
mod driver;
mod fetch;
mod live;
mod session;
mod stored;
mod turn;

pub use self::builder::PromptBuilder;
pub use self::decision::{Decision, policy};
pub use self::live::LivePrompt;
pub use self::turn::Turn;
#[doc(no_inline)]
pub use tokio_util::sync::CancellationToken;
