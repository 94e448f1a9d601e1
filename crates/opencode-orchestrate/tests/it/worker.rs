//! Workers on a scripted server, over a store in memory.

use std::time::Duration;

use opencode_orchestrate::turn::Turn;
use opencode_orchestrate::worker::{Worker, WorkerOptions};
use opencode_store::session::{SessionConfig, Subject};
use opencode_store::turn::{ClaimRequest, Delivery, EndKind, TurnFilter, TurnRecord};
use opencode_testkit::server::{Fault, Script};
use opencode_wire::drive::CancellationToken;
use tokio::task::JoinHandle;

use crate::turn::rig::Rig;

const HANGS_AFTER: Duration = Duration::from_secs(60);

/// A worker that runs until it is told to stop.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    fn start(rig: &Rig, options: WorkerOptions) -> Self {
        let worker = Worker::new(rig.runner(), |_| SessionConfig::default()).with_options(options);
        let stop = CancellationToken::new();
        let token = stop.clone();
        Self { stop, task: tokio::spawn(async move { worker.run(token).await }) }
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(HANGS_AFTER, self.task).await.expect("the worker hangs").unwrap();
    }
}

fn subject(scope: &str, key: &str) -> Subject {
    Subject::new(scope, key).unwrap()
}

/// The turns of a subject, the oldest first, once so many have ended.
async fn ended(rig: &Rig, subject: &Subject, count: usize) -> Vec<TurnRecord> {
    let wait = async {
        let session = rig.store.sessions().session(subject).await.unwrap().expect("something was admitted");
        let mut watch = rig.store.sessions().watch_session(session.id);
        loop {
            let mut turns = rig.store.turns().turns(session.id, TurnFilter::All, None, 100).await.unwrap();
            turns.retain(|turn| turn.end.is_some());
            if turns.len() == count {
                turns.sort_by_key(|turn| turn.id);
                return turns;
            }
            watch.changed().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, wait).await.expect("the turns do not end")
}

fn kinds(turns: &[TurnRecord]) -> Vec<EndKind> {
    turns.iter().filter_map(|turn| turn.end.as_ref()).map(|end| end.kind).collect()
}

#[tokio::test]
async fn a_worker_is_woken_and_runs_the_turns_of_a_subject_in_their_order() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Done."));
    let worker = Running::start(&rig, WorkerOptions::default());
    let subjects = ["one", "two", "three"].map(|key| subject("acme", key));
    for _ in 0..3 {
        for subject in &subjects {
            rig.admit_to(subject, "Go.").await;
        }
    }
    for subject in &subjects {
        let turns = ended(&rig, subject, 3).await;
        assert_eq!(kinds(&turns), [EndKind::Completed; 3]);
        assert!(turns.is_sorted_by_key(|turn| turn.started_at), "first in, first out");
    }
    worker.end().await;
    rig.server.assert_prompts(9);
    rig.server.assert_requests("POST", "/session", 3);
}

#[tokio::test]
async fn no_more_turns_run_at_once_than_the_worker_may_and_no_more_of_a_scope() {
    let rig = Rig::start().await;
    for gate in ["one", "two"] {
        rig.server.script(Script::new().hold(gate).text("Done."));
    }
    rig.server.default_script(Script::new().text("Done."));
    let (first, second) = (subject("greedy", "one"), subject("greedy", "two"));
    let other = subject("modest", "three");
    for subject in [&first, &second, &other] {
        rig.admit_to(subject, "Go.").await;
    }
    let options = WorkerOptions::default().with_turns(8).with_turns_per_scope(1);
    let worker = Running::start(&rig, options);
    for gate in ["one", "two"] {
        rig.server.wait_for_hold(gate).await;
    }
    let of_second = rig.store.sessions().session(&second).await.unwrap().unwrap();
    assert_eq!(of_second.upstream_id, None, "the other turn of the scope waits");
    for gate in ["one", "two"] {
        rig.server.release(gate);
    }
    for subject in [&first, &second, &other] {
        assert_eq!(kinds(&ended(&rig, subject, 1).await), [EndKind::Completed]);
    }
    worker.end().await;
}

#[tokio::test]
async fn a_worker_that_is_stopped_carries_its_turns_to_their_ends_and_claims_no_more() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().hold("held").text("Done."));
    let (at_work, waiting) = (subject("acme", "one"), subject("acme", "two"));
    rig.admit_to(&at_work, "Go.").await;
    let worker = Running::start(&rig, WorkerOptions::default().with_turns(1));
    rig.server.wait_for_hold("held").await;
    rig.admit_to(&waiting, "Go.").await;
    worker.stop.cancel();
    rig.server.release("held");
    worker.end().await;
    assert_eq!(kinds(&ended(&rig, &at_work, 1).await), [EndKind::Completed]);
    rig.server.assert_prompts(1);
}

#[tokio::test]
async fn what_does_not_end_in_time_is_handed_over_and_not_prompted_again() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half ").hold("held").more("done."));
    let at_work = subject("acme", "one");
    rig.admit_to(&at_work, "Go.").await;
    let worker = Running::start(&rig, WorkerOptions::default().with_drain(Duration::ZERO));
    rig.server.wait_for_hold("held").await;
    worker.end().await;
    let other = Running::start(&rig, WorkerOptions::default());
    rig.server.release("held");
    let turns = ended(&rig, &at_work, 1).await;
    assert_eq!((kinds(&turns), turns[0].attempt), (vec![EndKind::Completed], 2));
    other.end().await;
    rig.server.assert_prompts(1);
}

#[tokio::test]
async fn a_turn_that_could_not_be_carried_on_is_tried_again_after_a_pause() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session").status(503).times(1));
    rig.server.default_script(Script::new().text("Done."));
    let subject = subject("acme", "one");
    rig.admit_to(&subject, "Go.").await;
    let worker = Running::start(&rig, WorkerOptions::default());
    assert_eq!(kinds(&ended(&rig, &subject, 1).await), [EndKind::Completed]);
    worker.end().await;
    rig.server.assert_prompts(1);
}

/// A steer that is just being posted when its worker is stopped stays that worker's until its lease ends: whoever took
/// it now would not find the prompt, and post it once more.
#[tokio::test]
async fn g01_a_turn_with_a_prompt_on_its_way_is_not_handed_over() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let subject = subject("acme", "one");
    rig.admit_to(&subject, "Go.").await;
    let options = WorkerOptions::default().with_drain(Duration::ZERO);
    let worker = Running::start(&rig, options);
    rig.server.wait_for_hold("half").await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").hold_before("on its way"));
    let steer = Turn::on(&rig.runner(), &subject, "In French.").delivery(Delivery::Steer);
    let steer = steer.enqueue().await.unwrap();
    rig.server.wait_for_hold("on its way").await;
    worker.end().await;
    let claim = rig.store.turns().claim(&ClaimRequest::new("other", Duration::from_secs(30))).await.unwrap();
    assert_eq!(claim, None, "it is somebody's: {:?}", steer.record().await.unwrap());
}
