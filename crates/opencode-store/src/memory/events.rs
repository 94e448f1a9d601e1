//! The logs of turns in memory.

use std::time::Duration;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::State;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{EventLog, EventPage, LoggedEvent};
use crate::millis::{self, timestamp};
use crate::text::check_text;
use crate::turn::{Lease, TurnId, TurnState};
use crate::wake::{Topic, Watch};

#[async_trait]
impl EventLog for MemoryStore {
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        self.step(|state| state.append(lease, after, payloads))
    }

    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        self.step(|state| state.read(turn, after, limit))
    }

    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize> {
        Ok(self.step(|state| state.prune(ended_before, limit)))
    }

    fn watch_turn(&self, turn: TurnId) -> Watch {
        self.wakes.watch(Topic::Turn(turn))
    }
}

impl State {
    fn append(&mut self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        for payload in payloads {
            check_text("event", payload)?;
        }
        let last = self.held(lease)?.last_seq();
        if after != last {
            let message = format!("the log ends after event {last}, not {after}");
            return Err(Error::new(ErrorKind::Conflict, message).with_turn(lease.turn));
        }
        let Some(row) = self.turns.get_mut(lease.turn) else { return Err(Error::lease_lost(lease.turn)) };
        row.events.extend((last + 1..).zip(payloads).map(|(seq, payload)| LoggedEvent::new(seq, payload)));
        let last = row.last_seq();
        if last > after {
            self.wake(Topic::Turn(lease.turn));
        }
        Ok(last)
    }

    fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        let row = self.turns.need(turn)?;
        let first = row.events.partition_point(|event| event.seq <= after);
        let events = row.events.iter().skip(first).take(limit).cloned().collect();
        let has_ended = row.record.state == TurnState::Ended;
        Ok(EventPage::new(events, row.pruned_to, row.last_seq(), has_ended))
    }

    fn prune(&mut self, ended_before: Duration, limit: usize) -> usize {
        let until = timestamp(self.now.saturating_sub(millis::of(ended_before)));
        let old = self.turns.all_mut().filter(|row| {
            let is_old = row.record.ended_at.is_some_and(|ended_at| ended_at <= until);
            is_old && !row.events.is_empty()
        });
        let mut deleted = 0;
        for row in old.take(limit) {
            row.pruned_to = row.last_seq();
            deleted += std::mem::take(&mut row.events).len();
        }
        deleted
    }
}
