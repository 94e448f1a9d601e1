//! A server that is killed and started again.

use opencode_store::event::{Tail, TailItem};
use opencode_store::postgres::PostgresOptions;
use opencode_store::turn::TurnFilter;
use opencode_store::{ErrorKind, Store};
use opencode_testkit::postgres::Postgres;
use tokio::sync::watch;

use super::open;
use crate::steps::{admission, append, claimed, completed, soon, subject, to};

/// Admits until it is told to stop, and repeats what has failed. Gives how many were admitted, and how many calls
/// failed.
async fn admit(store: Store, name: usize, mut over: watch::Receiver<bool>) -> (usize, usize) {
    let (mut admitted, mut failed) = (0, 0);
    while !*over.borrow_and_update() {
        let admission = to(&format!("crowd {}", name % 3), &format!("turn {name} {admitted}"));
        match store.turns().admit(&admission).await {
            Ok(_) => admitted += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
                failed += 1;
            }
        }
    }
    (admitted, failed)
}

/// Appends until it is told to stop. Gives the number of the last event.
async fn log(store: Store, claim: opencode_store::turn::Claim, over: watch::Receiver<bool>) -> u64 {
    let mut last = 0;
    while !*over.borrow() {
        match append(&store, &claim, last, 100).await {
            Ok(appended) => last = appended,
            // It was stored before the answer was lost.
            Err(error) if error.kind() == ErrorKind::Conflict => last += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_admitted_and_appended_during_crashes_is_stored_once() {
    let Some(mut server) = Postgres::builder().start_or_skip().await else { return };
    let options = PostgresOptions::default().with_pool_size(4);
    let store = open(server.url(), options.clone()).await;
    let other = open(server.url(), options).await;
    store.migrate().await.unwrap();
    let claim = claimed(&store, "log").await;
    let (over, is_over) = watch::channel(false);
    let handle = |number: usize| [&store, &other][number % 2].clone();
    let admitting: Vec<_> =
        (0..12).map(|name| tokio::spawn(admit(handle(name), name, is_over.clone()))).collect();
    let logging = tokio::spawn(log(store.clone(), claim.clone(), is_over.clone()));
    let mut tail = Tail::new(other.events(), claim.turn.id, 0);
    let mut seen = 0;
    for _ in 0..3 {
        // In the middle: somebody has got through since the last crash.
        seen = soon("an event after a crash", follow(&mut tail, seen, seen + 20)).await;
        server.kill().await;
        let error = super::until_told(&store, ErrorKind::Unavailable).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        server.start().await.unwrap();
    }
    soon("an event after the last crash", follow(&mut tail, seen, seen + 20)).await;
    over.send_replace(true);

    let last = logging.await.unwrap();
    let page = other.events().read(claim.turn.id, 0, 1_000_000).await.unwrap();
    assert_eq!((page.last_seq, page.events.len() as u64), (last, last));
    let (mut admitted, mut failed) = (0, 0);
    for task in admitting {
        let (more, errors) = task.await.unwrap();
        (admitted, failed) = (admitted + more, failed + errors);
    }
    assert!(failed > 0, "nobody has noticed the crashes");
    let mut stored = 0;
    for crowd in 0..3 {
        let session = store.sessions().session(&subject(&format!("crowd {crowd}"))).await.unwrap().unwrap();
        let turns = store.turns().turns(session.id, TurnFilter::All, None, 1_000_000).await.unwrap();
        stored += turns.len();
    }
    // Whoever was cut off by the end of the test may have stored one that it does not know of.
    assert!(
        (admitted..=admitted + 12).contains(&stored),
        "{stored} are stored, and {admitted} were admitted"
    );
    store.turns().finish(&claim.lease, &completed()).await.unwrap();
}

/// Follows a tail up to an event, through errors, and checks that none is missing or comes twice.
async fn follow(tail: &mut Tail, mut seen: u64, to: u64) -> u64 {
    while seen < to {
        match tail.next().await {
            Ok(Some(TailItem::Event(event))) => {
                assert_eq!(event.seq, seen + 1);
                seen = event.seq;
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}"),
        }
    }
    seen
}

#[tokio::test]
async fn whoever_waits_is_woken_after_a_restart_and_by_what_comes_then() {
    let Some(mut server) = Postgres::builder().start_or_skip().await else { return };
    let store = open(server.url(), PostgresOptions::default()).await;
    store.migrate().await.unwrap();
    let other = open(server.url(), PostgresOptions::default()).await;
    let claim = claimed(&store, "one").await;
    for is_crash in [true, false] {
        let mut watches = [
            other.events().watch_turn(claim.turn.id),
            other.turns().watch_work(),
            other.sessions().watch_session(claim.turn.session),
        ];
        if is_crash {
            server.kill().await;
        } else {
            server.stop().await;
        }
        server.start().await.unwrap();
        for watch in &mut watches {
            soon("the wake-up after the restart", watch.changed()).await;
        }
        // Those who tell have to be connected again too: their wake-up says that they are.
        let mut own = store.turns().watch_work();
        soon("the first admission", until_admitted(&store, is_crash)).await;
        soon("the wake-up by it, here", own.changed()).await;
        soon("the wake-up by it, there", watches[1].changed()).await;
    }
}

async fn until_admitted(store: &Store, is_crash: bool) {
    while let Err(error) = store.turns().admit(&admission(&format!("turn {is_crash}"))).await {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    }
}

/// Only the connection that listens is ended, as a proxy does with one that is silent for long.
#[tokio::test]
async fn what_is_told_while_nobody_listens_is_told_afterwards() {
    let Some(server) = Postgres::builder().start_or_skip().await else { return };
    let store = open(server.url(), PostgresOptions::default()).await;
    store.migrate().await.unwrap();
    let other = open(server.url(), PostgresOptions::default()).await;
    let claim = claimed(&store, "one").await;
    for after in 0..20 {
        let mut watch = other.events().watch_turn(claim.turn.id);
        let listening = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE query ILIKE 'listen %' \
             OR query LIKE 'SELECT pg_notify%'";
        super::raw(server.url(), listening).await;
        append(&store, &claim, after, 3).await.unwrap();
        // By being connected again at the latest.
        soon("the wake-up", watch.changed()).await;
    }
}

/// The teller loses its connection and the listener does not, so that nothing but a message can wake it.
#[tokio::test]
async fn a_wake_up_that_is_lost_with_its_teller_is_made_up_for() {
    let Some(server) = Postgres::builder().start_or_skip().await else { return };
    let url = |name: &str| format!("{}?application_name={name}", server.url());
    let store = open(&url("teller"), PostgresOptions::default()).await;
    store.migrate().await.unwrap();
    let other = open(&url("listener"), PostgresOptions::default()).await;
    let claim = claimed(&store, "one").await;
    for after in 0..20 {
        let mut watch = other.events().watch_turn(claim.turn.id);
        let telling = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'teller' \
             AND (query ILIKE 'listen %' OR query LIKE 'SELECT pg_notify%')";
        super::raw(server.url(), telling).await;
        append(&store, &claim, after, 3).await.unwrap();
        soon("the wake-up", watch.changed()).await;
    }
}
