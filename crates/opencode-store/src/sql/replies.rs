//! Parts of replies.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::{Tx, dialect};
use super::{Outcome, usage};
use crate::db::rows::{PartPiece, assemble, stored};
use crate::db::schema::{part_text, parts};
use crate::error::{Error, ErrorKind};
use crate::reply::{Growing, PartBody, PartWrite, Snapshot, StoredPart};
use crate::turn::{Lease, TurnId};

pub(super) async fn write(tx: &mut Tx, lease: &Lease, snapshot: &Snapshot) -> Outcome<()> {
    if !dialect::share_turn(tx.conn(), lease).await? {
        return Err(Error::lease_lost(lease.turn).into());
    }
    let turn = lease.turn.get();
    write_whole(tx, turn, &snapshot.parts).await?;
    for part in &snapshot.parts {
        if let PartBody::Grown { at, text } = &part.body {
            grow(tx, turn, part, *at, text).await?;
        }
    }
    if !snapshot.removed.is_empty() {
        let ids: Vec<&str> = snapshot.removed.iter().map(AsRef::as_ref).collect();
        forget_text(tx, turn, &ids).await?;
        diesel::delete(parts::table.filter(parts::turn_id.eq(turn)).filter(parts::part_id.eq_any(ids)))
            .execute(tx.conn())
            .await?;
    }
    if !snapshot.usage.is_empty() {
        let session = usage::session_of(tx, turn).await?;
        usage::write(tx, turn, session, &snapshot.usage).await?;
    }
    Ok(())
}

async fn write_whole(tx: &mut Tx, turn: i64, writes: &[PartWrite]) -> Outcome<()> {
    let mut rows = Vec::new();
    let mut pieces = Vec::new();
    for part in writes {
        let PartBody::Whole { body, growing } = &part.body else { continue };
        let grows = growing.as_ref().map(|growing: &Growing| growing.field.as_str());
        rows.push((
            parts::turn_id.eq(turn),
            parts::part_id.eq(part.part_id.as_str()),
            parts::upstream_session.eq(part.session_id.as_str()),
            parts::ordinal.eq(stored(part.ordinal)?),
            parts::body.eq(body.as_str()),
            parts::grows.eq(grows),
        ));
        if let Some(growing) = growing {
            pieces.push((part.part_id.as_str(), growing.text.as_str()));
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = writes
        .iter()
        .filter(|part| matches!(part.body, PartBody::Whole { .. }))
        .map(|part| part.part_id.as_str())
        .collect();
    forget_text(tx, turn, &ids).await?;
    dialect::upsert_parts!(tx.conn(), rows);
    for (part_id, text) in pieces {
        // Also when it is empty: a piece at the beginning says that the part may grow.
        append(tx, turn, part_id, 0, text).await?;
    }
    Ok(())
}

async fn forget_text(tx: &mut Tx, turn: i64, part_ids: &[&str]) -> Outcome<()> {
    let pieces = part_text::table.filter(part_text::turn_id.eq(turn));
    // A list of parameters keeps the statement from being prepared once, and mostly there is one.
    match part_ids {
        [part_id] => diesel::delete(pieces.filter(part_text::part_id.eq(part_id))).execute(tx.conn()).await?,
        _ => {
            let among = part_text::part_id.eq_any(part_ids.iter().copied());
            diesel::delete(pieces.filter(among)).execute(tx.conn()).await?
        }
    };
    Ok(())
}

async fn append(tx: &mut Tx, turn: i64, part_id: &str, at: i64, text: &str) -> Outcome<()> {
    diesel::insert_into(part_text::table)
        .values((
            part_text::turn_id.eq(turn),
            part_text::part_id.eq(part_id),
            part_text::at.eq(at),
            part_text::bytes.eq(stored(text.len() as u64)?),
            part_text::text.eq(text),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Appends to the field that grows. Only the place of the last piece is looked at, never the text.
async fn grow(tx: &mut Tx, turn: i64, part: &PartWrite, at: u64, text: &str) -> Outcome<()> {
    let part_id = part.part_id.as_str();
    let last: Option<(i64, i64)> = part_text::table
        .filter(part_text::turn_id.eq(turn))
        .filter(part_text::part_id.eq(part_id))
        .order(part_text::at.desc())
        .select((part_text::at, part_text::bytes))
        .first(tx.conn())
        .await
        .optional()?;
    let Some((last_at, last_bytes)) = last else { return Err(hole(part_id).into()) };
    let (at, end) = (stored(at)?, last_at + last_bytes);
    if at > end {
        return Err(hole(part_id).into());
    }
    if at == end {
        return if text.is_empty() {
            Ok(())
        } else {
            put(tx, turn, part_id, (last_at, last_bytes), text).await
        };
    }
    // It was written before, as after a commit whose answer was lost.
    let pieces: Vec<(i64, String)> = part_text::table
        .filter(part_text::turn_id.eq(turn))
        .filter(part_text::part_id.eq(part_id))
        .order(part_text::at)
        .select((part_text::at, part_text::text))
        .load(tx.conn())
        .await?;
    let all: String = pieces.into_iter().map(|(_, piece)| piece).collect();
    let known = usize::try_from(at).ok().and_then(|at| all.get(at..)).ok_or_else(|| hole(part_id))?;
    match (text.strip_prefix(known), known.starts_with(text)) {
        (_, true) => Ok(()),
        (Some(rest), _) => put(tx, turn, part_id, (last_at, last_bytes), rest).await,
        (None, false) => Err(hole(part_id).into()),
    }
}

/// Puts a piece after the last one. The first may be empty, and is filled then.
async fn put(tx: &mut Tx, turn: i64, part_id: &str, last: (i64, i64), text: &str) -> Outcome<()> {
    if last == (0, 0) {
        forget_text(tx, turn, &[part_id]).await?;
    }
    append(tx, turn, part_id, last.0 + last.1, text).await
}

fn hole(part_id: &str) -> Error {
    let message = format!("part {part_id} cannot grow there: it has to be written whole");
    Error::new(ErrorKind::Conflict, message)
}

pub(super) async fn read(tx: &mut Tx, turn: TurnId) -> Outcome<Vec<StoredPart>> {
    // One statement, so that all of it is from the same instant.
    let pieces: Vec<PartPiece> = parts::table
        .left_join(
            part_text::table
                .on(part_text::turn_id.eq(parts::turn_id).and(part_text::part_id.eq(parts::part_id))),
        )
        .filter(parts::turn_id.eq(turn.get()))
        .order((parts::ordinal, parts::part_id, part_text::at))
        .select((
            parts::part_id,
            parts::upstream_session,
            parts::ordinal,
            parts::body,
            parts::grows,
            part_text::text.nullable(),
        ))
        .load(tx.conn())
        .await?;
    Ok(assemble(pieces)?)
}
