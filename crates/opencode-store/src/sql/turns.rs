//! Turns as they are read.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use opencode_wire::ids::MessageId;
use opencode_wire::model::Json;

use super::super::Tx;
use super::Outcome;
use crate::db::rows::{TurnRow, json};
use crate::db::schema::{events, long_prompts, turns};
use crate::turn::{TurnFilter, TurnId, TurnRecord};

pub(super) async fn row(tx: &mut Tx, id: TurnId) -> Outcome<Option<TurnRow>> {
    let row = turns::table.find(id.get()).select(TurnRow::as_select()).first(tx.conn()).await;
    Ok(row.optional()?)
}

pub(super) async fn by_id(tx: &mut Tx, id: TurnId) -> Outcome<Option<TurnRecord>> {
    let row = row(tx, id).await?;
    Ok(row.map(TurnRow::into_record).transpose()?)
}

pub(super) async fn by_message(tx: &mut Tx, message_id: &MessageId) -> Outcome<Option<TurnRecord>> {
    let row: Option<TurnRow> = turns::table
        .filter(turns::message_id.eq(message_id.as_str()))
        .select(TurnRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(TurnRow::into_record).transpose()?)
}

pub(super) async fn prompt(tx: &mut Tx, id: TurnId) -> Outcome<Option<Json>> {
    let short: Option<Option<String>> =
        turns::table.find(id.get()).select(turns::prompt).first(tx.conn()).await.optional()?;
    let text = match short {
        None => return Ok(None),
        Some(Some(text)) => text,
        Some(None) => {
            long_prompts::table.find(id.get()).select(long_prompts::prompt).first(tx.conn()).await?
        }
    };
    Ok(Some(json(&text)?))
}

pub(super) async fn list(
    tx: &mut Tx,
    session: i64,
    filter: TurnFilter,
    after: Option<TurnId>,
    limit: i64,
) -> Outcome<Vec<TurnRecord>> {
    let query = turns::table.filter(turns::session_id.eq(session)).select(TurnRow::as_select()).limit(limit);
    let after = after.map_or(i64::MIN, TurnId::get);
    let rows: Vec<TurnRow> = match filter {
        TurnFilter::All => query.filter(turns::id.gt(after)).order(turns::id).load(tx.conn()).await?,
        TurnFilter::Open => {
            query
                .filter(turns::id.gt(after))
                .filter(turns::state.ne("ended"))
                .order(turns::id)
                .load(tx.conn())
                .await?
        }
        TurnFilter::Waiting => {
            query
                .limit(i64::MAX)
                .filter(turns::state.eq_any(["queued", "ready"]))
                // The one that is next stays so, whatever has come in front of it since.
                .order((turns::state.desc(), turns::lane, turns::id))
                .load(tx.conn())
                .await?
        }
    };
    Ok(rows.into_iter().map(TurnRow::into_record).collect::<Result<_, _>>()?)
}

/// The number of a turn's last event.
pub(super) async fn last_seq(tx: &mut Tx, id: i64, pruned_to: i64) -> Outcome<i64> {
    let last: Option<i64> = events::table
        .filter(events::turn_id.eq(id))
        .order(events::seq.desc())
        .select(events::seq)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(last.unwrap_or(pruned_to))
}
