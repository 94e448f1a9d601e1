//! rusqlite: one connection under a mutex, prepared statements, one transaction for each call.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{Connection, params};

use super::super::load::load_threads;
use super::super::steps::{PROMPT, event, number};

pub(crate) struct PlainSqlite {
    connection: Mutex<Connection>,
    next_turn: AtomicI64,
}

impl PlainSqlite {
    pub(super) fn open(path: &Path, is_full: bool) -> Self {
        let connection = Connection::open(path).expect("the file opens");
        connection.set_prepared_statement_cache_capacity(64);
        let synchronous = if is_full { "FULL" } else { "NORMAL" };
        let settings = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; \
             PRAGMA cache_size = -16000;"
        );
        connection.execute_batch(&settings).expect("the settings are taken");
        // Turns of which only events are stored have numbers that no other turn gets.
        Self { connection: Mutex::new(connection), next_turn: AtomicI64::new(1 << 40) }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().expect("nobody has panicked")
    }

    fn transaction<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let connection = self.lock();
        let run = || {
            connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let value = work(&connection)?;
            connection.prepare_cached("COMMIT")?.execute([])?;
            Ok::<T, rusqlite::Error>(value)
        };
        run().expect("the transaction is stored")
    }

    pub(super) fn admissions(&self, callers: usize) -> f64 {
        load_threads(callers, |_| {
            self.transaction(admit);
            1
        })
    }

    pub(super) fn turns(&self, workers: usize, stock: usize) -> f64 {
        self.transaction(|connection| (0..stock).try_for_each(|_| admit(connection)));
        load_threads(workers, |_| {
            let turn: i64 = self.transaction(|connection| {
                connection
                    .prepare_cached(
                        "UPDATE opencode_turns SET state = 'claimed', owner = 'worker', attempt = attempt + 1, \
                         lease_until = ?1, started_at = ?2 WHERE id = (SELECT id FROM opencode_turns \
                         WHERE state = 'ready' ORDER BY id LIMIT 1) RETURNING id",
                    )?
                    .query_row(params![i64::MAX, NOW], |row| row.get(0))
            });
            self.transaction(|connection| {
                connection
                    .prepare_cached(
                        "UPDATE opencode_turns SET state = 'ended', end_kind = 'completed', end_message = '', \
                         ended_at = ?1 WHERE id = ?2 AND owner = 'worker' AND attempt = 1",
                    )?
                    .execute(params![NOW, turn])
            });
            1
        })
    }

    pub(super) fn insert_or_get(&self, racers: usize) -> f64 {
        let base = number();
        let places: Vec<AtomicI64> = (0..racers).map(|_| AtomicI64::new(0)).collect();
        load_threads(racers, |racer| {
            let key = format!("race/{base}/{}", places[racer].fetch_add(1, Ordering::Relaxed));
            let find = |connection: &Connection| {
                connection
                    .prepare_cached(
                        "SELECT id FROM opencode_sessions WHERE scope = 'bench' AND key = ?1 AND agent = ''",
                    )
                    .expect("a statement")
                    .query_row(params![key], |row| row.get::<_, i64>(0))
                    .ok()
            };
            if find(&self.lock()).is_none() {
                self.transaction(|connection| {
                    connection
                        .prepare_cached(
                            "INSERT INTO opencode_sessions (scope, key, agent, status, generation, mint_until, \
                             created_at, updated_at) VALUES ('bench', ?1, '', 'idle', 0, 0, ?2, ?2) \
                             ON CONFLICT DO NOTHING",
                        )?
                        .execute(params![key, NOW])
                });
                find(&self.lock()).expect("somebody has inserted it");
            }
            1
        })
    }

    pub(super) fn appends(&self, batch: usize) -> f64 {
        let turn = self.next_turn.fetch_add(1, Ordering::Relaxed);
        let seq = AtomicI64::new(0);
        let payloads: Vec<String> = (0..batch as u64).map(event).collect();
        load_threads(1, |_| {
            self.append(turn, &seq, &payloads);
            batch
        })
    }

    fn append(&self, turn: i64, seq: &AtomicI64, payloads: &[String]) {
        self.transaction(|connection| {
            let mut insert = connection
                .prepare_cached("INSERT INTO opencode_events (turn_id, seq, payload) VALUES (?1, ?2, ?3)")?;
            for payload in payloads {
                insert.execute(params![turn, seq.fetch_add(1, Ordering::Relaxed) + 1, payload])?;
            }
            Ok(())
        });
    }

    pub(super) fn store_events(&self, turn: i64, count: u64) {
        let payloads: Vec<String> = (0..count).map(event).collect();
        self.append(turn, &AtomicI64::new(0), &payloads);
    }

    pub(super) fn replay(&self, turn: i64) -> usize {
        let connection = self.lock();
        let mut select = connection
            .prepare_cached("SELECT seq, payload FROM opencode_events WHERE turn_id = ?1 ORDER BY seq")
            .expect("a statement");
        let rows =
            select.query_map(params![turn], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
        rows.expect("the events are read").map(std::hint::black_box).filter(Result::is_ok).count()
    }
}

/// Inserts a session and its first turn.
fn admit(connection: &Connection) -> rusqlite::Result<()> {
    let number = number();
    let key = format!("conversation/{number}");
    let session: i64 = connection
        .prepare_cached(
            "INSERT INTO opencode_sessions (scope, key, agent, status, generation, mint_until, created_at, \
             updated_at) VALUES ('bench', ?1, '', 'idle', 0, 0, ?2, ?2) RETURNING id",
        )?
        .query_row(params![key, NOW], |row| row.get(0))?;
    let message = format!("msg_{number:026}");
    connection
        .prepare_cached(
            "INSERT INTO opencode_turns (session_id, scope, message_id, payload, prompt, delivery, lane, \
             state, attempt, lease_until, admitted_at, pruned_to) \
             VALUES (?1, 'bench', ?2, ?3, ?4, 'queue', 1, 'ready', 0, 0, ?5, 0) RETURNING id",
        )?
        .query_row(params![session, message, DIGEST, PROMPT, NOW], |row| row.get::<_, i64>(0))?;
    Ok(())
}

/// A time as it is stored.
const NOW: i64 = 1_790_000_000_000;
/// A digest as it is stored.
const DIGEST: &str = "0123456789abcdef0123456789abcdef";
