//! The logs of turns.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::{Tx, dialect};
use super::{Outcome, turns as turn_rows};
use crate::db::condition::IsPrunable;
use crate::db::rows::{number, stored};
use crate::db::schema::{events, turns};
use crate::error::{Error, ErrorKind};
use crate::event::EventPage;
use crate::millis::of;
use crate::turn::{Lease, TurnId, TurnState};
use crate::wake::Topic;

pub(super) async fn append(tx: &mut Tx, lease: &Lease, after: u64, payloads: &[String]) -> Outcome<u64> {
    let appended = dialect::append_events(tx.conn(), lease, stored(after)?, payloads).await?;
    if !appended.is_held {
        return Err(Error::lease_lost(lease.turn).into());
    }
    if appended.last != stored(after)? {
        let (turn, last) = (lease.turn, appended.last);
        let message = format!("the log of turn {turn} ends with event {last} and not with {after}");
        return Err(Error::new(ErrorKind::Conflict, message).with_turn(turn).into());
    }
    if !payloads.is_empty() {
        tx.wake(Topic::Turn(lease.turn));
    }
    Ok(after + payloads.len() as u64)
}

pub(super) async fn read(tx: &mut Tx, turn: TurnId, after: u64, limit: i64) -> Outcome<EventPage> {
    // The state first: when it says that the turn has ended, its last event is there by now.
    let state: Option<(String, i64)> = turns::table
        .find(turn.get())
        .select((turns::state, turns::pruned_to))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((state, pruned_to)) = state else {
        return Err(Error::not_found(format!("there is no turn {turn}")).with_turn(turn).into());
    };
    // A turn that ended without events is marked as pruned by -1.
    let pruned_to = pruned_to.max(0);
    // The end before the events, so that a page that is not full reaches to it.
    let last = number(turn_rows::last_seq(tx, turn.get(), pruned_to).await?)?;
    let events = dialect::load_events(tx.conn(), turn.get(), stored(after)?, limit).await?;
    let last = events.last().map_or(last, |event| event.seq.max(last));
    let ended = state == TurnState::Ended.as_str();
    Ok(EventPage::new(events, number(pruned_to)?, last, ended))
}

pub(super) async fn prune(tx: &mut Tx, ended_before: Duration, limit: i64) -> Outcome<usize> {
    let ended: Vec<i64> = turns::table
        .filter(IsPrunable)
        .filter(turns::ended_at.le(tx.now.saturating_sub(of(ended_before))))
        .order(turns::ended_at)
        .limit(limit)
        .select(turns::id)
        .load(tx.conn())
        .await?;
    let mut deleted = 0;
    for turn in ended {
        let last = turn_rows::last_seq(tx, turn, 0).await?;
        // A turn without events is done with, and must not be looked at again.
        let pruned_to = if last == 0 { -1 } else { last };
        diesel::update(turns::table.find(turn))
            .set(turns::pruned_to.eq(pruned_to))
            .execute(tx.conn())
            .await?;
        deleted += diesel::delete(events::table.filter(events::turn_id.eq(turn))).execute(tx.conn()).await?;
        tx.wake(Topic::Turn(TurnId::new(turn)));
    }
    Ok(deleted)
}
