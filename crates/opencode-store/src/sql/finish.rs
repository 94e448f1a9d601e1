//! The end of a turn.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::lanes::promote;
use super::{Outcome, leases, locks, sessions, turns as turn_rows};
use crate::db::condition::{IsOpenTurn, IsUnsettled};
use crate::db::rows::{TurnRow, stored};
use crate::db::schema::{blockers, turns};
use crate::error::Error;
use crate::turn::{Finished, Lease, TurnEnd, TurnId, TurnState};
use crate::wake::Topic;

pub(super) async fn finish(tx: &mut Tx, lease: &Lease, end: &TurnEnd) -> Outcome<Finished> {
    let lost = || Error::lease_lost(lease.turn);
    locks::lock_session_of(tx, lease.turn.get()).await?;
    // Claims and requests to stop need the lock that we hold now, so this stays true until we commit.
    let row = turn_rows::row(tx, lease.turn).await?.ok_or_else(lost)?;
    if row.state()? == TurnState::Ended {
        let is_mine =
            row.owner.as_deref() == Some(lease.owner.as_str()) && row.attempt == stored(lease.attempt)?;
        return if is_mine { Ok(Finished::new(row.into_record()?, false)) } else { Err(lost().into()) };
    }
    if !leases::holds(&row, lease) {
        return Err(lost().into());
    }
    let end = end.clone().after_stop(row.stop()?);
    let row = write_end(tx, row.id, &end).await?;
    if row.joined_to.is_none() {
        release_joined(tx, row.id).await?;
    }
    let is_busy = promote(tx, row.session_id).await?;
    sessions::settle(tx, row.session_id, is_busy).await?;
    Ok(Finished::new(row.into_record()?, true))
}

/// Ends a turn whose session is locked, and withdraws what it has asked.
pub(super) async fn write_end(tx: &mut Tx, id: i64, end: &TurnEnd) -> Outcome<TurnRow> {
    let row: TurnRow = diesel::update(turns::table.find(id))
        .set((
            turns::state.eq(TurnState::Ended.as_str()),
            turns::end_kind.eq(end.kind.as_str()),
            turns::end_message.eq(&end.message),
            turns::end_detail.eq(end.detail.as_ref().map(opencode_wire::model::Json::as_str)),
            turns::ended_at.eq(tx.now),
        ))
        .returning(TurnRow::as_returning())
        .get_result(tx.conn())
        .await?;
    diesel::update(blockers::table.filter(blockers::turn_id.eq(id)).filter(IsUnsettled))
        .set(blockers::state.eq("withdrawn"))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Turn(TurnId::new(id)));
    Ok(row)
}

/// Lets go of the turns that were steered into one that has ended, and have not ended with it.
async fn release_joined(tx: &mut Tx, ended: i64) -> Outcome<()> {
    let open: Vec<(i64, Option<i64>)> = turns::table
        .filter(turns::joined_to.eq(ended))
        .filter(IsOpenTurn)
        .order(turns::id)
        .select((turns::id, turns::prompted_at))
        .load(tx.conn())
        .await?;
    let mut first = None;
    for (id, prompted_at) in open {
        tx.wake(Topic::Turn(TurnId::new(id)));
        if prompted_at.is_none() {
            diesel::update(turns::table.find(id))
                .set((
                    turns::state.eq(TurnState::Queued.as_str()),
                    turns::joined_to.eq(None::<i64>),
                    turns::owner.eq(None::<String>),
                    turns::lease_until.eq(0),
                ))
                .execute(tx.conn())
                .await?;
            continue;
        }
        // Its prompt is, or may be, on the server, or on its way there: its owner goes on with it, and whoever finds
        // its lease ended. The others go on as part of it.
        let leader = *first.get_or_insert(id);
        diesel::update(turns::table.find(id))
            .set(turns::joined_to.eq((leader != id).then_some(leader)))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}
