//! Turns as a host puts them together.

use opencode_orchestrate::turn::Turn;
use opencode_orchestrate::worker::Worker;
use opencode_store::ErrorKind;
use opencode_store::session::SessionConfig;
use opencode_store::turn::{Delivery, EndKind, TurnFilter, TurnState};
use opencode_testkit::server::{Fault, Script};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use opencode_wire::model::ModelRef;

use super::rig::{HANGS_AFTER, Rig};
use crate::support::subject;

/// T-T01, T-T05: with nothing but a store, a client, a subject and a prompt.
#[tokio::test]
async fn t_t01_t_t03_t_t04_a_turn_needs_four_things_and_says_how_it_ended() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().reasoning("Hm.").text("Monads are boxes."));
    let client = Client::new(rig.server.url()).unwrap();
    let turn = Turn::new(&rig.store, &client, &subject(), "Explain monads.");
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!((outcome.status(), outcome.is_completed()), (EndKind::Completed, true));
    assert_eq!((outcome.text().as_str(), outcome.reasoning().as_str()), ("Monads are boxes.", "Hm."));
    assert_eq!((outcome.usage.steps, outcome.turn.state), (1, TurnState::Ended));
    assert_eq!(outcome.into_completed().unwrap().canonical_parts().count(), 2);
    rig.server.assert_prompts(1);
    rig.server.assert_listened_first();
}

/// T-T02: what can be set beside them reaches the server.
#[tokio::test]
async fn t_t02_what_is_set_is_sent() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Here."));
    let turn = rig
        .turn("Look at this.")
        .system("Be short.")
        .agent("plan")
        .model(ModelRef::new("acme", "large"))
        .variant("high")
        .file("a.txt", "text/plain", b"hello")
        .title("A test");
    turn.run(CancellationToken::new()).await.unwrap();
    let posted = rig.server.wait_for_request("POST", "/session/:id/prompt_async").await.body;
    assert_eq!((&posted["system"], &posted["agent"]), (&"Be short.".into(), &"plan".into()));
    assert_eq!((&posted["model"]["modelID"], &posted["variant"]), (&"large".into(), &"high".into()));
    assert_eq!(posted["parts"][1]["filename"], "a.txt");
    let made = rig.server.wait_for_request("POST", "/session").await.body;
    assert_eq!(made["title"], "A test");
}

/// G03: the same key and prompt is the same turn, and is prompted once.
#[tokio::test]
async fn g03_a_repeated_turn_is_the_first_one() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Once."));
    let turn = rig.turn("Explain monads.").idempotency_key("request-1");
    let first = turn.clone().run(CancellationToken::new()).await.unwrap();
    let again = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!((first.turn.id, again.text().as_str()), (again.turn.id, "Once."));
    let other = rig.turn("Explain functors.").idempotency_key("request-1").enqueue().await.unwrap_err();
    assert_eq!((other.kind(), other.turn()), (ErrorKind::Conflict, Some(first.turn.id)));
    rig.server.assert_prompts(1);
}

/// B-03 of the busy policy: nothing is queued silently, and the running turn is untouched.
#[tokio::test]
async fn g04_a_turn_that_is_refused_by_a_busy_session_names_the_other() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let running = tokio::spawn(rig.turn("Explain monads.").run(CancellationToken::new()));
    rig.server.wait_for_hold("half").await;
    let refused = rig.turn("Now!").delivery(Delivery::Reject).run(CancellationToken::new()).await;
    let refused = refused.unwrap_err();
    rig.server.release("half");
    let first = running.await.unwrap().unwrap();
    assert_eq!((refused.kind(), refused.turn()), (ErrorKind::Busy, Some(first.turn.id)));
    assert_eq!(first.text(), "Half of it.");
    rig.server.assert_prompts(1);
}

