//! Stopping a turn, leaving it, and coming back to it.

use std::time::Duration;

use opencode_testkit::server::{Fault, Permission, Script, Server, Tool};
use opencode_wire::api::SessionHandle;
use opencode_wire::drive::Turn;
use opencode_wire::ids::MessageId;
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::{CancelledBy, Ending, FollowPolicy, Loss, Outcome};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::support::{
    aborts, client, connections, in_time, outcome, prompts, serve, server, session, short_admission, until,
};

const CANCELLED: Ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };

async fn begun(server: &Server) -> (SessionHandle, Turn) {
    let session = session(server).await;
    let turn = session.prompt("Go.").await.unwrap();
    (session, turn)
}

#[tokio::test]
async fn g13_cancelled_in_the_middle() {
    let text = || Script::new().text("Half ");
    let scripts = [
        (Script::new().hold("gate"), ""),
        (text().hold("gate").more("and half."), "Half "),
        (text().tool(Tool::new("bash").hold("gate")), "Half "),
        (text().tool(Tool::new("write").hold("gate")), "Half "),
        (text().retry("overloaded").hold("gate").text("Whole."), "Half "),
    ];
    for (position, (script, text)) in scripts.into_iter().enumerate() {
        let server = serve(script).await;
        let (session, mut turn) = begun(&server).await;
        server.wait_for_hold("gate").await;
        turn.cancel();
        let outcome = outcome(turn).await;
        assert_eq!(outcome.ending, CANCELLED, "script {position}");
        assert_eq!(outcome.reply.text(), text, "script {position}");
        assert!(aborts(&server, &session) >= 1);
        server.wait_for_idle(session.id().as_str()).await;
    }
}

#[tokio::test]
async fn g13_cancelled_while_a_person_is_asked() {
    let tool = Tool::new("bash").ask(Permission::new("bash", "rm -rf"));
    let server = serve(Script::new().text("May I?").tool(tool)).await;
    let (_, mut turn) = begun(&server).await;
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Blocked(_))).await;
    turn.cancel();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, CANCELLED);
    assert!(!outcome.reply.is_blocked(), "nobody waits for an answer any more");
}

/// An abort that overtakes the prompt would stop nothing.
#[tokio::test]
async fn g13_cancelled_before_the_prompt_is_answered() {
    let server = serve(Script::new().text("Half ").hang()).await;
    server.fault(Fault::on("POST", "/session/:id/prompt_async").hold_before("posted"));
    let session = session(&server).await;
    let token = CancellationToken::new();
    let prompting = tokio::spawn(session.prompt("Go.").cancel_token(token.clone()).into_future());
    server.wait_for_hold("posted").await;
    token.cancel();
    server.release("posted");
    let outcome = outcome(in_time(prompting).await.unwrap().unwrap()).await;
    assert_eq!(outcome.ending, CANCELLED);
    let order: Vec<_> = server.requests().into_iter().map(|request| request.path).collect();
    let place = |end: &str| order.iter().position(|path| path.ends_with(end)).unwrap();
    assert!(place("/prompt_async") < place("/abort"));
    server.wait_for_idle(session.id().as_str()).await;
}

#[tokio::test]
async fn g13_cancelled_before_anything_was_posted() {
    for is_live in [true, false] {
        let server = server().await;
        if !is_live {
            server.fault(Fault::on("GET", "/global/event").status(503).always());
        }
        let token = CancellationToken::new();
        token.cancel();
        let turn = session(&server).await.prompt("Go.").cancel_token(token).await.unwrap();
        assert_eq!(outcome(turn).await.ending, CANCELLED);
        assert_eq!(prompts(&server), 0, "there is nothing to stop");
        assert!(server.requests_to("POST", "/session/:id/abort").is_empty());
    }
}

#[tokio::test]
async fn g13_cancelled_from_another_task() {
    let server = serve(Script::new().text("Half ").hang()).await;
    let (_, mut turn) = begun(&server).await;
    let token = turn.cancel_token();
    let following = tokio::spawn(async move {
        until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
        outcome(turn).await
    });
    token.cancel();
    assert_eq!(in_time(following).await.unwrap().ending, CANCELLED);
}

/// Trap 2: an abort says idle twice, and the second one comes after the next prompt was posted.
#[tokio::test]
async fn t02_the_trailing_idle_of_an_abort_does_not_end_the_next_turn() {
    let server = serve(Script::new().text("Half ").hang().hold_abort("trailing")).await;
    let (session, mut turn) = begun(&server).await;
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    let first = turn.message_id().clone();
    let following = tokio::spawn(outcome({
        turn.cancel();
        turn
    }));
    server.wait_for_hold("trailing").await;
    server.script(Script::new().text("Whole ").hold("gate").more("answer."));
    let second = session.prompt("Again.").await.unwrap();
    let second = tokio::spawn(outcome(second));
    server.release("trailing");
    server.wait_for_hold("gate").await;
    server.stale_idle(session.id().as_str());
    server.release("gate");
    let second = in_time(second).await.unwrap();
    assert_eq!((second.ending, second.reply.text().as_str()), (Ending::Completed, "Whole answer."));
    let cancelled = in_time(following).await.unwrap();
    assert_eq!((cancelled.ending, cancelled.reply.text().as_str()), (CANCELLED, "Half "));
    assert_ne!(first, *second.reply.message_id());
}

