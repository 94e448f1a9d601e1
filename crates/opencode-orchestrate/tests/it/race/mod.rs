//! One subject, many processes: however they die, one session is left on the server.

mod crowd;
mod sqlite;
mod worker;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::postgres::PostgresOptions;
use opencode_store::session::Sessions;
use opencode_store::sqlite::SqliteOptions;

use opencode_store::{Store, StoreOptions};
use opencode_testkit::server::{Fault, Server};
use opencode_wire::Client;
use opencode_wire::api::ListSessions;
use opencode_wire::ids::{Clock, SystemClock};

use self::crowd::Crowd;
use self::worker::{Got, LEASE, TASKS, subject};

/// How many processes ask at once.
const PROCESSES: usize = 16;
/// How many attempts die between the making of a session and its binding. Whoever waits does so for three leases.
const DEATHS: usize = 2;
/// How many die with each of them that wait for it, so that half of all are left.
const BYSTANDERS: usize = PROCESSES / 2 / DEATHS - 1;
/// How long after the end of its lease an attempt is swept.
const GRACE: Duration = Duration::from_secs(60);

/// The time at which every lease has ended, and every grace, so that no test waits for it.
#[derive(Debug)]
struct Afterwards;

impl Clock for Afterwards {
    fn unix_millis(&self) -> u64 {
        SystemClock.unix_millis() + 3_600_000
    }
}

/// Every process gets the same session, and one task has made it.
pub(crate) async fn all_processes_get_one_session(store_url: &str) {
    let server = Server::start().await;
    let mut crowd = Crowd::gather(PROCESSES, store_url, server.url()).await;
    crowd.go().await;
    let got = crowd.collect().await;
    assert_eq!(got.len(), PROCESSES * TASKS);
    expect_one_session(&got, &server, store_url).await;
    assert_eq!(server.requests_to("POST", "/session").len(), 1, "nobody has made a second one");
}

/// Processes are killed while the server makes a session for them, and others while they wait for that.
pub(crate) async fn what_killed_processes_have_made_is_swept(store_url: &str) {
    let server = Server::start().await;
    // Applied, and the answer withheld: the session is there, and nobody knows of it.
    server.fault(Fault::on("POST", "/session").hold("made").times(DEATHS));
    let mut crowd = Crowd::gather(PROCESSES, store_url, server.url()).await;
    crowd.go().await;
    for death in 1..=DEATHS {
        let requests = server.wait_for_requests("POST", "/session", death).await;
        let minter = requests[death - 1].headers["user-agent"].clone();
        crowd.kill(&minter).await;
        for _ in 0..BYSTANDERS {
            crowd.kill_any().await;
        }
    }
    let got = crowd.collect().await;
    assert_eq!(got.len(), PROCESSES / 2 * TASKS, "half of them are left");
    assert_eq!(server.requests_to("POST", "/session").len(), DEATHS + 1);
    assert_eq!(alive(&server).await.len(), DEATHS + 1, "the dead have left theirs");
    expect_one_session(&got, &server, store_url).await;
}

/// Sweeps, and looks at what everybody got and what is left.
async fn expect_one_session(got: &[Got], server: &Server, store_url: &str) {
    let ids: BTreeSet<&String> = got.iter().map(|got| &got.id).collect();
    assert_eq!(ids.len(), 1, "everybody got the same session");
    assert_eq!(got.iter().filter(|got| got.just_created).count(), 1, "one has made it");

    let store = open_afterwards(store_url).await;
    let upstream = ClientUpstream::new(Client::new(server.url()).unwrap());
    let sessions = Sessions::new(store.sessions(), Arc::new(upstream)).with_lease(LEASE).with_grace(GRACE);
    let before = alive(server).await.len();
    let swept = sessions.sweep().await.unwrap();
    assert_eq!((swept.deleted, swept.failed), (before - 1, 0));
    assert_eq!(alive(server).await, ids.into_iter().cloned().collect::<Vec<_>>(), "one is left: that one");
    assert_eq!(sessions.sweep().await.unwrap().forgotten, 0, "nothing is noted any more");
    let session = store.sessions().session(&subject()).await.unwrap().expect("it is bound");
    assert_eq!((session.upstream_id.unwrap().as_str(), session.generation), (got[0].id.as_str(), 1));
}

/// A store after every lease has ended, and every grace.
pub(crate) async fn open_afterwards(url: &str) -> Store {
    let clock = Arc::new(Afterwards);
    let options = StoreOptions::default()
        .with_sqlite(SqliteOptions::default().with_clock(Arc::clone(&clock) as _))
        .with_postgres(PostgresOptions::default().with_clock(clock));
    Store::open_with(url, options).await.unwrap()
}

async fn alive(server: &Server) -> Vec<String> {
    let client = Client::new(server.url()).unwrap();
    let sessions = client.sessions().list(&ListSessions::default()).await.unwrap();
    sessions.into_iter().map(|session| session.id.as_str().to_owned()).collect()
}
