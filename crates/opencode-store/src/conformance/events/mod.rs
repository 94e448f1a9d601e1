//! Cases about the logs of turns.

mod appending;
mod pruning;

pub use self::appending::*;
pub use self::pruning::*;

use super::Fixture;
use crate::turn::{Lease, TurnId};

/// Payloads that say their own numbers, after that one.
pub(super) fn payloads(after: u64, count: u64) -> Vec<String> {
    (after + 1..=after + count).map(|seq| format!("event {seq}")).collect()
}

impl Fixture {
    pub(super) async fn append(&self, lease: &Lease, after: u64, count: u64) -> u64 {
        self.store().events().append(lease, after, &payloads(after, count)).await.unwrap()
    }

    /// The numbers of the events after that one, each of which is checked to say its own.
    async fn numbers(&self, turn: TurnId, after: u64, limit: usize) -> Vec<u64> {
        let page = self.other().events().read(turn, after, limit).await.unwrap();
        let numbers: Vec<u64> = page.events.iter().map(|event| event.seq).collect();
        for event in page.events {
            assert_eq!(event.payload, format!("event {}", event.seq));
        }
        numbers
    }
}