#[tokio::test]
async fn g13_an_abort_that_fails_is_not_confirmed() {
    let mut policy = FollowPolicy::default();
    policy.abort_wait = Duration::from_millis(200);
    let faults = [
        Fault::on("POST", "/session/:id/abort").status(500).always(),
        Fault::on("POST", "/session/:id/abort").hang_up().always(),
        Fault::on("POST", "/session/:id/abort").hold_before("never").always(),
    ];
    for fault in faults {
        let server = serve(Script::new().text("Half ").hang()).await;
        server.fault(fault);
        let session = session(&server).await;
        let mut turn = session.prompt("Go.").follow_policy(policy).await.unwrap();
        until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
        turn.cancel();
        let outcome = outcome(turn).await;
        assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Caller, confirmed: false });
        assert_eq!(outcome.reply.text(), "Half ");
    }
}

#[tokio::test]
async fn g13_an_abort_that_fails_once_is_sent_again() {
    let server = serve(Script::new().text("Half ").hang()).await;
    server.fault(Fault::on("POST", "/session/:id/abort").status(503));
    let (session, mut turn) = begun(&server).await;
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    turn.cancel();
    assert_eq!(outcome(turn).await.ending, CANCELLED);
    assert_eq!(aborts(&server, &session), 2);
}

#[tokio::test]
async fn g13_dropping_a_turn_does_not_stop_it() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let (session, mut turn) = begun(&server).await;
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    let id = turn.message_id().clone();
    drop(turn);
    server.wait_for_streams(0).await;
    server.release("gate");
    server.wait_for_idle(session.id().as_str()).await;
    assert_eq!(aborts(&server, &session), 0);
    // It has ended while nobody looked.
    let outcome = outcome(session.attach(id).await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Half and half."));
    assert_eq!(outcome.reply.usage().steps, 1);
}

#[tokio::test]
async fn a_turn_is_attached_to_from_elsewhere() {
    let server =
        serve(Script::new().tool(Tool::new("bash")).next_step().text("Half ").hold("gate").more("and half."))
            .await;
    let (_, mut turn) = begun(&server).await;
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    let (session_id, message_id) = turn.detach();
    let elsewhere = client(&server).session(session_id);
    let mut turn = elsewhere.attach(message_id).await.unwrap();
    // What was said before is not stored yet; the tool is.
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Tool { .. })).await;
    server.release("gate");
    let outcome = outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Half and half."));
    assert_eq!(outcome.reply.tools().count(), 1);
    assert_eq!((prompts(&server), connections(&server)), (1, 2));
}

/// Each attach rebuilds its own turn, and none of the others of the session.
#[tokio::test]
async fn finished_turns_are_attached_to_by_their_own_messages() {
    let server = serve(Script::new().text("One.")).await;
    let session = session(&server).await;
    server.script(Script::new().text("Half ").provider_error(400, "no luck"));
    server.script(Script::new().text("Three.").next_step().text("Four."));
    let mut ids: Vec<MessageId> = Vec::new();
    for _ in 0..3 {
        ids.push(outcome(session.prompt("Go.").await.unwrap()).await.reply.message_id().clone());
    }
    let elsewhere = client(&server).session(session.id().clone());
    let mut texts = Vec::new();
    for id in ids {
        let outcome: Outcome = outcome(elsewhere.attach(id).await.unwrap()).await;
        texts.push((matches!(outcome.ending, Ending::Completed), outcome.reply.text()));
    }
    let text = str::to_owned;
    assert_eq!(texts, [(true, text("One.")), (false, text("Half ")), (true, text("Three.\n\nFour."))]);
}

#[tokio::test]
async fn attaching_to_an_unknown_message_ends_when_the_admission_limit_has_passed() {
    let server = serve(Script::new().text("One.")).await;
    let session = session(&server).await;
    outcome(session.prompt("Go.").await.unwrap()).await;
    let unknown = session.mint_message_id();
    let turn = session.attach(unknown).deadlines(short_admission()).await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::NotStored));
    assert_eq!(outcome.reply.text(), "");
}

#[tokio::test]
async fn a_turn_that_was_attached_to_can_be_cancelled() {
    let server =
        serve(Script::new().text("Half ").tool(Tool::new("bash").input(json!({})).hold("gate"))).await;
    let (session, turn) = begun(&server).await;
    server.wait_for_hold("gate").await;
    let (_, id) = turn.detach();
    let mut turn = session.attach(id).await.unwrap();
    turn.cancel();
    let outcome = outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (CANCELLED, "Half "));
    server.wait_for_idle(session.id().as_str()).await;
}
