//! Which turn of a session is next.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::Outcome;
use crate::db::condition::{IsHead, IsQueued};
use crate::db::schema::turns;
use crate::turn::{Head, TurnId, TurnState};
use crate::wake::Topic;

/// The states of a head, in the database's words.
pub(super) const HEAD: [&str; 4] = ["ready", "claimed", "prompting", "running"];
/// The states of a turn that somebody works on.
pub(super) const ACTIVE: [&str; 3] = ["claimed", "prompting", "running"];

/// The turn that is next or runs. The session's row must be locked for this to stay true.
pub(super) async fn head(tx: &mut Tx, session: i64) -> Outcome<Option<Head>> {
    let row: Option<(i64, String)> = turns::table
        .filter(turns::session_id.eq(session))
        .filter(IsHead)
        .select((turns::id, turns::state))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.and_then(|(id, state)| Some(Head { turn: TurnId::new(id), state: TurnState::from_word(&state)? })))
}

/// Makes the best of the waiting turns the next one, unless somebody works on a turn of the session: says whether
/// somebody does.
pub(super) async fn promote(tx: &mut Tx, session: i64) -> Outcome<bool> {
    let head: Option<(String, i64, i64)> = turns::table
        .filter(turns::session_id.eq(session))
        .filter(IsHead)
        .select((turns::state, turns::lane, turns::id))
        .first(tx.conn())
        .await
        .optional()?;
    // What was steered into a turn never outlives it, so the head alone tells.
    if head.as_ref().is_some_and(|(state, ..)| ACTIVE.contains(&state.as_str())) {
        return Ok(true);
    }
    let best: Option<(i64, i64)> = turns::table
        .filter(turns::session_id.eq(session))
        .filter(IsQueued)
        .order((turns::lane, turns::id))
        .select((turns::lane, turns::id))
        .first(tx.conn())
        .await
        .optional()?;
    let Some(best) = best else { return Ok(false) };
    if let Some((_, lane, id)) = head {
        if (lane, id) < best {
            return Ok(false);
        }
        demote(tx, id).await?;
    }
    diesel::update(turns::table.find(best.1))
        .set(turns::state.eq(TurnState::Ready.as_str()))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Work);
    tx.wake(Topic::Turn(TurnId::new(best.1)));
    Ok(false)
}

/// Puts the next turn back in line. `false` when somebody has begun with it.
pub(super) async fn demote(tx: &mut Tx, turn: i64) -> Outcome<bool> {
    let demoted = diesel::update(turns::table.find(turn).filter(turns::state.eq("ready")))
        .set(turns::state.eq(TurnState::Queued.as_str()))
        .execute(tx.conn())
        .await?;
    Ok(demoted == 1)
}
