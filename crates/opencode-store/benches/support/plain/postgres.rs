//! tokio-postgres: eight connections, prepared statements, one statement and one commit for each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio_postgres::{Client, NoTls, Statement};

use super::super::load::load;
use super::super::steps::{PROMPT, event, number};

/// How many connections there are.
const CONNECTIONS: usize = 8;

pub(crate) struct PlainPostgres {
    /// Of which each is used by one caller at a time.
    connections: Vec<tokio::sync::Mutex<Connection>>,
    next_turn: AtomicI64,
}

struct Connection {
    client: Client,
    admit: Statement,
    claim: Statement,
    finish: Statement,
    find: Statement,
    insert: Statement,
    append: Statement,
    read: Statement,
}

impl PlainPostgres {
    pub(super) async fn open(url: &str) -> Self {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(tokio::sync::Mutex::new(Connection::open(url).await));
        }
        Self { connections, next_turn: AtomicI64::new(1 << 40) }
    }

    fn connection(&self, caller: usize) -> &tokio::sync::Mutex<Connection> {
        &self.connections[caller % CONNECTIONS]
    }

    pub(super) async fn admissions(self: &Arc<Self>, callers: usize) -> f64 {
        let plain = Arc::clone(self);
        let admit = move |caller| {
            let plain = Arc::clone(&plain);
            async move {
                let connection = plain.connection(caller).lock().await;
                let number = number();
                let (key, message) = (format!("conversation/{number}"), format!("msg_{number:026}"));
                let Connection { client, admit, .. } = &*connection;
                client.query_one(admit, &[&key, &message, &PROMPT]).await.expect("the turn is admitted");
                1
            }
        };
        load(callers, admit).await.rate
    }

    pub(super) async fn turns(self: &Arc<Self>, workers: usize, stock: usize) -> f64 {
        self.connection(0).lock().await.stock(stock).await;
        let plain = Arc::clone(self);
        let turn = move |worker| {
            let plain = Arc::clone(&plain);
            async move {
                let connection = plain.connection(worker).lock().await;
                let Connection { client, claim, finish, .. } = &*connection;
                let turn: i64 = client.query_one(claim, &[]).await.expect("a turn is ready").get(0);
                client.execute(finish, &[&turn]).await.expect("the turn ends");
                1
            }
        };
        load(workers, turn).await.rate
    }

    pub(super) async fn insert_or_get(self: &Arc<Self>, racers: usize) -> f64 {
        let plain = Arc::clone(self);
        let base = number();
        let places: Arc<[AtomicI64]> = (0..racers).map(|_| AtomicI64::new(0)).collect();
        let race = move |racer: usize| {
            let (plain, places) = (Arc::clone(&plain), Arc::clone(&places));
            async move {
                let key = format!("race/{base}/{}", places[racer].fetch_add(1, Ordering::Relaxed));
                let connection = plain.connection(racer).lock().await;
                let Connection { client, find, insert, .. } = &*connection;
                if client.query_opt(find, &[&key]).await.expect("the row is read").is_none() {
                    client.execute(insert, &[&key]).await.expect("the row is stored");
                    client.query_one(find, &[&key]).await.expect("somebody has inserted it");
                }
                1
            }
        };
        load(racers, race).await.rate
    }

    pub(super) async fn appends(self: &Arc<Self>, batch: usize) -> f64 {
        let plain = Arc::clone(self);
        let turn = self.next_turn.fetch_add(1, Ordering::Relaxed);
        let payloads: Arc<Vec<String>> = Arc::new((0..batch as u64).map(event).collect());
        let last = Arc::new(AtomicI64::new(0));
        let append = move |caller| {
            let (plain, payloads, last) = (Arc::clone(&plain), Arc::clone(&payloads), Arc::clone(&last));
            async move {
                let added = i64::try_from(payloads.len()).expect("a small number");
                let after = last.fetch_add(added, Ordering::Relaxed);
                plain.connection(caller).lock().await.append(turn, after, &payloads).await;
                payloads.len()
            }
        };
        load(1, append).await.rate
    }

    pub(super) async fn store_events(&self, turn: i64, count: u64) {
        let payloads: Vec<String> = (0..count).map(event).collect();
        self.connection(0).lock().await.append(turn, 0, &payloads).await;
    }

    pub(super) async fn replay(&self, turn: i64) -> usize {
        let connection = self.connection(0).lock().await;
        let rows = connection.client.query(&connection.read, &[&turn]).await.expect("the events are read");
        let events = rows.iter().map(|row| (row.get::<_, i64>(0), row.get::<_, String>(1)));
        events.map(std::hint::black_box).count()
    }
}

impl Connection {
    async fn open(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
        tokio::spawn(connection);
        let prepare = async |text: &str| client.prepare(text).await.expect("a statement");
        let admit = prepare(
            "WITH made AS (INSERT INTO opencode_sessions (scope, key, agent, status, generation, mint_until, \
             created_at, updated_at) VALUES ('bench', $1, '', 'idle', 0, 0, 0, 0) RETURNING id) \
             INSERT INTO opencode_turns (session_id, scope, message_id, payload, prompt, delivery, lane, state, \
             attempt, lease_until, admitted_at, pruned_to) \
             SELECT id, 'bench', $2, '0123456789abcdef0123456789abcdef', $3, 'queue', 1, 'ready', 0, 0, 0, 0 \
             FROM made RETURNING id",
        );
        let claim = prepare(
            "UPDATE opencode_turns SET state = 'claimed', owner = 'worker', attempt = attempt + 1, \
             lease_until = 9000000000000000000, started_at = 0 WHERE id = (SELECT id FROM opencode_turns \
             WHERE state = 'ready' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id",
        );
        let finish = prepare(
            "UPDATE opencode_turns SET state = 'ended', end_kind = 'completed', end_message = '', ended_at = 0 \
             WHERE id = $1 AND owner = 'worker' AND attempt = 1",
        );
        let find =
            prepare("SELECT id FROM opencode_sessions WHERE scope = 'bench' AND key = $1 AND agent = ''");
        let insert = prepare(
            "INSERT INTO opencode_sessions (scope, key, agent, status, generation, mint_until, created_at, \
             updated_at) VALUES ('bench', $1, '', 'idle', 0, 0, 0, 0) ON CONFLICT DO NOTHING",
        );
        let append = prepare(
            "INSERT INTO opencode_events (turn_id, seq, payload) \
             SELECT $1, $2 + place, payload FROM unnest($3::TEXT[]) WITH ORDINALITY AS given (payload, place)",
        );
        let read = prepare("SELECT seq, payload FROM opencode_events WHERE turn_id = $1 ORDER BY seq");
        let (admit, claim, finish, find) = (admit.await, claim.await, finish.await, find.await);
        let (insert, append, read) = (insert.await, append.await, read.await);
        Self { client, admit, claim, finish, find, insert, append, read }
    }

    /// Adds turns that are ready, in one transaction.
    async fn stock(&self, count: usize) {
        let Self { client, admit, .. } = self;
        client.batch_execute("BEGIN").await.expect("a transaction begins");
        for _ in 0..count {
            let number = number();
            let (key, message) = (format!("conversation/{number}"), format!("msg_{number:026}"));
            client.query_one(admit, &[&key, &message, &PROMPT]).await.expect("the turn is admitted");
        }
        client.batch_execute("COMMIT").await.expect("the transaction is stored");
    }

    async fn append(&self, turn: i64, after: i64, payloads: &Vec<String>) {
        let Self { client, append, .. } = self;
        client.execute(append, &[&turn, &after, payloads]).await.expect("the events are stored");
    }
}
