//! Rows of sessions.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use opencode_wire::ids::SessionId;

use super::super::Tx;
use super::{Outcome, locks};
use crate::db::rows::{SessionRow, stored};
use crate::db::schema::{
    artifacts, blockers, events, long_prompts, mints, part_text, parts, sessions, turns, usage,
};
use crate::session::{SessionRecord, SessionRowId, SessionStatus, Subject};
use crate::token::new_token;
use crate::wake::Topic;

pub(super) async fn by_subject(tx: &mut Tx, subject: &Subject) -> Outcome<Option<SessionRecord>> {
    Ok(row_of(tx, subject).await?.map(SessionRow::into_record).transpose()?)
}

pub(super) async fn row_of(tx: &mut Tx, subject: &Subject) -> Outcome<Option<SessionRow>> {
    let row = sessions::table
        .filter(sessions::scope.eq(subject.scope()))
        .filter(sessions::key.eq(subject.key()))
        .filter(sessions::agent.eq(subject.agent()))
        .select(SessionRow::as_select())
        .first(tx.conn())
        .await;
    Ok(row.optional()?)
}

pub(super) async fn by_upstream(tx: &mut Tx, upstream_id: &SessionId) -> Outcome<Option<SessionRecord>> {
    let row: Option<SessionRow> = sessions::table
        .filter(sessions::upstream_id.eq(upstream_id.as_str()))
        .select(SessionRow::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(SessionRow::into_record).transpose()?)
}

pub(super) async fn row(tx: &mut Tx, id: i64) -> Outcome<Option<SessionRow>> {
    let row = sessions::table.find(id).select(SessionRow::as_select()).first(tx.conn()).await;
    Ok(row.optional()?)
}

/// A session's row that was not there a moment ago. It is locked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Inserted {
    /// This call has made it.
    New(i64),
    /// Somebody else has made it since.
    Found(i64),
}

impl Inserted {
    pub(super) const fn id(self) -> i64 {
        match self {
            Self::New(id) | Self::Found(id) => id,
        }
    }
}

/// Makes the row of a subject, unless somebody else just has, and locks it.
pub(super) async fn insert(tx: &mut Tx, subject: &Subject) -> Outcome<Inserted> {
    loop {
        let inserted: Option<i64> = diesel::insert_into(sessions::table)
            .values((
                sessions::scope.eq(subject.scope()),
                sessions::key.eq(subject.key()),
                sessions::agent.eq(subject.agent()),
                sessions::status.eq(SessionStatus::Idle.as_str()),
                sessions::generation.eq(0),
                sessions::mint_until.eq(0),
                sessions::created_at.eq(tx.now),
                sessions::updated_at.eq(tx.now),
            ))
            .on_conflict_do_nothing()
            .returning(sessions::id)
            .get_result(tx.conn())
            .await
            .optional()?;
        if let Some(id) = inserted {
            return Ok(Inserted::New(id));
        }
        // Whoever was faster has committed by now, since we waited for them. Somebody may have deleted it since.
        if let Some(id) = locks::lock_subject(tx, subject).await? {
            return Ok(Inserted::Found(id));
        }
    }
}

pub(super) async fn set_status(
    tx: &mut Tx,
    id: SessionRowId,
    generation: u64,
    status: SessionStatus,
) -> Outcome<bool> {
    locks::lock_session(tx, id.get()).await?;
    let Some(row) = row(tx, id.get()).await? else { return Ok(false) };
    let session = row.into_record()?;
    if session.generation != generation || !session.status.may_become(status) {
        return Ok(false);
    }
    write_status(tx, id.get(), status).await?;
    Ok(true)
}

/// Writes the state of a session whose row is locked.
pub(super) async fn write_status(tx: &mut Tx, id: i64, status: SessionStatus) -> Outcome<()> {
    diesel::update(sessions::table.find(id))
        .set((sessions::status.eq(status.as_str()), sessions::updated_at.eq(tx.now)))
        .execute(tx.conn())
        .await?;
    tx.wake(Topic::Session(SessionRowId::new(id)));
    Ok(())
}

/// Notes that nothing runs in a session any more, unless it is busy. Its row must be locked.
pub(super) async fn settle(tx: &mut Tx, id: i64, is_busy: bool) -> Outcome<()> {
    if !is_busy {
        diesel::update(sessions::table.find(id).filter(sessions::status.eq(SessionStatus::Active.as_str())))
            .set((sessions::status.eq(SessionStatus::Idle.as_str()), sessions::updated_at.eq(tx.now)))
            .execute(tx.conn())
            .await?;
    }
    tx.wake(Topic::Session(SessionRowId::new(id)));
    Ok(())
}

pub(super) async fn set_permissions(
    tx: &mut Tx,
    id: SessionRowId,
    generation: u64,
    permissions: &str,
) -> Outcome<bool> {
    let set =
        diesel::update(sessions::table.find(id.get()).filter(sessions::generation.eq(stored(generation)?)))
            .set((sessions::permissions.eq(permissions), sessions::updated_at.eq(tx.now)))
            .execute(tx.conn())
            .await?;
    Ok(set == 1)
}

pub(super) async fn delete(tx: &mut Tx, subject: &Subject) -> Outcome<bool> {
    let Some(id) = locks::lock_subject(tx, subject).await? else { return Ok(false) };
    let row = row(tx, id).await?;
    let ids = || turns::table.filter(turns::session_id.eq(id)).select(turns::id);
    diesel::delete(events::table.filter(events::turn_id.eq_any(ids()))).execute(tx.conn()).await?;
    diesel::delete(part_text::table.filter(part_text::turn_id.eq_any(ids()))).execute(tx.conn()).await?;
    diesel::delete(parts::table.filter(parts::turn_id.eq_any(ids()))).execute(tx.conn()).await?;
    diesel::delete(usage::table.filter(usage::session_id.eq(id))).execute(tx.conn()).await?;
    diesel::delete(blockers::table.filter(blockers::turn_id.eq_any(ids()))).execute(tx.conn()).await?;
    diesel::delete(artifacts::table.filter(artifacts::turn_id.eq_any(ids()))).execute(tx.conn()).await?;
    diesel::delete(long_prompts::table.filter(long_prompts::turn_id.eq_any(ids())))
        .execute(tx.conn())
        .await?;
    diesel::delete(turns::table.filter(turns::session_id.eq(id))).execute(tx.conn()).await?;
    diesel::delete(sessions::table.find(id)).execute(tx.conn()).await?;
    if let Some(row) = row
        && let Some(upstream_id) = row.upstream_id
    {
        diesel::insert_into(mints::table)
            .values((
                mints::token.eq(new_token()?),
                mints::upstream_id.eq(upstream_id),
                mints::server.eq(row.server),
                mints::directory.eq(row.directory),
                mints::due_at.eq(tx.now),
            ))
            .execute(tx.conn())
            .await?;
    }
    tx.wake(Topic::Session(SessionRowId::new(id)));
    Ok(true)
}
