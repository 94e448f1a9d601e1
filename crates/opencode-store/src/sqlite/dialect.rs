//! What SQLite says in its own way. Whoever writes has the file to himself, so a lock is only a look.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection as _};

use super::connection::Connection;
use crate::db::failure::Failure;
use crate::db::migrations::Wording;
use crate::db::rows::{number, stored};
use crate::db::schema::{events, sessions, turns};
use crate::event::LoggedEvent;
use crate::session::Subject;
use crate::turn::Lease;

type Outcome<T> = Result<T, Failure>;

pub(super) const WORDING: Wording = Wording {
    // Numbers are never given twice, not even that of a row that was deleted.
    row_id: "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
    clustered: " WITHOUT ROWID",
};

/// The whole migration is one transaction, and whoever began it has the file.
pub(super) async fn lock_schema(_: &mut Connection) -> Outcome<()> {
    Ok(())
}

pub(super) async fn lock_subject(connection: &mut Connection, subject: &Subject) -> Outcome<Option<i64>> {
    let id = sessions::table
        .filter(sessions::scope.eq(subject.scope()))
        .filter(sessions::key.eq(subject.key()))
        .filter(sessions::agent.eq(subject.agent()))
        .select(sessions::id)
        .first(connection)
        .await;
    Ok(id.optional()?)
}

pub(super) async fn lock_session(_: &mut Connection, _session: i64) -> Outcome<()> {
    Ok(())
}

pub(super) async fn lock_session_of(_: &mut Connection, _turn: i64) -> Outcome<()> {
    Ok(())
}

pub(super) async fn try_lock_session(_: &mut Connection, _session: i64) -> Outcome<bool> {
    Ok(true)
}

/// Whether there is such a turn.
pub(super) async fn lock_turn(connection: &mut Connection, turn: i64) -> Outcome<bool> {
    let id: Option<i64> = turns::table.find(turn).select(turns::id).first(connection).await.optional()?;
    Ok(id.is_some())
}

/// Whether the lease holds; it does until the transaction ends.
pub(super) async fn share_turn(connection: &mut Connection, lease: &Lease) -> Outcome<bool> {
    let id: Option<i64> = turns::table
        .find(lease.turn.get())
        .filter(turns::owner.eq(&lease.owner))
        .filter(turns::attempt.eq(stored(lease.attempt)?))
        .filter(turns::state.ne("ended"))
        .select(turns::id)
        .first(connection)
        .await
        .optional()?;
    Ok(id.is_some())
}

/// A list of rows cannot be upserted in one statement here; within a transaction that makes no difference.
macro_rules! upsert_parts {
    ($connection:expr, $rows:expr) => {
        for row in $rows {
            diesel::insert_into(parts::table)
                .values(row)
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
        }
    };
}
pub(super) use upsert_parts;

/// What became of an attempt to append to a log.
pub(super) struct Appended {
    pub(super) is_held: bool,
    pub(super) last: i64,
}

/// Appends to a log, if the lease holds and the log ends there.
pub(super) async fn append_events(
    connection: &mut Connection,
    lease: &Lease,
    after: i64,
    payloads: &[String],
) -> Outcome<Appended> {
    let is_held = share_turn(connection, lease).await?;
    let turn = lease.turn.get();
    let last: Option<i64> = events::table
        .filter(events::turn_id.eq(turn))
        .order(events::seq.desc())
        .select(events::seq)
        .first(connection)
        .await
        .optional()?;
    let last = last.unwrap_or_default();
    if is_held && last == after {
        insert_events(connection, turn, after, payloads).await?;
    }
    Ok(Appended { is_held, last })
}

async fn insert_events(
    connection: &mut Connection,
    turn: i64,
    after: i64,
    payloads: &[String],
) -> Outcome<()> {
    if let [payload] = payloads {
        diesel::insert_into(events::table)
            .values((events::turn_id.eq(turn), events::seq.eq(after + 1), events::payload.eq(payload)))
            .execute(connection)
            .await?;
        return Ok(());
    }
    let list = serde_json::to_string(payloads)
        .map_err(|source| crate::Error::invalid("an event cannot be written").with_source(source))?;
    InsertEvents { turn, after, list }.execute(connection).await?;
    Ok(())
}

/// Inserts a list of events, which comes as one JSON array of strings.
#[derive(Debug, QueryId)]
struct InsertEvents {
    turn: i64,
    after: i64,
    list: String,
}

impl QueryFragment<Sqlite> for InsertEvents {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO opencode_events (turn_id, seq, payload) SELECT ");
        out.push_bind_param::<BigInt, _>(&self.turn)?;
        out.push_sql(", key + 1 + ");
        out.push_bind_param::<BigInt, _>(&self.after)?;
        out.push_sql(", value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql(")");
        Ok(())
    }
}

impl diesel::query_builder::Query for InsertEvents {
    type SqlType = ();
}

pub(super) async fn load_events(
    connection: &mut Connection,
    turn: i64,
    after: i64,
    limit: i64,
) -> Outcome<Vec<LoggedEvent>> {
    // Straight from the connection: the asynchronous one copies each row before it is read.
    let rows = connection
        .spawn_blocking(move |connection| {
            let query = events::table
                .filter(events::turn_id.eq(turn))
                .filter(events::seq.gt(after))
                .order(events::seq)
                .limit(limit)
                .select((events::seq, events::payload));
            diesel::RunQueryDsl::load::<(i64, String)>(query, connection)
        })
        .await?;
    rows.into_iter().map(|(seq, payload)| Ok(LoggedEvent::new(number(seq)?, payload))).collect()
}

/// What SQLite itself finds wrong with the file: `ok`, or the first fault.
pub(super) async fn quick_check(connection: &mut Connection) -> Outcome<String> {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let check = diesel::sql_query("PRAGMA quick_check(1)").get_result::<Check>(connection).await?;
    Ok(check.quick_check)
}

/// Writes something and takes it back.
pub(super) async fn probe(connection: &mut Connection) -> Outcome<()> {
    connection.batch_execute("CREATE TABLE opencode_probe (id BIGINT); DROP TABLE opencode_probe").await?;
    Ok(())
}
