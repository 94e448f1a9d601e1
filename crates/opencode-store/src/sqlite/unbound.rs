//! What is minted most often: the first upstream session of a subject.

use diesel::dsl::{case_when, exists};
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::sql_types::Text;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;

use super::connection::Connection;
use crate::db::failure::Failure;
use crate::db::rows::SessionRow;
use crate::db::schema::{mints, sessions};
use crate::millis::Millis;
use crate::session::{Mint, MintRequest, Minted, SessionStatus};

/// Claims and notes an attempt for a subject that has no upstream session and for which none is being made.
pub(super) async fn claim(
    connection: &mut Connection,
    request: &MintRequest,
    now: Millis,
    until: Millis,
) -> Result<Option<SessionRow>, Failure> {
    let is_free = sessions::mint_token.is_null().or(sessions::mint_until.le(now));
    let claim = diesel::insert_into(sessions::table)
        .values((
            sessions::scope.eq(request.subject.scope()),
            sessions::key.eq(request.subject.key()),
            sessions::agent.eq(request.subject.agent()),
            sessions::status.eq(SessionStatus::Idle.as_str()),
            sessions::generation.eq(0),
            sessions::mint_token.eq(&request.token),
            sessions::mint_until.eq(until),
            sessions::created_at.eq(now),
            sessions::updated_at.eq(now),
        ))
        .on_conflict((sessions::scope, sessions::key, sessions::agent))
        .do_update()
        .set((
            sessions::mint_token.eq(excluded(sessions::mint_token)),
            sessions::mint_until.eq(excluded(sessions::mint_until)),
        ));
    let row: Option<SessionRow> = FilterDsl::filter(claim, sessions::upstream_id.is_null().and(is_free))
        .returning(SessionRow::as_returning())
        .get_result(connection)
        .await
        .optional()?;
    if row.is_some() {
        diesel::insert_into(mints::table)
            .values((
                mints::token.eq(&request.token),
                mints::server.eq(request.place.server.as_deref()),
                mints::directory.eq(request.place.directory.as_deref()),
                mints::due_at.eq(until),
            ))
            .execute(connection)
            .await?;
    }
    Ok(row)
}

/// Binds the first upstream session of a subject, if the claim holds and the attempt is still noted.
pub(super) async fn bind(
    connection: &mut Connection,
    mint: &Mint,
    minted: &Minted,
    now: Millis,
) -> Result<Option<SessionRow>, Failure> {
    let (active, idle) = (SessionStatus::Active.as_str(), SessionStatus::Idle.as_str());
    let status =
        case_when(sessions::status.eq(active), active.into_sql::<Text>()).otherwise(idle.into_sql::<Text>());
    let row: Option<SessionRow> = diesel::update(sessions::table.find(mint.session.id.get()))
        .filter(sessions::upstream_id.is_null())
        .filter(sessions::mint_token.eq(&mint.token))
        .filter(exists(mints::table.find(&mint.token)))
        .set((
            sessions::upstream_id.eq(minted.upstream_id.as_str()),
            sessions::generation.eq(sessions::generation + 1),
            sessions::binding.eq(&minted.fingerprint.binding),
            sessions::permissions.eq(&minted.fingerprint.permissions),
            sessions::server.eq(minted.place.server.as_deref()),
            sessions::directory.eq(minted.place.directory.as_deref()),
            sessions::status.eq(status),
            sessions::mint_token.eq(None::<String>),
            sessions::updated_at.eq(now),
        ))
        .returning(SessionRow::as_returning())
        .get_result(connection)
        .await
        .optional()?;
    if row.is_some() {
        diesel::delete(mints::table.find(&mint.token)).execute(connection).await?;
    }
    Ok(row)
}
