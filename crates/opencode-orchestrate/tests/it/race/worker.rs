//! The program of each process: this test binary, asked for the one test below.
//!
//! It is told what to do by the environment, says `ready`, waits for a line, and then says what each of its tasks got.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::postgres::PostgresOptions;
use opencode_store::session::{SessionConfig, Sessions, Subject};
use opencode_store::{Store, StoreOptions};
use opencode_wire::Client;
use serde::{Deserialize, Serialize};

/// The path of the test that is the program.
pub(super) const PROGRAM: &str = "race::worker::the_program_of_each_process";
/// The environment variable with the [`Orders`] of a process.
pub(super) const ORDERS: &str = "OPENCODE_RACE_ORDERS";
/// How many tasks of each process ask at once.
pub(super) const TASKS: usize = 16;
/// How long an attempt may take: long enough for a busy machine, because the server answers at once unless it is held.
pub(super) const LEASE: Duration = Duration::from_secs(3);

/// What a process has to do.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    /// What it calls itself towards the server.
    pub(super) name: String,
    pub(super) store_url: String,
    pub(super) server_url: String,
}

/// What one task got.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Got {
    pub(super) id: String,
    pub(super) just_created: bool,
}

/// The one subject that all ask for.
pub(super) fn subject() -> Subject {
    Subject::new("acme", "conversation/42").unwrap()
}

/// Passes at once unless it was started as one of many processes.
#[test]
fn the_program_of_each_process() {
    #[expect(clippy::disallowed_methods, reason = "this is how a process is told what it is for")]
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(orders));
}

async fn run(orders: Orders) {
    // Two connections for each process, because there are many.
    let postgres = PostgresOptions::default().with_pool_size(2);
    let options = StoreOptions::default().with_postgres(postgres);
    let store = Store::open_with(&orders.store_url, options).await.unwrap();
    let client = Client::builder().base_url(orders.server_url).user_agent(orders.name).build().unwrap();
    let sessions = Sessions::new(store.sessions(), Arc::new(ClientUpstream::new(client))).with_lease(LEASE);

    say("ready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let sessions = sessions.clone();
            tokio::spawn(async move { ensure(&sessions).await })
        })
        .collect();
    for task in tasks {
        say(&serde_json::to_string(&task.await.unwrap()).unwrap());
    }
}

async fn ensure(sessions: &Sessions) -> Got {
    let ensured = sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap();
    let id = ensured.session.upstream_id.unwrap().as_str().to_owned();
    Got { id, just_created: ensured.just_created }
}

/// One line for the test, marked so that it is found among what the harness says.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\n> {line}").unwrap();
    stdout.flush().unwrap();
}
