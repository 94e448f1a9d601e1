//! Questions and permission requests.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use opencode_wire::model::Json;

use super::super::{Tx, dialect};
use super::Outcome;
use crate::blocker::{Answered, BlockerRecord, BlockerState, NewBlocker, OpenIn};
use crate::db::condition::IsOpen;
use crate::db::rows::BlockerRow;
use crate::db::schema::{blockers, turns};
use crate::error::Error;
use crate::turn::{Lease, TurnId};
use crate::wake::Topic;

pub(super) async fn ask(tx: &mut Tx, lease: &Lease, request: &NewBlocker) -> Outcome<BlockerRecord> {
    if !dialect::share_turn(tx.conn(), lease).await? {
        return Err(Error::lease_lost(lease.turn).into());
    }
    let (session, scope): (i64, String) = turns::table
        .find(lease.turn.get())
        .select((turns::session_id, turns::scope))
        .first(tx.conn())
        .await?;
    let asked = diesel::insert_into(blockers::table)
        .values((
            blockers::turn_id.eq(lease.turn.get()),
            blockers::session_id.eq(session),
            blockers::scope.eq(scope),
            blockers::request_id.eq(&request.request_id),
            blockers::upstream_session.eq(request.session_id.as_str()),
            blockers::kind.eq(request.kind.as_str()),
            blockers::payload.eq(request.payload.as_str()),
            blockers::state.eq(BlockerState::Open.as_str()),
            blockers::expires_at.eq(request.expires_at.map(jiff::Timestamp::as_millisecond)),
            blockers::asked_at.eq(tx.now),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    if asked == 1 {
        tx.wake(Topic::Turn(lease.turn));
    }
    let row = row(tx, lease.turn, &request.request_id).await?;
    Ok(row.ok_or_else(|| missing(lease.turn, &request.request_id))?.into_record()?)
}

pub(super) async fn answer(
    tx: &mut Tx,
    turn: TurnId,
    request_id: &str,
    answer: &Json,
    by: &str,
) -> Outcome<Answered> {
    let answered: Option<BlockerRow> = diesel::update(
        blockers::table
            .filter(blockers::turn_id.eq(turn.get()))
            .filter(blockers::request_id.eq(request_id))
            .filter(blockers::state.eq(BlockerState::Open.as_str())),
    )
    .set((
        blockers::state.eq(BlockerState::Answered.as_str()),
        blockers::answer.eq(answer.as_str()),
        blockers::answered_by.eq(by),
        blockers::answered_at.eq(tx.now),
    ))
    .returning(BlockerRow::as_returning())
    .get_result(tx.conn())
    .await
    .optional()?;
    if let Some(row) = answered {
        tx.wake(Topic::Turn(turn));
        tx.wake(Topic::Orders(turn));
        return Ok(Answered::Accepted(row.into_record()?));
    }
    let row = row(tx, turn, request_id).await?.ok_or_else(|| missing(turn, request_id))?;
    let is_same = matches!(row.state()?, BlockerState::Answered | BlockerState::Delivered)
        && row.answer.as_deref() == Some(answer.as_str())
        && row.answered_by.as_deref() == Some(by);
    let record = row.into_record()?;
    Ok(if is_same { Answered::Repeated(record) } else { Answered::TooLate(record) })
}

pub(super) async fn settle(tx: &mut Tx, lease: &Lease, request_id: &str, end: BlockerState) -> Outcome<bool> {
    if !dialect::share_turn(tx.conn(), lease).await? {
        return Err(Error::lease_lost(lease.turn).into());
    }
    let row = row(tx, lease.turn, request_id).await?.ok_or_else(|| missing(lease.turn, request_id))?;
    if !row.state()?.may_settle_as(end) {
        return Ok(false);
    }
    let settled = diesel::update(blockers::table.find(row.id).filter(blockers::state.eq(&row.state)))
        .set(blockers::state.eq(end.as_str()))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Turn(lease.turn));
    Ok(settled == 1)
}

pub(super) async fn of_turn(tx: &mut Tx, turn: TurnId) -> Outcome<Vec<BlockerRecord>> {
    let rows: Vec<BlockerRow> = blockers::table
        .filter(blockers::turn_id.eq(turn.get()))
        .order(blockers::id)
        .select(BlockerRow::as_select())
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(BlockerRow::into_record).collect::<Result<_, _>>()?)
}

pub(super) async fn open(tx: &mut Tx, within: &OpenIn, limit: i64) -> Outcome<Vec<BlockerRecord>> {
    let query = blockers::table
        .into_boxed()
        .filter(IsOpen)
        .order(blockers::id)
        .limit(limit)
        .select(BlockerRow::as_select());
    let query = match within {
        OpenIn::Turn(turn) => query.filter(blockers::turn_id.eq(turn.get())),
        OpenIn::Session(session) => query.filter(blockers::session_id.eq(session.get())),
        OpenIn::Scope(scope) => query.filter(blockers::scope.eq(scope)),
        OpenIn::Everywhere => query,
    };
    let rows: Vec<BlockerRow> = query.load(tx.conn()).await?;
    Ok(rows.into_iter().map(BlockerRow::into_record).collect::<Result<_, _>>()?)
}

async fn row(tx: &mut Tx, turn: TurnId, request_id: &str) -> Outcome<Option<BlockerRow>> {
    let row = blockers::table
        .filter(blockers::turn_id.eq(turn.get()))
        .filter(blockers::request_id.eq(request_id))
        .select(BlockerRow::as_select())
        .first(tx.conn())
        .await;
    Ok(row.optional()?)
}

fn missing(turn: TurnId, request_id: &str) -> Error {
    let shown: String = request_id.chars().take(60).collect();
    Error::not_found(format!("turn {turn} has no request {shown:?}")).with_turn(turn)
}
