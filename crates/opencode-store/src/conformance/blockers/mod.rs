//! Cases about questions and permission requests.

mod answering;
mod asking;
mod settling;

pub use self::answering::*;
pub use self::asking::*;
pub use self::settling::*;

use super::Fixture;
use super::steps::{json, upstream_id};
use crate::blocker::{BlockerKind, BlockerRecord, NewBlocker};
use crate::turn::{Lease, TurnId};

fn question(id: &str) -> NewBlocker {
    NewBlocker::new(id, upstream_id(), BlockerKind::Question, json("Which one?"))
}

impl Fixture {
    async fn question(&self, lease: &Lease, id: &str) -> BlockerRecord {
        self.store().blockers().ask(lease, &question(id)).await.unwrap()
    }

    /// A turn's only request.
    async fn blocker(&self, turn: TurnId) -> BlockerRecord {
        let [record] = <[_; 1]>::try_from(self.other().blockers().blockers(turn).await.unwrap()).unwrap();
        record
    }
}
