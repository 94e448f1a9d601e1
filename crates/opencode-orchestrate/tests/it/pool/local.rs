//! Servers that are started when they are needed, and ended when they are not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use opencode_orchestrate::hooks::{HookResult, TurnHooks};
use opencode_orchestrate::pool::{PoolError, PoolOptions, ServerPool};
use opencode_orchestrate::turn::{RunOptions, Turn, TurnRunner};
use opencode_store::Store;
use opencode_store::turn::{EndKind, TurnRecord};
use opencode_testkit::server::Script;
use opencode_wire::drive::CancellationToken;
use rustix::process::{Pid, Signal, kill_process};

use super::stand_in::StandIn;
use crate::support::{subject, until_gone};

const HANGS_AFTER: Duration = Duration::from_secs(60);

fn pool(servers: &[(&str, &StandIn)], options: PoolOptions) -> ServerPool {
    let mut builder = ServerPool::builder().options(options);
    for (name, server) in servers {
        builder = builder.server(*name, server.options());
    }
    builder.build()
}

async fn until(pool: &ServerPool, name: &str, is_up: bool) {
    let changed = async {
        while pool.servers().iter().any(|server| server.name == name && server.is_up != is_up) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, changed).await.expect("it should have come to this by now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_started_when_it_is_needed_and_ended_when_nobody_has_used_it_for_long() {
    let one = StandIn::new().await;
    let options = PoolOptions::default()
        .with_idle_after(Duration::from_millis(50))
        .with_look_every(Duration::from_millis(10));
    let pool = pool(&[("one", &one)], options);
    assert!(one.pids().is_empty(), "nobody needs it yet");
    let lease = pool.server(None, None).await.unwrap();
    assert!(lease.client().health().await.is_ok());
    let pid = one.pids()[0];
    drop(lease);
    until_gone(pid).await;
    until(&pool, "one", false).await;
    assert!(pool.server(None, None).await.is_ok(), "it is there again");
    assert_eq!(one.pids().len(), 2);
    pool.shut_down().await;
    until_gone(one.pids()[1]).await;
    assert!(matches!(pool.server(None, None).await, Err(PoolError::ShutDown)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_longest_ago_makes_room_and_what_is_used_does_not() {
    let (one, two, three) = (StandIn::new().await, StandIn::new().await, StandIn::new().await);
    let options = PoolOptions::default().with_live_servers(2);
    let pool = pool(&[("one", &one), ("two", &two), ("three", &three)], options);
    let first = pool.server(Some("one"), None).await.unwrap();
    drop(pool.server(Some("two"), None).await.unwrap());
    drop(first);
    let second = pool.server(Some("two"), None).await.unwrap();
    let third = pool.server(Some("three"), None).await.unwrap();
    until_gone(one.pids()[0]).await;
    let waits = tokio::spawn({
        let pool = pool.clone();
        async move { pool.server(Some("one"), None).await.map(drop) }
    });
    // Nothing says that it waits; that it does not start one can be seen for as long as anybody looks.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!((one.pids().len(), waits.is_finished()), (1, false), "both that run are used");
    drop(second);
    tokio::time::timeout(HANGS_AFTER, waits).await.expect("it hangs").unwrap().unwrap();
    until_gone(two.pids()[0]).await;
    drop(third);
    assert_eq!(three.pids().len(), 1);
    pool.shut_down().await;
}

/// In an earlier system whoever came in the moment of the crash started one each.
#[tokio::test(flavor = "multi_thread")]
async fn g23_many_who_need_a_server_that_has_just_died_get_one() {
    let one = StandIn::new().await;
    let pool = pool(&[("one", &one)], PoolOptions::default());
    let lease = pool.server(None, None).await.unwrap();
    let pid = i32::try_from(one.pids()[0]).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let many = join_all((0..8).map(|_| async {
        lease.lost().await;
        pool.server(None, None).await.map(drop)
    }));
    let many = tokio::time::timeout(HANGS_AFTER, many).await.expect("they hang");
    assert!(many.into_iter().all(|one| one.is_ok()));
    assert_eq!(one.pids().len(), 2);
    drop(lease);
    pool.shut_down().await;
}

/// Nobody who has got in finds the server ended under him, whenever it is looked what can be.
#[tokio::test(flavor = "multi_thread")]
async fn g24_eviction_races_with_those_who_come_and_takes_no_server_from_them() {
    let (one, two) = (StandIn::new().await, StandIn::new().await);
    let options = PoolOptions::default()
        .with_live_servers(1)
        .with_idle_after(Duration::ZERO)
        .with_look_every(Duration::from_millis(1));
    let pool = pool(&[("one", &one), ("two", &two)], options);
    let users = (0..4).map(|number| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for round in 0..8 {
                let name = if (number + round) % 2 == 0 { "one" } else { "two" };
                let lease = pool.server(Some(name), Some("/here")).await.unwrap();
                tokio::select! {
                    biased;
                    () = lease.lost() => panic!("it is gone"),
                    health = lease.client().health() => assert!(health.is_ok()),
                }
            }
        })
    });
    let done = tokio::time::timeout(HANGS_AFTER, join_all(users)).await.expect("somebody waits for ever");
    done.into_iter().for_each(|user| user.unwrap());
    pool.shut_down().await;
    assert!(one.pids().len() > 1 || two.pids().len() > 1, "nothing was ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_nobody_uses_is_forgotten_unless_the_server_works_there() {
    let one = StandIn::new().await;
    let options = PoolOptions::default()
        .with_forget_after(Duration::from_millis(20))
        .with_look_every(Duration::from_millis(10));
    let pool = pool(&[("one", &one)], options);
    let used = pool.server(None, Some("/used")).await.unwrap();
    drop(pool.server(None, Some("/unused/")).await.unwrap());
    let somebodys = used.client().with_directory("/worked-in").unwrap();
    let session = somebodys.sessions().create("somebody else's").await.unwrap();
    one.server.default_script(Script::new().text("On it.").hold("for ever"));
    session.send_prompt_async(&"Work.".into()).await.unwrap();
    one.server.wait_for_hold("for ever").await;
    drop(pool.server(None, Some("/worked-in")).await.unwrap());
    let disposed = || one.server.requests_to("POST", "/instance/dispose").len();
    let asked = || one.server.requests_to("GET", "/session/status").len();
    let looked = async {
        while disposed() < 1 || asked() < 4 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, looked).await.expect("nothing is forgotten");
    assert_eq!(disposed(), 1);
    assert_eq!(pool.servers()[0].directories, 2, "the other two are kept in mind");
    drop(used);
    pool.shut_down().await;
}

/// Counts how often it is told that a server was lost.
#[derive(Default)]
struct Counted(AtomicUsize);

#[async_trait]
impl TurnHooks for Counted {
    async fn on_server_lost(&self, _turn: &TurnRecord) -> HookResult {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g24_a_turn_whose_server_dies_is_told_and_carried_on_with_the_next_one() {
    let one = StandIn::new().await;
    one.server.default_script(Script::new().text("It has ").hold("half-way").text("ended."));
    let pool = pool(&[("one", &one)], PoolOptions::default());
    let hooks = Arc::new(Counted::default());
    let runner =
        TurnRunner::new(Store::memory(), &pool, RunOptions::default()).with_hooks(Arc::clone(&hooks) as _);
    let turn = Turn::on(&runner, &subject(), "Go.");
    let running = tokio::spawn(turn.run(CancellationToken::new()));
    one.server.wait_for_hold("half-way").await;
    let pid = i32::try_from(one.pids()[0]).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let told = async {
        while hooks.0.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, told).await.expect("nobody is told");
    one.server.release("half-way");
    let outcome = tokio::time::timeout(HANGS_AFTER, running).await.expect("the turn hangs").unwrap().unwrap();
    assert_eq!(outcome.status(), EndKind::Completed, "{:?}", outcome.end());
    assert_eq!((outcome.turn.attempt, one.pids().len()), (2, 2));
    one.server.assert_prompts(1);
    pool.shut_down().await;
}
