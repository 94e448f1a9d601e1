//! Faults of earlier systems, from a prompt to what is stored.

use std::time::Duration;

use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::turn::Turn;
use opencode_orchestrate::worker::{Worker, WorkerOptions};
use opencode_store::session::{SessionConfig, Subject};
use opencode_store::turn::{Delivery, EndKind};
use opencode_testkit::server::{EventFamily, Permission, Script, Server, Tool};
use opencode_wire::Client;
use opencode_wire::drive::{CancellationToken, Decision};
use serde_json::json;

use super::rig::{HANGS_AFTER, Rig};
use crate::support::subject;

async fn upstream(rig: &Rig) -> String {
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    session.upstream_id.unwrap().to_string()
}

/// Stop, then send again at once: the late end of the stopped turn does not end the new one.
#[tokio::test]
async fn b01_the_late_end_of_a_stopped_turn_does_not_end_the_next_one() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.server.script(Script::new().text("Other ").hold("other").more("words."));
    let token = CancellationToken::new();
    let first = tokio::spawn(rig.turn("Go.").run(token.clone()));
    rig.server.wait_for_hold("half").await;
    token.cancel();
    assert_eq!(first.await.unwrap().unwrap().status(), EndKind::Cancelled);
    let second = tokio::spawn(rig.turn("Again.").run(CancellationToken::new()));
    rig.server.wait_for_hold("other").await;
    rig.server.stale_idle(&upstream(&rig).await);
    rig.server.stale_idle(&upstream(&rig).await);
    rig.server.release("other");
    let second = second.await.unwrap().unwrap();
    assert_eq!((second.status(), second.text().as_str()), (EndKind::Completed, "Other words."));
}

/// A reconnect right after the prompt sees the finished answer before it, which is not this turn's.
#[tokio::test]
async fn b02_g05_a_reconnect_right_after_the_prompt_does_not_settle_the_turn_before() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("The first."));
    rig.turn("One.").run(CancellationToken::new()).await.unwrap();
    rig.server.script(Script::new().hold("before").text("The second."));
    let second = tokio::spawn(rig.turn("Two.").run(CancellationToken::new()));
    rig.server.wait_for_hold("before").await;
    let streams = rig.server.requests_to("GET", "/global/event").len();
    rig.server.drop_streams();
    rig.server.wait_for_requests("GET", "/global/event", streams + 1).await;
    rig.server.release("before");
    let second = second.await.unwrap().unwrap();
    assert_eq!((second.status(), second.text().as_str()), (EndKind::Completed, "The second."));
}

/// Between two steps the last message is complete, and the turn is not.
#[tokio::test]
async fn b03_g05_a_reconnect_between_two_steps_does_not_end_the_turn() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(json!({ "command": "ls" })).output("a.txt");
    rig.server.script(Script::new().text("Looking.").tool(tool).next_step().hold("between").text("Found."));
    let running = tokio::spawn(rig.turn("Go.").run(CancellationToken::new()));
    rig.server.wait_for_hold("between").await;
    rig.server.drop_streams();
    rig.server.wait_for_requests("GET", "/global/event", 2).await;
    rig.server.release("between");
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Looking.\n\nFound."));
}

/// What was said in a gap is stored, and not its end alone.
#[tokio::test]
async fn b04_g06_what_was_said_in_a_gap_is_stored() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("One ").hold("one").more("two ").hold("two").more("three."));
    let running = tokio::spawn(rig.turn("Go.").run(CancellationToken::new()));
    rig.server.wait_for_hold("one").await;
    rig.server.suppress(true);
    rig.server.release("one");
    rig.server.wait_for_hold("two").await;
    rig.server.suppress(false);
    rig.server.drop_streams();
    rig.server.release("two");
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "One two three."));
}

#[tokio::test]
async fn b05_w42_nothing_is_posted_before_the_events_are_heard() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Here."));
    rig.turn("Go.").run(CancellationToken::new()).await.unwrap();
    rig.server.assert_listened_first();
}

/// A person takes ten minutes; nothing else runs out meanwhile.
#[tokio::test(start_paused = true)]
async fn b06_g11_a_turn_that_waits_for_a_person_is_not_stalled() {
    let rig = Rig::start().await;
    let tool =
        Tool::new("bash").input(json!({ "command": "make" })).ask(Permission::new("bash", "make")).output("");
    rig.server.script(Script::new().tool(tool).next_step().text("Built."));
    let policy = BlockerPolicy::ask().with_handler(|_| async {
        tokio::time::sleep(Duration::from_secs(55 * 60)).await; // paused time
        Decision::AllowOnce
    });
    let outcome = rig.turn("Go.").blockers(policy).run(CancellationToken::new()).await.unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Built."));
}

/// A command of four minutes says nothing, and is not taken for dead.
#[tokio::test(start_paused = true)]
async fn b07_a_tool_that_is_silent_for_minutes_goes_on() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(json!({ "command": "make" })).output("done");
    let script = Script::new().tool(tool).next_step().delay(Duration::from_secs(240)).text("Built.");
    rig.server.script(script);
    let outcome = rig.turn("Go.").run(CancellationToken::new()).await.unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Built."));
}