/// Turns of one subject that are run at once, run one after the other.
#[tokio::test]
async fn g04_turns_that_are_run_at_once_wait_for_each_other() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Done."));
    let mut running = Vec::new();
    for prompt in ["One.", "Two.", "Three."] {
        running.push(tokio::spawn(rig.turn(prompt).run(CancellationToken::new())));
    }
    for turn in running {
        let outcome = tokio::time::timeout(HANGS_AFTER, turn).await.expect("it hangs").unwrap().unwrap();
        assert_eq!(outcome.text(), "Done.");
    }
    rig.server.assert_prompts(3);
    rig.server.assert_requests("POST", "/session", 1);
}

/// G13: the caller's token stops the turn; what was said is kept.
#[tokio::test]
async fn g13_a_cancelled_token_stops_a_turn_wherever_it_is() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let (first, second) = (CancellationToken::new(), CancellationToken::new());
    let running = tokio::spawn(rig.turn("Explain monads.").run(first.clone()));
    rig.server.wait_for_hold("half").await;
    let waiting = tokio::spawn(rig.turn("And functors.").run(second.clone()));
    second.cancel();
    let waiting = waiting.await.unwrap().unwrap();
    assert_eq!((waiting.status(), waiting.text().as_str()), (EndKind::Cancelled, ""));
    first.cancel();
    let running = running.await.unwrap().unwrap();
    assert_eq!((running.status(), running.text().trim()), (EndKind::Cancelled, "Half of"));
    assert_eq!(running.end().detail.as_ref().unwrap().to_value()["confirmed"], true);
    let error = running.into_completed().unwrap_err();
    assert_eq!((error.kind(), error.outcome().text().trim()), (EndKind::Cancelled, "Half of"));
    rig.server.assert_prompts(1);
}

/// G13: dropping the future detaches: the server goes on, and somebody else tells how it ended.
#[tokio::test]
async fn g13_a_dropped_turn_goes_on_and_is_recovered() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let dropped = tokio::spawn(rig.turn("Explain monads.").run(CancellationToken::new()));
    rig.server.wait_for_hold("half").await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    rig.server.release("half");
    rig.lapse();
    let next = tokio::spawn(rig.turn("And functors.").run(CancellationToken::new()));
    let worker = Worker::new(rig.runner(), |_| SessionConfig::default());
    let stop = CancellationToken::new();
    let recovering = tokio::spawn({
        let stop = stop.clone();
        async move { worker.recover(stop).await }
    });
    let next = tokio::time::timeout(HANGS_AFTER, next).await.expect("it hangs").unwrap().unwrap();
    let turns = rig.store.turns().turns(next.turn.session, TurnFilter::All, None, 1).await.unwrap();
    let first = rig.outcome(turns[0].id).await;
    assert_eq!((first.status(), first.text().as_str()), (EndKind::Completed, "Half of it."));
    stop.cancel();
    recovering.await.unwrap();
    rig.server.assert_prompts(2);
}

/// A host that restarts calls `recover`, which returns when nothing is left.
#[tokio::test(start_paused = true)]
async fn a_restarted_host_recovers_what_was_left_and_goes_on() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Done."));
    for prompt in ["One.", "Two.", "Three."] {
        rig.admit(prompt).await;
    }
    let left = rig.claim().await.unwrap();
    assert_eq!(left.lease.attempt, 1);
    rig.lapse();
    let worker = Worker::new(rig.runner(), |_| SessionConfig::default());
    let ended = worker.recover(CancellationToken::new()).await;
    assert_eq!(ended, 3);
    rig.server.assert_prompts(3);
}

/// C.3: a server that cannot be reached is tried for a while; then the turn ends as failed, and nothing was posted.
#[tokio::test(start_paused = true)]
async fn c3_a_server_that_cannot_be_reached_fails_a_turn_that_it_does_not_have() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session").status(503).always());
    let outcome = rig.turn("Explain monads.").run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.status(), EndKind::Failed);
    assert!(outcome.end().message.starts_with("the server could not be reached"), "{:?}", outcome.end());
    rig.server.assert_prompts(0);
}
