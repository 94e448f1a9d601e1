//! What the owner of a turn may do with it.

use std::time::Duration;

use super::state::State;
use super::table::TurnRow;
use crate::error::{Error, Result};
use crate::millis::{self, Millis, timestamp};
use crate::turn::{Lease, Renewal, TurnId, TurnRecord, TurnState};
use crate::wake::Topic;

impl State {
    /// The turn, if the lease still is the one that counts. Time alone takes nothing away.
    pub(super) fn held(&self, lease: &Lease) -> Result<&TurnRow> {
        let row = self.turns.get(lease.turn).filter(|row| row.record.state.is_active());
        row.filter(|row| is_of(&row.record, lease)).ok_or_else(|| Error::lease_lost(lease.turn))
    }

    pub(super) fn renew(&mut self, leases: &[Lease], lease: Duration) -> Vec<Renewal> {
        let until = self.now.saturating_add(millis::of(lease));
        let renew = |lease: &Lease| {
            let Ok(row) = self.held(lease) else { return Renewal::Lost };
            let stop = row.record.stop;
            self.set_lease(lease.turn, until);
            Renewal::Renewed { until: timestamp(until), stop }
        };
        leases.iter().map(renew).collect()
    }

    pub(super) fn hand_over(&mut self, lease: &Lease) -> Result<()> {
        self.held(lease)?;
        self.set_lease(lease.turn, 0);
        self.wake(Topic::Work);
        self.wake(Topic::Turn(lease.turn));
        Ok(())
    }

    pub(super) fn advance(&mut self, lease: &Lease, to: TurnState) -> Result<TurnRecord> {
        let from = self.held(lease)?.record.state;
        if !from.may_advance_to(to) {
            return Err(Error::invalid(format!("a turn that is {from} cannot become {to}")));
        }
        let at = self.at();
        // A prompt that was seen on the server was posted, even if nobody said so before.
        self.turns.edit(lease.turn, |record| record.prompted_at = record.prompted_at.or(Some(at)));
        self.set_turn_state(lease.turn, to);
        Ok(self.turns.need(lease.turn)?.record.clone())
    }

    /// Sets when the lease of a turn ends, and that of those that were steered into it.
    fn set_lease(&mut self, id: TurnId, until: Millis) {
        for id in self.joined(id).into_iter().chain([id]) {
            self.turns.edit(id, |record| record.lease_until = Some(timestamp(until)));
        }
    }
}

/// Whether the lease names the last claim of the turn.
pub(super) fn is_of(record: &TurnRecord, lease: &Lease) -> bool {
    record.owner.as_ref() == Some(&lease.owner) && record.attempt == lease.attempt
}
