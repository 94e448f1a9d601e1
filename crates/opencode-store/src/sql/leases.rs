//! Leases: whether a worker may still work on a turn.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::claims::is_active;
use super::{Outcome, turns as turn_rows};
use crate::db::condition::{IsActive, IsOpenTurn};
use crate::db::rows::{TurnRow, stored};
use crate::db::schema::turns;
use crate::error::Error;
use crate::millis::{Millis, of, timestamp};
use crate::turn::{Lease, Renewal, TurnRecord, TurnState};
use crate::wake::Topic;

/// Whether a row is leased by this very lease. The time of day has no part in it.
pub(super) fn holds(row: &TurnRow, lease: &Lease) -> bool {
    is_active(row)
        && row.owner.as_deref() == Some(lease.owner.as_str())
        && stored(lease.attempt).is_ok_and(|attempt| attempt == row.attempt)
}

/// The row of a turn, if the lease holds.
pub(super) async fn checked(tx: &mut Tx, lease: &Lease) -> Outcome<TurnRow> {
    match turn_rows::row(tx, lease.turn).await? {
        Some(row) if holds(&row, lease) => Ok(row),
        _ => Err(Error::lease_lost(lease.turn).into()),
    }
}

/// Takes over the turns that were steered into one that is taken over. Each counts its own claims, so that no lease
/// comes back.
pub(super) async fn take_joined(tx: &mut Tx, turn: i64, owner: &str, until: Millis) -> Outcome<()> {
    diesel::update(turns::table.filter(turns::joined_to.eq(turn)).filter(IsOpenTurn))
        .set((turns::owner.eq(owner), turns::attempt.eq(turns::attempt + 1), turns::lease_until.eq(until)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Renews the leases of the turns that were steered into one.
async fn renew_joined(tx: &mut Tx, turn: i64, until: Millis) -> Outcome<()> {
    diesel::update(turns::table.filter(turns::joined_to.eq(turn)).filter(IsOpenTurn))
        .set(turns::lease_until.eq(until))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn renew(tx: &mut Tx, leases: &[Lease], duration: Duration) -> Outcome<Vec<Renewal>> {
    let until = tx.now.saturating_add(of(duration));
    let mut order: Vec<usize> = (0..leases.len()).collect();
    // In one order for all, so that no two renewals wait for each other.
    order.sort_by_key(|&index| leases[index].turn);
    let mut renewals = vec![Renewal::Lost; leases.len()];
    for index in order {
        let lease = &leases[index];
        let held = diesel::update(
            turns::table
                .find(lease.turn.get())
                .filter(turns::owner.eq(&lease.owner))
                .filter(turns::attempt.eq(stored(lease.attempt)?))
                .filter(IsActive),
        )
        .set(turns::lease_until.eq(until))
        .returning(TurnRow::as_returning())
        .get_result(tx.conn())
        .await
        .optional()?;
        if let Some(row) = held {
            renew_joined(tx, row.id, until).await?;
            renewals[index] = Renewal::Renewed { until: timestamp(until), stop: row.stop()? };
        }
    }
    Ok(renewals)
}

pub(super) async fn hand_over(tx: &mut Tx, lease: &Lease) -> Outcome<()> {
    let held = diesel::update(
        turns::table
            .find(lease.turn.get())
            .filter(turns::owner.eq(&lease.owner))
            .filter(turns::attempt.eq(stored(lease.attempt)?))
            .filter(IsActive),
    )
    .set(turns::lease_until.eq(0))
    .execute(tx.conn())
    .await?;
    if held == 0 {
        return Err(Error::lease_lost(lease.turn).into());
    }
    tx.wake(Topic::Work);
    tx.wake(Topic::Turn(lease.turn));
    Ok(())
}

pub(super) async fn advance(tx: &mut Tx, lease: &Lease, to: TurnState) -> Outcome<TurnRecord> {
    let row = checked(tx, lease).await?;
    let from = row.state()?;
    if !from.may_advance_to(to) {
        return Err(Error::invalid(format!("a turn that is {from} cannot become {to}"))
            .with_turn(lease.turn)
            .into());
    }
    let prompted_at = match to {
        TurnState::Prompting | TurnState::Running => Some(row.prompted_at.unwrap_or(tx.now)),
        _ => row.prompted_at,
    };
    let advanced = diesel::update(
        turns::table
            .find(lease.turn.get())
            .filter(turns::attempt.eq(row.attempt))
            .filter(turns::state.eq(from.as_str())),
    )
    .set((turns::state.eq(to.as_str()), turns::prompted_at.eq(prompted_at)))
    .returning(TurnRow::as_returning())
    .get_result(tx.conn())
    .await
    .optional()?;
    tx.wake(Topic::Turn(lease.turn));
    Ok(advanced.ok_or_else(|| Error::lease_lost(lease.turn))?.into_record()?)
}
