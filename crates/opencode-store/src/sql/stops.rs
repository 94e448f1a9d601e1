//! Requests to stop a turn, and other changes of turns that wait.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::Tx;
use super::lanes::{head, promote};
use super::{Outcome, admission, finish, locks, sessions, turns as turn_rows};
use crate::db::rows::TurnRow;
use crate::db::schema::turns;
use crate::error::{Error, ErrorKind};
use crate::turn::{Delivery, EndKind, StopReason, StopRequested, TurnEnd, TurnId, TurnRecord};
use crate::wake::Topic;

pub(super) async fn request(tx: &mut Tx, id: TurnId, reason: StopReason) -> Outcome<StopRequested> {
    let row = locked(tx, id).await?;
    if let Some(end) = row.end()? {
        return Ok(StopRequested::AlreadyEnded(end));
    }
    if row.state()?.is_waiting() {
        let end = match reason {
            StopReason::Cancelled => TurnEnd::new(EndKind::Cancelled, "cancelled before it began"),
            StopReason::Superseded(by) => {
                TurnEnd::new(EndKind::Superseded, format!("superseded by turn {by} before it began"))
            }
        };
        finish::write_end(tx, row.id, &end).await?;
        let is_busy = promote(tx, row.session_id).await?;
        sessions::settle(tx, row.session_id, is_busy).await?;
        return Ok(StopRequested::Withdrawn);
    }
    diesel::update(turns::table.find(row.id).filter(turns::stop.is_null()))
        .set(turns::stop.eq(reason.to_words()))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Turn(id));
    tx.wake(Topic::Orders(id));
    Ok(StopRequested::Requested)
}

pub(super) async fn relane(tx: &mut Tx, id: TurnId, delivery: Delivery) -> Outcome<TurnRecord> {
    if delivery == Delivery::Reject {
        return Err(Error::invalid("a turn that was admitted cannot be refused any more")
            .with_turn(id)
            .into());
    }
    let row = locked(tx, id).await?;
    if !row.state()?.is_waiting() {
        let message = format!("turn {id} does not wait any more");
        return Err(Error::new(ErrorKind::Conflict, message).with_turn(id).into());
    }
    diesel::update(turns::table.find(row.id))
        .set((turns::delivery.eq(delivery.as_str()), turns::lane.eq(delivery.lane())))
        .execute(tx.conn())
        .await?;
    promote(tx, row.session_id).await?;
    if let Some(head) = head(tx, row.session_id).await?.filter(|head| head.state.is_active()) {
        match delivery {
            Delivery::Interrupt => admission::stop(tx, head.turn, row.id).await?,
            Delivery::Steer => tx.wake(Topic::Orders(head.turn)),
            Delivery::Queue | Delivery::Reject => {}
        }
    }
    tx.wake(Topic::Turn(id));
    let row = turn_rows::row(tx, id).await?.ok_or_else(|| missing(id))?;
    Ok(row.into_record()?)
}

/// The row of a turn, with its session locked.
async fn locked(tx: &mut Tx, id: TurnId) -> Outcome<TurnRow> {
    locks::lock_session_of(tx, id.get()).await?;
    let row = turn_rows::row(tx, id).await?.ok_or_else(|| missing(id))?;
    Ok(row)
}

fn missing(id: TurnId) -> Error {
    Error::not_found(format!("there is no turn {id}")).with_turn(id)
}
