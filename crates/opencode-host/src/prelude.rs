//! What nearly every program needs, for `use opencode_host::prelude::*;`.
//!
//! Types that one program in ten needs are under [`wire`](crate::wire), in the module of their subject.
//! `Error` and `Result` are left out, because programs have their own.

pub use crate::wire::reply::{Blocker, Change, ChangeKind, Reply};
pub use crate::wire::turn::{Deadlines, Ending, Outcome};
#[cfg(feature = "client")]
pub use crate::wire::{
    Client,
    api::{CreateSession, Prompt, SessionHandle},
    drive::{Decision, Turn, policy},
};