/// A worker that is closed strands nobody: whoever waits for the turn gets its end from the next worker.
#[tokio::test]
async fn b12_closing_a_worker_strands_nobody() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let id = rig.deliver("Go.", Delivery::Queue).await;
    let stop = CancellationToken::new();
    let options = WorkerOptions::default().with_drain(Duration::ZERO);
    let worker = Worker::new(rig.runner(), |_| SessionConfig::default()).with_options(options.clone());
    let first = tokio::spawn({
        let (worker, stop) = (worker.clone(), stop.clone());
        async move { worker.run(stop).await }
    });
    rig.server.wait_for_hold("half").await;
    stop.cancel();
    tokio::time::timeout(HANGS_AFTER, first).await.expect("the worker hangs").unwrap();
    let stop = CancellationToken::new();
    let second = tokio::spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    rig.server.release("half");
    let outcome = rig.outcome(id).await;
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Half of it."));
    stop.cancel();
    second.await.unwrap();
    rig.server.assert_prompts(1);
}

/// B-13, B-14: every generation of events ends a turn once, and says each word once.
#[tokio::test]
async fn b13_b14_every_family_of_events_ends_a_turn_and_says_each_word_once() {
    for family in [EventFamily::v1_1(), EventFamily::v1_2(), EventFamily::default()] {
        let server = Server::builder().events(family).start().await;
        server.script(Script::new().text_chunks(["One ", "two ", "three."]));
        let store = opencode_store::Store::memory();
        let client = Client::new(server.url()).unwrap();
        let turn = Turn::new(&store, &client, &subject(), "Count.");
        let run = turn.run(CancellationToken::new());
        let outcome = tokio::time::timeout(HANGS_AFTER, run).await.expect("it hangs").unwrap();
        assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "One two three."));
    }
}

/// A server with a password is used with it, and no error or record repeats it.
#[tokio::test]
async fn b16_a_password_is_used_and_not_told() {
    let server = Server::builder().password("geheim").start().await;
    server.script(Script::new().text("Here."));
    let store = opencode_store::Store::memory();
    let client = Client::builder().base_url(server.url()).password("geheim").build().unwrap();
    let turn = Turn::new(&store, &client, &subject(), "Go.");
    assert!(!format!("{turn:?}").contains("geheim"));
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.text(), "Here.");
    assert!(!format!("{outcome:?}").contains("geheim"));
}

/// W-12: the turn is found by its id, whatever became of its words.
#[tokio::test]
async fn w12_a_prompt_is_known_by_its_id_and_not_by_its_words() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("The first."));
    rig.server.script(Script::new().text("The second."));
    let mut said = Vec::new();
    for _ in 0..2 {
        said.push(rig.turn("The same words.").run(CancellationToken::new()).await.unwrap().text());
    }
    assert_eq!(said, ["The first.", "The second."]);
}

/// W-36, W-37: many turns at once share one stream of events.
#[tokio::test]
async fn w36_many_turns_share_one_stream() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Here."));
    let runner = rig.runner();
    let mut running = Vec::new();
    for key in 0..20 {
        let subject = Subject::new("acme", format!("conversation/{key}")).unwrap();
        running.push(tokio::spawn(Turn::on(&runner, &subject, "Go.").run(CancellationToken::new())));
    }
    for turn in running {
        let outcome = tokio::time::timeout(HANGS_AFTER, turn).await.expect("it hangs").unwrap().unwrap();
        assert_eq!(outcome.text(), "Here.");
    }
    rig.server.assert_requests("GET", "/global/event", 1);
}

/// W-43: a stop is heard at once and not when the next byte comes.
#[tokio::test(start_paused = true)]
async fn w43_a_stop_is_heard_while_the_server_is_silent() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().hold("never").text("Late."));
    let token = CancellationToken::new();
    let running = tokio::spawn(rig.turn("Go.").run(token.clone()));
    rig.server.wait_for_hold("never").await;
    let asked = tokio::time::Instant::now();
    token.cancel();
    assert_eq!(running.await.unwrap().unwrap().status(), EndKind::Cancelled);
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
}

/// W-47: a stop that comes when the answer is whole, and not stored yet, wins, and loses nothing of it.
#[tokio::test]
async fn w47_a_stop_between_the_answer_and_its_end_keeps_the_answer() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("All of it."));
    let id = rig.deliver("Go.", Delivery::Queue).await;
    let claim = rig.claim().await.unwrap();
    // It is asked for by a row that nobody was woken for.
    let stopped = opencode_store::turn::StopReason::Cancelled;
    let running = {
        let runner = rig.runner();
        tokio::spawn(
            async move { runner.run(claim, &SessionConfig::default(), CancellationToken::new()).await },
        )
    };
    rig.server.wait_for_request("POST", "/session/:id/prompt_async").await;
    rig.store.turns().request_stop(id, stopped).await.unwrap();
    running.await.unwrap().unwrap();
    let outcome = rig.outcome(id).await;
    assert_eq!(outcome.status(), EndKind::Cancelled, "whatever the server had said until then");
}

/// W-61: what earlier steps have said is there after a recovery.
#[tokio::test]
async fn w61_all_steps_are_there_after_a_take_over() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(json!({ "command": "ls" })).output("a.txt");
    rig.server
        .script(Script::new().text("Looking.").tool(tool).next_step().text("Fou").hold("half").more("nd."));
    let id = rig.deliver("Go.", Delivery::Queue).await;
    rig.die_at("half").await;
    rig.lapse();
    rig.server.release("half");
    rig.run().await.unwrap();
    let outcome = rig.outcome(id).await;
    assert_eq!(outcome.text(), "Looking.\n\nFound.");
    assert_eq!(outcome.canonical_parts().count(), 3);
}
