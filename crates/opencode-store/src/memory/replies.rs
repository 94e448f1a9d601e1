//! Replies in memory.

use async_trait::async_trait;
use opencode_wire::reply::Usage;

use super::MemoryStore;
use super::state::State;
use super::table::TurnRow;
use crate::error::Result;
use crate::reply::{ReplyStore, Snapshot, StepUsage, StoredPart, UsageOf, dollars, nanos};
use crate::turn::{Lease, TurnId};

#[async_trait]
impl ReplyStore for MemoryStore {
    async fn write_snapshot(&self, lease: &Lease, snapshot: &Snapshot) -> Result<()> {
        self.step(|state| state.write_snapshot(lease, snapshot))
    }

    async fn parts(&self, turn: TurnId) -> Result<Vec<StoredPart>> {
        Ok(self.step(|state| state.parts(turn)))
    }

    async fn usage(&self, of: &UsageOf) -> Result<Usage> {
        Ok(self.step(|state| state.usage(of)))
    }
}

impl State {
    fn parts(&self, turn: TurnId) -> Vec<StoredPart> {
        let Some(row) = self.turns.get(turn) else { return Vec::new() };
        let mut parts: Vec<StoredPart> = row.parts.values().cloned().collect();
        // They come by their ids, and the sort keeps that order within a place.
        parts.sort_by_key(|part| part.ordinal);
        parts
    }

    fn usage(&self, of: &UsageOf) -> Usage {
        let steps = self.turns.all().filter(|row| self.is_of(row, of)).flat_map(|row| row.steps.values());
        let mut cost = 0_i64;
        let each = |step: &StepUsage| {
            let mut usage = step.usage;
            cost = cost.saturating_add(nanos(usage.cost));
            usage.steps = 1;
            usage
        };
        let mut sum: Usage = steps.map(each).sum();
        sum.cost = dollars(cost);
        sum
    }

    fn is_of(&self, row: &TurnRow, of: &UsageOf) -> bool {
        let subject = self.sessions.get(&row.record.session).map(|session| &session.record.subject);
        match of {
            UsageOf::Turn(turn) => row.record.id == *turn,
            UsageOf::Session(session) => row.record.session == *session,
            UsageOf::Record { scope, key } => {
                subject.is_some_and(|subject| subject.scope() == scope && subject.key() == key)
            }
            UsageOf::Scope(scope) => subject.is_some_and(|subject| subject.scope() == scope),
        }
    }
}
