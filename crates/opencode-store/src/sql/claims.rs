//! Claims: who works on which turn.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::lanes::ACTIVE;
use super::{Outcome, leases, locks, sessions as session_rows, turns as turn_rows};
use crate::db::condition::{IsActive, IsQueued, IsReady, IsUnjoined};
use crate::db::rows::{TurnRow, number};
use crate::db::schema::{sessions, turns};
use crate::error::Error;
use crate::millis::{Millis, of};
use crate::session::{SessionRowId, SessionStatus};
use crate::turn::{Claim, ClaimRequest, Lease, TurnId, TurnState};
use crate::wake::Topic;

/// How many turns a worker looks at to find one whose session nobody else has locked.
const CANDIDATES: i64 = 16;

/// What came of one look for a turn.
pub(super) enum Look {
    /// The turn is the worker's.
    Claimed(Box<Claim>),
    /// There is none to claim.
    Nothing,
    /// Somebody has claimed or ended it between our look and our lock. There may be another.
    Missed,
}

/// Looks for a turn once.
///
/// Whoever has missed looks again in another transaction: this one holds the lock of a session, and two workers who
/// waited for a second lock with that would wait for each other.
pub(super) async fn claim(tx: &mut Tx, request: &ClaimRequest) -> Outcome<Look> {
    let candidates = candidates(tx, request).await?;
    let Some(first) = candidates.as_slice().first().copied() else { return Ok(Look::Nothing) };
    let mut chosen = None;
    for candidate in candidates {
        if locks::try_lock_session(tx, candidate.1).await? {
            chosen = Some(candidate);
            break;
        }
    }
    // All are locked by others, who may leave us one that nobody is woken for: wait for the first.
    let (turn, session) = match chosen {
        Some(chosen) => chosen,
        None => {
            locks::lock_session(tx, first.1).await?;
            first
        }
    };
    Ok(match take(tx, turn, request).await? {
        Some(row) => Look::Claimed(Box::new(opened(tx, row, session).await?)),
        None => Look::Missed,
    })
}

async fn candidates(tx: &mut Tx, request: &ClaimRequest) -> Outcome<Vec<(i64, i64)>> {
    if let Some(turn) = request.only {
        return Ok(claimable(tx, turn).await?.into_iter().collect());
    }
    let lapsed = lapsed(tx, request).await?;
    if lapsed.is_empty() { ready(tx, request).await } else { Ok(lapsed) }
}

/// That turn, if it can be claimed.
async fn claimable(tx: &mut Tx, turn: TurnId) -> Outcome<Option<(i64, i64)>> {
    let Some(row) = turn_rows::row(tx, turn).await? else { return Ok(None) };
    let is_lapsed = is_active(&row) && row.joined_to.is_none() && row.lease_until < tx.now;
    let is_claimable = is_lapsed || row.state()? == TurnState::Ready;
    Ok(is_claimable.then_some((row.id, row.session_id)))
}

/// Turns whose owners have let their leases end, the longest ago first.
async fn lapsed(tx: &mut Tx, request: &ClaimRequest) -> Outcome<Vec<(i64, i64)>> {
    let now = tx.now;
    let query = turns::table
        .filter(turns::lease_until.lt(now))
        .filter(IsActive)
        .filter(IsUnjoined)
        .order((turns::lease_until, turns::id))
        .limit(CANDIDATES)
        .select((turns::id, turns::session_id));
    Ok(if request.skip_scopes.is_empty() {
        query.load(tx.conn()).await?
    } else {
        query.filter(turns::scope.ne_all(&request.skip_scopes)).load(tx.conn()).await?
    })
}

/// Turns that nobody has begun with, the oldest first.
async fn ready(tx: &mut Tx, request: &ClaimRequest) -> Outcome<Vec<(i64, i64)>> {
    let query = turns::table
        .filter(IsReady)
        .order(turns::id)
        .limit(CANDIDATES)
        .select((turns::id, turns::session_id));
    Ok(if request.skip_scopes.is_empty() {
        query.load(tx.conn()).await?
    } else {
        query.filter(turns::scope.ne_all(&request.skip_scopes)).load(tx.conn()).await?
    })
}

