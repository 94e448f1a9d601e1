//! Admission of turns.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::lanes::{demote, head};
use super::sessions::{self, Inserted};
use super::{Outcome, locks};
use crate::db::condition::IsActive;
use crate::db::rows::{NewTurnRow, TurnRow};
use crate::db::schema::{long_prompts, turns};
use crate::error::{Error, ErrorKind};
use crate::turn::{Admission, Admitted, Payload, Placement, StopReason, TurnId, place};
use crate::wake::Topic;

/// Longer prompts have a row of their own.
const SHORT_PROMPT: usize = 1024;

pub(in super::super) async fn admit(
    tx: &mut Tx,
    admission: &Admission,
    payload: &Payload,
) -> Outcome<Admitted> {
    let session = match locks::lock_subject(tx, &admission.subject).await? {
        Some(id) => id,
        None => match sessions::insert(tx, &admission.subject).await? {
            Inserted::New(id) => return admit_first(tx, id, admission, payload).await,
            Inserted::Found(id) => id,
        },
    };
    loop {
        if let Some(earlier) = earlier(tx, session, admission).await? {
            return receipt(earlier, session, admission, payload);
        }
        let mut placement = place(admission.delivery, head(tx, session).await?);
        if let Placement::Overtaking(overtaken) = placement
            && !demote(tx, overtaken.get()).await?
        {
            // It was claimed since it was looked at, and stays so: whoever ends it has to wait for our lock.
            placement = place(admission.delivery, head(tx, session).await?);
        }
        if let Placement::Busy(turn) = placement {
            let message = format!("the session is busy with turn {turn}");
            return Err(Error::new(ErrorKind::Busy, message).with_turn(turn).into());
        }
        if let Some(turn) = insert(tx, session, admission, payload, placement).await? {
            return placed(tx, turn, placement).await;
        }
        // An admission without our lock was faster: its turn has our key, our message id, or is the head by now.
        check_message(tx, session, admission).await?;
    }
}

/// Tells whoever has to know of a turn that was admitted.
async fn placed(tx: &mut Tx, turn: TurnRow, placement: Placement) -> Outcome<Admitted> {
    match placement {
        Placement::Interrupting(head) => stop(tx, head, turn.id).await?,
        Placement::Steering(head) => tx.wake(Topic::Orders(head)),
        Placement::Ready | Placement::Overtaking(_) => tx.wake(Topic::Work),
        Placement::Queued | Placement::Busy(_) => {}
    }
    Ok(Admitted::new(turn.into_record()?, false))
}

/// Refuses a message id that another admission has used. What the same admission has used is looked at again.
async fn check_message(tx: &mut Tx, session: i64, admission: &Admission) -> Outcome<()> {
    let used: Option<TurnRow> = turns::table
        .filter(turns::message_id.eq(admission.message_id.as_str()))
        .select(TurnRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    match used {
        Some(used) if used.session_id != session || used.idempotency_key != admission.idempotency_key => {
            Err(conflict(used.id).into())
        }
        _ => Ok(()),
    }
}

/// Admits to a session that was not there before, so that there is nothing to look at.
async fn admit_first(
    tx: &mut Tx,
    session: i64,
    admission: &Admission,
    payload: &Payload,
) -> Outcome<Admitted> {
    let Some(turn) = insert(tx, session, admission, payload, Placement::Ready).await? else {
        check_message(tx, session, admission).await?;
        // Nobody else has seen the session, so nothing but the message id can be in the way.
        return Err(Error::new(ErrorKind::Unavailable, "the admission met another one; repeat it").into());
    };
    placed(tx, turn, Placement::Ready).await
}

/// The turn that was admitted with the same key, or with the same message id where there is none.
async fn earlier(tx: &mut Tx, session: i64, admission: &Admission) -> Outcome<Option<TurnRow>> {
    let query = turns::table.select(TurnRow::as_select());
    let row = match &admission.idempotency_key {
        Some(key) => {
            query
                .filter(turns::session_id.eq(session))
                .filter(turns::idempotency_key.eq(key))
                .first(tx.conn())
                .await
        }
        None => query.filter(turns::message_id.eq(admission.message_id.as_str())).first(tx.conn()).await,
    };
    Ok(row.optional()?)
}

fn receipt(earlier: TurnRow, session: i64, admission: &Admission, payload: &Payload) -> Outcome<Admitted> {
    let is_same = earlier.session_id == session
        && (admission.idempotency_key.is_none() || earlier.idempotency_key == admission.idempotency_key)
        && earlier.payload == payload.0;
    if is_same { Ok(Admitted::new(earlier.into_record()?, true)) } else { Err(conflict(earlier.id).into()) }
}

/// Stores the turn. `None` when one of its keys is used.
async fn insert(
    tx: &mut Tx,
    session: i64,
    admission: &Admission,
    payload: &Payload,
    placement: Placement,
) -> Outcome<Option<TurnRow>> {
    let prompt = admission.prompt.as_str();
    let is_short = prompt.len() <= SHORT_PROMPT;
    let row = NewTurnRow {
        session_id: session,
        scope: admission.subject.scope(),
        idempotency_key: admission.idempotency_key.as_deref(),
        message_id: admission.message_id.as_str(),
        payload: &payload.0,
        prompt: is_short.then_some(prompt),
        delivery: admission.delivery.as_str(),
        lane: admission.delivery.lane(),
        state: placement.state().as_str(),
        attempt: 0,
        lease_until: 0,
        admitted_at: tx.now,
        pruned_to: 0,
    };
    let id: Option<i64> = diesel::insert_into(turns::table)
        .values(&row)
        .on_conflict_do_nothing()
        .returning(turns::id)
        .get_result(tx.conn())
        .await
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    if !is_short {
        diesel::insert_into(long_prompts::table)
            .values((long_prompts::turn_id.eq(id), long_prompts::prompt.eq(prompt)))
            .execute(tx.conn())
            .await?;
    }
    Ok(Some(row.stored_as(id)))
}

/// Asks for the running turn to be stopped, unless somebody has asked before.
pub(super) async fn stop(tx: &mut Tx, head: TurnId, by: i64) -> Outcome<()> {
    let reason = StopReason::Superseded(TurnId::new(by)).to_words();
    diesel::update(turns::table.find(head.get()).filter(turns::stop.is_null()).filter(IsActive))
        .set(turns::stop.eq(reason))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Turn(head));
    tx.wake(Topic::Orders(head));
    Ok(())
}

fn conflict(turn: i64) -> Error {
    let message = format!("the key or the message id was used by turn {turn} with another payload");
    Error::new(ErrorKind::Conflict, message).with_turn(TurnId::new(turn))
}
