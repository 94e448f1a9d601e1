//! The making of upstream sessions.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::super::{Tx, unbound};
use super::{Outcome, locks, sessions as session_rows};
use crate::db::rows::{SessionRow, stored};
use crate::db::schema::{mints, sessions};
use crate::error::Error;
use crate::millis::{Millis, of, timestamp};
use crate::session::{
    Mint, MintClaim, MintDecision, MintEnd, MintRequest, Minted, SessionPlace, SessionRowId, SessionStatus,
    StaleMint, decide,
};
use crate::wake::Topic;

/// What is noted of an attempt: its token, its session, server and directory, and when it is due.
type Noted = (String, Option<String>, (Option<String>, Option<String>), Millis);

/// Claims an attempt to make a subject's first upstream session. Nothing when the subject has one, or when somebody
/// else may be making it.
pub(super) async fn claim_unbound(tx: &mut Tx, request: &MintRequest) -> Outcome<Option<MintClaim>> {
    let (now, until) = (tx.now, tx.now.saturating_add(of(request.lease)));
    let Some(row) = unbound::claim(tx.conn(), request, now, until).await? else { return Ok(None) };
    Ok(Some(MintClaim::Claimed(Mint::new(row.into_record()?, request.token.clone(), None))))
}

/// Binds the first upstream session of a subject. Nothing when there is more to it than that.
pub(super) async fn bind_unbound(tx: &mut Tx, mint: &Mint, minted: &Minted) -> Outcome<Option<MintEnd>> {
    let now = tx.now;
    let Some(row) = unbound::bind(tx.conn(), mint, minted, now).await? else { return Ok(None) };
    tx.wake(Topic::Session(mint.session.id));
    Ok(Some(MintEnd::Bound { session: row.into_record()?, replaced: None }))
}

/// What an attempt would get that may not claim, without a lock; nothing when it might.
pub(super) async fn look(tx: &mut Tx, request: &MintRequest) -> Outcome<Option<MintClaim>> {
    let Some(row) = session_rows::row_of(tx, &request.subject).await? else { return Ok(None) };
    let minting_until = row.minting_until();
    let session = row.into_record()?;
    Ok(match decide(&session, minting_until, request, tx.now) {
        MintDecision::Bound => Some(MintClaim::Bound(session)),
        MintDecision::Taken(until) => Some(MintClaim::Taken { session: session.id, until: timestamp(until) }),
        MintDecision::Claim(_) => None,
    })
}

pub(super) async fn begin(tx: &mut Tx, request: &MintRequest) -> Outcome<MintClaim> {
    let id = match locks::lock_subject(tx, &request.subject).await? {
        Some(id) => id,
        None => session_rows::insert(tx, &request.subject).await?.id(),
    };
    let row = locked_row(tx, id).await?;
    let minting_until = row.minting_until();
    let session = row.into_record()?;
    let lost = match decide(&session, minting_until, request, tx.now) {
        MintDecision::Bound => return Ok(MintClaim::Bound(session)),
        MintDecision::Taken(until) => {
            return Ok(MintClaim::Taken { session: session.id, until: timestamp(until) });
        }
        MintDecision::Claim(lost) => lost,
    };
    let until = tx.now.saturating_add(of(request.lease));
    diesel::update(sessions::table.find(id))
        .set((sessions::mint_token.eq(&request.token), sessions::mint_until.eq(until)))
        .execute(tx.conn())
        .await?;
    note(tx, &request.token, None, &request.place, until).await?;
    Ok(MintClaim::Claimed(Mint::new(session, request.token.clone(), lost)))
}