/// Takes a turn whose session is locked, if it can still be taken.
async fn take(tx: &mut Tx, turn: i64, request: &ClaimRequest) -> Outcome<Option<TurnRow>> {
    let (now, until) = (tx.now, tx.now.saturating_add(of(request.lease)));
    let Some(row) = turn_rows::row(tx, TurnId::new(turn)).await? else { return Ok(None) };
    let state = row.state()?;
    let next = match state {
        TurnState::Ready => TurnState::Claimed,
        state if state.is_active() && row.lease_until < now => state,
        _ => return Ok(None),
    };
    // A lease can be renewed without the session's lock, so what was read is compared.
    let taken: Option<TurnRow> = diesel::update(
        turns::table
            .find(turn)
            .filter(turns::attempt.eq(row.attempt))
            .filter(turns::state.eq(state.as_str()))
            .filter(turns::lease_until.eq(row.lease_until)),
    )
    .set((
        turns::state.eq(next.as_str()),
        turns::owner.eq(&request.owner),
        turns::attempt.eq(row.attempt + 1),
        turns::lease_until.eq(until),
        turns::started_at.eq(row.started_at.unwrap_or(now)),
    ))
    .returning(TurnRow::as_returning())
    .get_result(tx.conn())
    .await
    .optional()?;
    if taken.is_some() && state.is_active() {
        leases::take_joined(tx, turn, &request.owner, until).await?;
    }
    Ok(taken)
}

async fn opened(tx: &mut Tx, row: TurnRow, session: i64) -> Outcome<Claim> {
    diesel::update(sessions::table.find(session).filter(sessions::status.ne(SessionStatus::Active.as_str())))
        .set((sessions::status.eq(SessionStatus::Active.as_str()), sessions::updated_at.eq(tx.now)))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Session(SessionRowId::new(session)));
    tx.wake(Topic::Turn(TurnId::new(row.id)));
    with_prompt(tx, row).await
}

async fn with_prompt(tx: &mut Tx, row: TurnRow) -> Outcome<Claim> {
    let missing = || Error::corrupt("a turn lacks its session or its prompt");
    let session = session_rows::row(tx, row.session_id).await?.ok_or_else(missing)?.into_record()?;
    let prompt = turn_rows::prompt(tx, TurnId::new(row.id)).await?.ok_or_else(missing)?;
    // Nobody can have appended to the log of a turn that nobody has worked on.
    let last_seq = if row.attempt == 1 { 0 } else { turn_rows::last_seq(tx, row.id, row.pruned_to).await? };
    let owner = row.owner.clone().unwrap_or_default();
    let lease = Lease::new(TurnId::new(row.id), owner, number(row.attempt)?);
    Ok(Claim::new(lease, row.into_record()?, session, prompt, number(last_seq)?))
}

pub(super) async fn take_steers(tx: &mut Tx, lease: &Lease) -> Outcome<Vec<Claim>> {
    locks::lock_session_of(tx, lease.turn.get()).await?;
    // Whoever takes the turn over, or ends it, needs the lock that we hold now.
    let joined = leases::checked(tx, lease).await?;
    if joined.joined_to.is_some() {
        return Err(Error::invalid("a steered turn cannot be steered into").into());
    }
    let waiting: Vec<i64> = turns::table
        .filter(turns::session_id.eq(joined.session_id))
        .filter(IsQueued)
        .filter(turns::lane.eq(crate::turn::Delivery::Steer.lane()))
        .order(turns::id)
        .select(turns::id)
        .load(tx.conn())
        .await?;
    let now: Millis = tx.now;
    let mut claims = Vec::with_capacity(waiting.len());
    for id in waiting {
        diesel::update(turns::table.find(id))
            .set((
                turns::state.eq(TurnState::Claimed.as_str()),
                turns::joined_to.eq(lease.turn.get()),
                turns::owner.eq(&lease.owner),
                turns::attempt.eq(turns::attempt + 1),
                turns::lease_until.eq(joined.lease_until),
                turns::started_at.eq(now),
            ))
            .execute(tx.conn())
            .await?;
        tx.wake(Topic::Turn(TurnId::new(id)));
        if let Some(row) = turn_rows::row(tx, TurnId::new(id)).await? {
            claims.push(with_prompt(tx, row).await?);
        }
    }
    Ok(claims)
}

/// The states in which a turn is worked on, for queries that look at few rows.
pub(super) fn is_active(row: &TurnRow) -> bool {
    ACTIVE.contains(&row.state.as_str())
}
