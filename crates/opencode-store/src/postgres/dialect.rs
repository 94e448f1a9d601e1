//! What PostgreSQL says in its own way.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::failure::Failure;
use crate::db::migrations::Wording;
use crate::db::rows::{number, stored};
use crate::db::schema::{events, sessions, turns};
use crate::doctor::Diagnosis;
use crate::event::LoggedEvent;
use crate::session::Subject;
use crate::turn::Lease;

type Outcome<T> = Result<T, Failure>;

pub(super) const WORDING: Wording =
    Wording { row_id: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", clustered: "" };

/// The number of the lock that whoever migrates holds; the letters `ocstore` as a number.
const SCHEMA_LOCK: i64 = 0x6f_6373_746f_7265;

/// Lets one at a time migrate.
pub(super) async fn lock_schema(connection: &mut AsyncPgConnection) -> Outcome<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(SCHEMA_LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks the session of a subject, if there is one.
pub(super) async fn lock_subject(
    connection: &mut AsyncPgConnection,
    subject: &Subject,
) -> Outcome<Option<i64>> {
    let id = sessions::table
        .filter(sessions::scope.eq(subject.scope()))
        .filter(sessions::key.eq(subject.key()))
        .filter(sessions::agent.eq(subject.agent()))
        .select(sessions::id)
        .for_update()
        .first(connection)
        .await;
    Ok(id.optional()?)
}

/// Locks a session. Whatever moves a turn from one state to another holds this lock.
pub(super) async fn lock_session(connection: &mut AsyncPgConnection, session: i64) -> Outcome<()> {
    sessions::table.find(session).select(sessions::id).for_update().execute(connection).await?;
    Ok(())
}

/// Locks the session of a turn.
pub(super) async fn lock_session_of(connection: &mut AsyncPgConnection, turn: i64) -> Outcome<()> {
    sessions::table
        .filter(sessions::id.eq_any(turns::table.find(turn).select(turns::session_id)))
        .select(sessions::id)
        .for_update()
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks a session unless somebody else has locked it.
pub(super) async fn try_lock_session(connection: &mut AsyncPgConnection, session: i64) -> Outcome<bool> {
    let locked: Option<i64> = sessions::table
        .find(session)
        .select(sessions::id)
        .for_update()
        .skip_locked()
        .first(connection)
        .await
        .optional()?;
    Ok(locked.is_some())
}

/// Locks a turn. `false` when there is none.
pub(super) async fn lock_turn(connection: &mut AsyncPgConnection, turn: i64) -> Outcome<bool> {
    let id: Option<i64> =
        turns::table.find(turn).select(turns::id).for_update().first(connection).await.optional()?;
    Ok(id.is_some())
}

/// Whether the lease holds; it does until the transaction ends.
pub(super) async fn share_turn(connection: &mut AsyncPgConnection, lease: &Lease) -> Outcome<bool> {
    let id: Option<i64> = turns::table
        .find(lease.turn.get())
        .filter(turns::owner.eq(&lease.owner))
        .filter(turns::attempt.eq(stored(lease.attempt)?))
        .filter(turns::state.ne("ended"))
        .select(turns::id)
        .for_share()
        .first(connection)
        .await
        .optional()?;
    Ok(id.is_some())
}

macro_rules! upsert_parts {
    ($connection:expr, $rows:expr) => {
        diesel::insert_into(parts::table)
            .values($rows)
            .on_conflict((parts::turn_id, parts::part_id))
            .do_update()
            .set((
                parts::upstream_session.eq(diesel::upsert::excluded(parts::upstream_session)),
                parts::ordinal.eq(diesel::upsert::excluded(parts::ordinal)),
                parts::body.eq(diesel::upsert::excluded(parts::body)),
                parts::grows.eq(diesel::upsert::excluded(parts::grows)),
            ))
            .execute($connection)
            .await?;
    };
}
pub(super) use upsert_parts;

/// What became of an attempt to append to a log.
pub(super) struct Appended {
    pub(super) is_held: bool,
    pub(super) last: i64,
}

/// Appends to a log in one statement, if the lease holds and the log ends there.
pub(super) async fn append_events(
    connection: &mut AsyncPgConnection,
    lease: &Lease,
    after: i64,
    payloads: &[String],
) -> Outcome<Appended> {
    let query = AppendEvents {
        turn: lease.turn.get(),
        owner: lease.owner.clone(),
        attempt: stored(lease.attempt)?,
        after,
        payloads: payloads.to_vec(),
    };
    let (held, last): (i64, i64) = query.get_result(connection).await?;
    Ok(Appended { is_held: held == 1, last })
}

#[derive(Debug, QueryId)]
struct AppendEvents {
    turn: i64,
    owner: String,
    attempt: i64,
    after: i64,
    payloads: Vec<String>,
}

impl Query for AppendEvents {
    type SqlType = (BigInt, BigInt);
}

impl QueryFragment<Pg> for AppendEvents {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH held AS (SELECT id FROM opencode_turns WHERE id = ");
        out.push_bind_param::<BigInt, _>(&self.turn)?;
        out.push_sql(" AND owner = ");
        out.push_bind_param::<Text, _>(&self.owner)?;
        out.push_sql(" AND attempt = ");
        out.push_bind_param::<BigInt, _>(&self.attempt)?;
        out.push_sql(
            " AND state <> 'ended' FOR SHARE), \
             last AS (SELECT COALESCE(MAX(seq), 0) AS seq FROM opencode_events WHERE turn_id = ",
        );
        out.push_bind_param::<BigInt, _>(&self.turn)?;
        out.push_sql(
            "), added AS (INSERT INTO opencode_events (turn_id, seq, payload) \
             SELECT held.id, last.seq + given.place, given.payload FROM held, last, unnest(",
        );
        out.push_bind_param::<Array<Text>, _>(&self.payloads)?;
        out.push_sql(") WITH ORDINALITY AS given (payload, place) WHERE last.seq = ");
        out.push_bind_param::<BigInt, _>(&self.after)?;
        out.push_sql(" RETURNING 1) SELECT (SELECT COUNT(*) FROM held), (SELECT seq FROM last)");
        Ok(())
    }
}

pub(super) async fn load_events(
    connection: &mut AsyncPgConnection,
    turn: i64,
    after: i64,
    limit: i64,
) -> Outcome<Vec<LoggedEvent>> {
    let rows: Vec<(i64, String)> = events::table
        .filter(events::turn_id.eq(turn))
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(limit)
        .select((events::seq, events::payload))
        .load(connection)
        .await?;
    rows.into_iter().map(|(seq, payload)| Ok(LoggedEvent::new(number(seq)?, payload))).collect()
}

/// What matters of the database's settings.
#[derive(Debug, QueryableByName)]
pub(super) struct Settings {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
    #[diesel(sql_type = Text)]
    read_only: String,
}

pub(super) async fn settings(connection: &mut AsyncPgConnection) -> Outcome<Settings> {
    Ok(diesel::sql_query(
        "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, \
         current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit, \
         current_setting('transaction_read_only') AS read_only",
    )
    .get_result(connection)
    .await?)
}

impl Settings {
    pub(super) fn judge(&self, diagnosis: &mut Diagnosis) {
        diagnosis.fine(format!("the database is of version {}", self.version));
        if self.encoding != "UTF8" {
            let encoding = &self.encoding;
            diagnosis
                .broken(format!("the database holds text as {encoding}: create it with ENCODING 'UTF8'"));
        }
        if self.fsync != "on" {
            diagnosis.warn("fsync is off: a loss of power may destroy the database");
        }
        if self.synchronous_commit == "off" {
            diagnosis.warn("synchronous_commit is off: a crash may take the last writes back");
        }
        if self.read_only == "on" {
            diagnosis.broken("the database takes no writes: is it a standby?");
        }
    }
}
