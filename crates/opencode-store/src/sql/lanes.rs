//! Which turn of a session is next.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::Outcome;
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
        .filter(turns::joined_to.is_null())
        // Literals and not a list of parameters, so that the partial index can be used.
        .filter(
            turns::state
                .eq("ready")
                .or(turns::state.eq("claimed"))
                .or(turns::state.eq("prompting"))
                .or(turns::state.eq("running")),
        )
        .select((turns::id, turns::state))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.and_then(|(id, state)| Some(Head { turn: TurnId::new(id), state: TurnState::from_word(&state)? })))
}

/// Makes the best of the waiting turns the next one, unless somebody works on a turn of the session.
pub(super) async fn promote(tx: &mut Tx, session: i64) -> Outcome<()> {
    let head = head(tx, session).await?;
    if head.is_some_and(|head| head.state.is_active()) {
        return Ok(());
    }
    let best: Option<i64> = turns::table
        .filter(turns::session_id.eq(session))
        .filter(turns::state.eq("queued").or(turns::state.eq("ready")))
        .order((turns::lane, turns::id))
        .select(turns::id)
        .first(tx.conn())
        .await
        .optional()?;
    let Some(best) = best else { return Ok(()) };
    if let Some(head) = head {
        if head.turn.get() == best {
            return Ok(());
        }
        demote(tx, head.turn.get()).await?;
    }
    diesel::update(turns::table.find(best))
        .set(turns::state.eq(TurnState::Ready.as_str()))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Work);
    Ok(())
}

/// Puts the next turn back in line. `false` when somebody has begun with it.
pub(super) async fn demote(tx: &mut Tx, turn: i64) -> Outcome<bool> {
    let demoted = diesel::update(turns::table.find(turn).filter(turns::state.eq("ready")))
        .set(turns::state.eq(TurnState::Queued.as_str()))
        .execute(tx.conn())
        .await?;
    Ok(demoted == 1)
}
