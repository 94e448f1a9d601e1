//! What is minted most often, in one statement each: the first upstream session of a subject.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::failure::Failure;
use crate::db::rows::SessionRow;
use crate::db::schema::sessions;
use crate::millis::Millis;
use crate::session::{Mint, MintRequest, Minted};

/// Claims and notes an attempt for a subject that has no upstream session and for which none is being made.
pub(super) async fn claim(
    connection: &mut AsyncPgConnection,
    request: &MintRequest,
    now: Millis,
    until: Millis,
) -> Result<Option<SessionRow>, Failure> {
    Ok(Claim { request: request.clone(), now, until }.get_result(connection).await.optional()?)
}

/// Binds the first upstream session of a subject, if the claim holds and the attempt is still noted.
pub(super) async fn bind(
    connection: &mut AsyncPgConnection,
    mint: &Mint,
    minted: &Minted,
    now: Millis,
) -> Result<Option<SessionRow>, Failure> {
    let query = Bind {
        session: mint.session.id.get(),
        token: mint.token.clone(),
        upstream_id: minted.upstream_id.as_str().to_owned(),
        minted: minted.clone(),
        now,
    };
    Ok(query.get_result(connection).await.optional()?)
}

#[derive(Debug, QueryId)]
struct Claim {
    request: MintRequest,
    now: Millis,
    until: Millis,
}

impl Query for Claim {
    type SqlType = sessions::SqlType;
}

impl QueryFragment<Pg> for Claim {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self { request, now, until } = self;
        out.push_sql(
            "WITH claimed AS (INSERT INTO opencode_sessions AS session \
             (scope, key, agent, status, generation, mint_token, mint_until, created_at, updated_at) VALUES (",
        );
        for text in [request.subject.scope(), request.subject.key(), request.subject.agent()] {
            out.push_bind_param::<Text, _>(text)?;
            out.push_sql(", ");
        }
        out.push_sql("'idle', 0, ");
        out.push_bind_param::<Text, _>(&request.token)?;
        for time in [until, now, now] {
            out.push_sql(", ");
            out.push_bind_param::<BigInt, _>(time)?;
        }
        out.push_sql(
            ") ON CONFLICT (scope, key, agent) DO UPDATE \
             SET mint_token = excluded.mint_token, mint_until = excluded.mint_until \
             WHERE session.upstream_id IS NULL AND (session.mint_token IS NULL OR session.mint_until <= ",
        );
        out.push_bind_param::<BigInt, _>(now)?;
        out.push_sql(
            ") RETURNING *), noted AS (INSERT INTO opencode_mints (token, server, directory, due_at) \
             SELECT mint_token, ",
        );
        out.push_bind_param::<Nullable<Text>, _>(&request.place.server)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&request.place.directory)?;
        out.push_sql(", mint_until FROM claimed) SELECT ");
        sessions::all_columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM claimed AS opencode_sessions");
        Ok(())
    }
}

#[derive(Debug, QueryId)]
struct Bind {
    session: i64,
    token: String,
    upstream_id: String,
    minted: Minted,
    now: Millis,
}

impl Query for Bind {
    type SqlType = sessions::SqlType;
}

impl QueryFragment<Pg> for Bind {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH bound AS (UPDATE opencode_sessions SET upstream_id = ");
        out.push_bind_param::<Text, _>(&self.upstream_id)?;
        out.push_sql(", binding = ");
        out.push_bind_param::<Text, _>(&self.minted.fingerprint.binding)?;
        out.push_sql(", permissions = ");
        out.push_bind_param::<Text, _>(&self.minted.fingerprint.permissions)?;
        out.push_sql(", server = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.minted.place.server)?;
        out.push_sql(", directory = ");
        out.push_bind_param::<Nullable<Text>, _>(&self.minted.place.directory)?;
        out.push_sql(", updated_at = ");
        out.push_bind_param::<BigInt, _>(&self.now)?;
        out.push_sql(
            ", generation = generation + 1, mint_token = NULL, \
             status = CASE status WHEN 'active' THEN 'active' ELSE 'idle' END WHERE id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.session)?;
        out.push_sql(" AND upstream_id IS NULL AND mint_token = ");
        out.push_bind_param::<Text, _>(&self.token)?;
        out.push_sql(" AND EXISTS (SELECT 1 FROM opencode_mints WHERE token = ");
        out.push_bind_param::<Text, _>(&self.token)?;
        out.push_sql(
            ") RETURNING *), forgotten AS (DELETE FROM opencode_mints \
             WHERE EXISTS (SELECT 1 FROM bound) AND token = ",
        );
        out.push_bind_param::<Text, _>(&self.token)?;
        out.push_sql(") SELECT ");
        sessions::all_columns.walk_ast(out.reborrow())?;
        out.push_sql(" FROM bound AS opencode_sessions");
        Ok(())
    }
}