pub(super) async fn finish(tx: &mut Tx, mint: &Mint, minted: &Minted) -> Outcome<MintEnd> {
    let id = mint.session.id.get();
    locks::lock_session(tx, id).await?;
    let upstream_id = minted.upstream_id.as_str();
    let Some(row) = session_rows::row(tx, id).await? else {
        // The subject was deleted in the meantime.
        discard(tx, mint, upstream_id, &minted.place).await?;
        return Ok(MintEnd::Lost { session: mint.session.clone() });
    };
    if row.upstream_id.as_deref() == Some(upstream_id) {
        return Ok(MintEnd::Bound { session: row.into_record()?, replaced: None });
    }
    let noted = diesel::delete(mints::table.find(&mint.token)).execute(tx.conn()).await?;
    // What was swept may have been deleted by now, even if nobody else has claimed the subject since.
    if noted == 0 || row.mint_token.as_deref() != Some(mint.token.as_str()) {
        discard(tx, mint, upstream_id, &minted.place).await?;
        return Ok(MintEnd::Lost { session: row.into_record()? });
    }
    let before = row.into_record()?;
    let status = match before.status {
        SessionStatus::Active => SessionStatus::Active,
        SessionStatus::Idle | SessionStatus::Crashed | SessionStatus::Closed => SessionStatus::Idle,
    };
    let bound: SessionRow = diesel::update(sessions::table.find(id))
        .set((
            sessions::upstream_id.eq(upstream_id),
            sessions::generation.eq(stored(before.generation + 1)?),
            sessions::binding.eq(&minted.fingerprint.binding),
            sessions::permissions.eq(&minted.fingerprint.permissions),
            sessions::server.eq(minted.place.server.as_deref()),
            sessions::directory.eq(minted.place.directory.as_deref()),
            sessions::status.eq(status.as_str()),
            sessions::mint_token.eq(None::<String>),
            sessions::updated_at.eq(tx.now),
        ))
        .returning(SessionRow::as_returning())
        .get_result(tx.conn())
        .await?;
    if let Some(replaced) = &before.upstream_id {
        discard(tx, mint, replaced.as_str(), &before.place()).await?;
    }
    tx.wake(Topic::Session(mint.session.id));
    Ok(MintEnd::Bound { session: bound.into_record()?, replaced: before.upstream_id })
}

pub(super) async fn cancel(tx: &mut Tx, mint: &Mint, keep: bool) -> Outcome<()> {
    diesel::update(sessions::table.find(mint.session.id.get()).filter(sessions::mint_token.eq(&mint.token)))
        .set(sessions::mint_token.eq(None::<String>))
        .execute(tx.conn())
        .await?;
    if keep {
        diesel::update(mints::table.find(&mint.token))
            .set(mints::due_at.eq(tx.now))
            .execute(tx.conn())
            .await?;
    } else {
        forget(tx, &mint.token).await?;
    }
    tx.wake(Topic::Session(SessionRowId::new(mint.session.id.get())));
    Ok(())
}

pub(super) async fn stale(tx: &mut Tx, grace: Duration, limit: i64) -> Outcome<Vec<StaleMint>> {
    let searched_before = tx.now.saturating_sub(of(grace));
    let rows: Vec<Noted> = mints::table
        .filter(
            mints::due_at
                .le(searched_before)
                .or(mints::upstream_id.is_not_null().and(mints::due_at.le(tx.now))),
        )
        .order((mints::due_at, mints::token))
        .limit(limit)
        .select((mints::token, mints::upstream_id, (mints::server, mints::directory), mints::due_at))
        .load(tx.conn())
        .await?;
    let again_at = tx.now.saturating_add(of(grace.max(Duration::from_secs(1))));
    let mut stale = Vec::with_capacity(rows.len());
    for (token, upstream_id, (server, directory), due_at) in rows {
        // An attempt of which the end is unknown is due its grace after the time that is stored.
        let due_again = if upstream_id.is_some() { again_at } else { again_at.saturating_sub(of(grace)) };
        let mine = diesel::update(mints::table.find(&token).filter(mints::due_at.eq(due_at)))
            .set(mints::due_at.eq(due_again))
            .execute(tx.conn())
            .await?;
        if mine == 1 {
            let id = upstream_id.as_deref().map(opencode_wire::ids::SessionId::from_wire);
            stale.push(StaleMint::new(token, id, SessionPlace::new(server, directory)));
        }
    }
    Ok(stale)
}

pub(super) async fn forget(tx: &mut Tx, token: &str) -> Outcome<()> {
    diesel::delete(mints::table.find(token)).execute(tx.conn()).await?;
    Ok(())
}

/// Makes an attempt one whose upstream session is to be deleted.
async fn discard(tx: &mut Tx, mint: &Mint, upstream_id: &str, place: &SessionPlace) -> Outcome<()> {
    forget(tx, &mint.token).await?;
    let now = tx.now;
    note(tx, &mint.token, Some(upstream_id), place, now).await
}

async fn note(
    tx: &mut Tx,
    token: &str,
    upstream_id: Option<&str>,
    place: &SessionPlace,
    due_at: Millis,
) -> Outcome<()> {
    diesel::insert_into(mints::table)
        .values((
            mints::token.eq(token),
            mints::upstream_id.eq(upstream_id),
            mints::server.eq(place.server.as_deref()),
            mints::directory.eq(place.directory.as_deref()),
            mints::due_at.eq(due_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn locked_row(tx: &mut Tx, id: i64) -> Outcome<SessionRow> {
    let row = session_rows::row(tx, id).await?;
    Ok(row.ok_or_else(|| Error::not_found("the session was deleted in the meantime"))?)
}
