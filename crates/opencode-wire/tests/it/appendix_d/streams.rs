//! Rows 4 to 16 and 30: streams, requests and ends.

use std::time::Duration;

use futures_util::FutureExt as _;
use opencode_testkit::server::{Fault, Permission, Script, Subagent, Tool};
use opencode_wire::drive::policy;
use opencode_wire::reply::{Blocker, ChangeKind};
use opencode_wire::turn::{Deadlines, Ending};
use serde_json::json;

use super::{assert_completed, end, held};
use crate::support::{client, connections, in_time, outcome, prompts, run, serve, session, until};

#[tokio::test]
async fn row_04_an_error_without_parts_was_an_empty_success() {
    let outcome = run(&serve(Script::new().provider_error(400, "no luck")).await).await;
    assert!(matches!(outcome.ending, Ending::Failed { .. }), "{}", outcome.ending);
}

#[tokio::test]
async fn row_05_an_idle_that_was_missed_was_a_timeout() {
    let script = Script::new().text("Half ").hold("gate").suppress().more("and half.");
    let (server, session, turn) = held(script).await;
    server.drop_streams();
    server.release("gate");
    let following = tokio::spawn(outcome(turn));
    server.wait_for_idle(session.id().as_str()).await;
    server.wait_for_requests("GET", "/global/event", 2).await;
    server.suppress(false);
    server.heartbeat();
    assert_completed(&in_time(following).await.unwrap(), "Half and half.");
}

#[tokio::test]
async fn row_06_a_reply_that_was_missed_blocked_for_ever() {
    let server = serve(Script::new().question(json!([])).next_step().text("On.").hold("gate")).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let asked = until(&mut turn, |change| matches!(change.kind, ChangeKind::Blocked(_))).await;
    let ChangeKind::Blocked(blocker) = asked.kind else { unreachable!() };
    let Blocker::Question(request) = *blocker else { panic!("a permission") };
    server.suppress(true);
    client(&server).questions().reply(&request.id, &[]).await.unwrap();
    server.suppress(false);
    server.drop_streams();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Unblocked { .. })).await;
    assert!(!turn.reply().is_blocked());
    assert_completed(&end(&server, turn).await, "On.");
}

#[tokio::test]
async fn row_07_the_watchdog_fired_while_a_person_was_asked() {
    let server = serve(Script::new().question(json!([]))).await;
    let mut deadlines = Deadlines::default();
    deadlines.progress = Some(Duration::from_millis(400));
    deadlines.human = Some(Duration::from_millis(900));
    let turn = session(&server).await.prompt("Go.").deadlines(deadlines).await.unwrap();
    server.heartbeat();
    let outcome = outcome(turn).await;
    assert!(matches!(outcome.ending, Ending::Unanswered { .. }), "{}", outcome.ending);
}

#[tokio::test]
async fn row_08_a_reconnect_that_was_refused_was_fatal() {
    let (server, _, turn) = held(Script::new().text("Half ").hold("gate").more("and half.")).await;
    server.fault(Fault::on("GET", "/global/event").status(503).times(2));
    server.drop_streams();
    assert_completed(&end(&server, turn).await, "Half and half.");
}

#[tokio::test]
async fn row_09_data_of_another_shape_crashed_the_client() {
    let mut script = Script::new().text("Half ");
    for data in
        ["null", "[]", "\"x\"", "7", "{}", r#"{"type":"message.updated","properties":"x"}"#, r#"{"type":1}"#]
    {
        script = script.data(data);
    }
    let server = serve(script.more("and half.")).await;
    assert_completed(&run(&server).await, "Half and half.");
    assert_eq!(connections(&server), 1);
}

#[tokio::test]
async fn row_10_a_large_event_lost_the_turn() {
    let script = Script::new().tool(Tool::new("bash").output("x".repeat(1_100_000)).hold("gate")).next_step();
    let (server, _, mut turn) = held(script.text("Large.")).await;
    server.release("gate");
    while let Some(change) = in_time(turn.next()).await {
        assert_ne!(change.kind, ChangeKind::Gap, "it arrives on the stream");
    }
    let outcome = turn.outcome().await;
    assert_completed(&outcome, "Large.");
    let tool = outcome.reply.tools().next().unwrap().tool().unwrap().clone();
    assert_eq!(tool.state.output.unwrap().len(), 1_100_000);
}

#[tokio::test]
async fn row_12_an_error_of_the_prompt_was_swallowed_and_the_stream_opened_twice() {
    let server = serve(Script::new()).await;
    server.fault(Fault::on("POST", "/session/:id/prompt_async").status(400));
    let error = in_time(session(&server).await.prompt("Go.").into_future()).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!((connections(&server), prompts(&server)), (1, 1));
}

/// Row 13 was a callback that failed and was called again. Here, whoever awaits a change may stop at any time.
#[tokio::test]
async fn row_13_a_watcher_that_stops_and_comes_back_misses_nothing() {
    let server = serve(Script::new().text("one two three four five six seven eight nine ten")).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let (mut said, mut polls) = (String::new(), 0);
    loop {
        polls += 1;
        // Dropped after one look, whether or not there is something.
        match turn.next().now_or_never() {
            Some(Some(change)) => {
                if let ChangeKind::Text { delta, .. } = change.kind {
                    said.push_str(&delta);
                }
            }
            Some(None) => break,
            None => tokio::task::yield_now().await,
        }
    }
    assert!(polls > 20);
    assert_eq!(said, "one two three four five six seven eight nine ten");
    assert_completed(&turn.outcome().await, &said);
}

#[tokio::test]
async fn row_14_a_request_of_a_child_was_not_delivered() {
    let child =
        Script::new().tool(Tool::new("bash").ask(Permission::new("bash", "ls"))).next_step().text("Listed.");
    let server = serve(Script::new().subagent(Subagent::new("List", child)).next_step().text("Good.")).await;
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    assert_completed(&outcome(turn).await, "Good.");
}

#[tokio::test]
async fn row_15_a_stale_idle_returned_the_answer_before() {
    let (server, session, turn) = held(Script::new().text("Old.").hold("gate")).await;
    assert_completed(&end(&server, turn).await, "Old.");
    server.script(Script::new().hold("gate").stale_idle().hold("gate").text("New."));
    let turn = session.prompt("Again.").await.unwrap();
    let following = tokio::spawn(outcome(turn));
    for _ in 0..2 {
        server.wait_for_hold("gate").await;
        server.stale_idle(session.id().as_str());
        server.release("gate");
    }
    assert_completed(&in_time(following).await.unwrap(), "New.");
}

#[tokio::test]
async fn row_16_a_compaction_cut_the_first_half_off() {
    let server = serve(Script::new().text("First.").compaction("Summary.").text("Second.")).await;
    let session = session(&server).await;
    let message_id = outcome(session.prompt("Go.").await.unwrap()).await.reply.message_id().clone();
    let elsewhere = client(&server).session(session.id().clone());
    let attached = outcome(elsewhere.attach(message_id).await.unwrap()).await;
    assert_completed(&attached, "First.\n\nSecond.");
}

#[tokio::test]
async fn row_30_half_a_frame_is_thrown_away() {
    let (server, _, turn) = held(Script::new().text("Half ").hold("gate").more("and half.")).await;
    server.drop_streams_mid_frame();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_requests("GET", "/global/event", 2).await;
    server.release("gate");
    assert_completed(&in_time(following).await.unwrap(), "Half and half.");
}
