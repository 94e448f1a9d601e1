//! The program of each process: this test binary, asked for the one test below.
//!
//! It is told what to do by the environment, runs a worker until the turn has ended, and says which points it passes.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_orchestrate::worker::Worker;
use opencode_store::postgres::PostgresOptions;
use opencode_store::reply::SnapshotPolicy;
use opencode_store::session::SessionConfig;
use opencode_store::{Store, StoreOptions};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use opencode_wire::ids::MessageId;
use opencode_wire::turn::Deadlines;
use serde::{Deserialize, Serialize};

use super::backend::WatchedStore;
use super::layer::layer;
use super::points::{Plan, Points};

/// The path of the test that is the program.
pub(super) const PROGRAM: &str = "crash::child::the_program_of_each_process";
/// The environment variable with the [`Orders`] of a process.
pub(super) const ORDERS: &str = "OPENCODE_CRASH_ORDERS";

/// What a process has to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) store_url: String,
    pub(crate) server_url: String,
    pub(crate) password: Option<String>,
    /// The turn at whose end it ends, by its prompt.
    pub(crate) message_id: MessageId,
    /// What it calls the sessions that it makes.
    pub(crate) title: String,
    pub(crate) lease: Duration,
    /// How long it waits for an answer of the server: less than a lease.
    pub(crate) patience: Duration,
    /// How long the server may take to begin with a prompt.
    pub(crate) admission: Duration,
    pub(crate) plan: Option<Plan>,
    /// Whether people are asked; refused are the requests of agents without it.
    pub(crate) asks: bool,
}

/// Passes at once unless it was started as a worker.
#[test]
fn the_program_of_each_process() {
    #[expect(clippy::disallowed_methods, reason = "this is how a process is told what it is for")]
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    // One thread, so that the points come in the same order every time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(orders));
}

async fn run(orders: Orders) {
    let points = Arc::new(Points::new(orders.plan));
    // Few connections for each process, because there are many.
    let options = StoreOptions::default().with_postgres(PostgresOptions::default().with_pool_size(3));
    let store = Store::open_with(&orders.store_url, options).await.unwrap();
    let watched = WatchedStore::watch(store.clone(), Arc::clone(&points));
    let mut client = Client::builder()
        .base_url(orders.server_url)
        .response_timeout(Some(orders.patience))
        .layer(layer(points));
    if let Some(password) = orders.password {
        client = client.password(password);
    }
    let mut options = RunOptions::default();
    options.lease = orders.lease;
    // Whatever was said is written at once, so that what is written depends on what is said and not on the clock.
    options.snapshots = SnapshotPolicy::default().with_every(Duration::ZERO);
    options.tell_every = Duration::ZERO;
    options.follow = options.follow.with_deadlines(Deadlines::default().with_admission(orders.admission));
    let policy = if orders.asks { BlockerPolicy::ask() } else { BlockerPolicy::default() };
    let runner = TurnRunner::new(watched, client.build().unwrap(), options).with_blockers(policy);
    let title = orders.title;
    let worker = Worker::new(runner, move |_| SessionConfig::default().with_title(&title));

    let stop = CancellationToken::new();
    let ended = async {
        until_ended(&store, &orders.message_id).await;
        stop.cancel();
    };
    tokio::join!(worker.run(stop.clone()), ended);
}

async fn until_ended(store: &Store, message_id: &MessageId) {
    let turn = store.turns().turn_by_message(message_id).await.unwrap().expect("it was admitted");
    let mut watch = store.events().watch_turn(turn.id);
    while store.turns().turn(turn.id).await.unwrap().expect("turns stay").end.is_none() {
        watch.changed().await;
    }
}
