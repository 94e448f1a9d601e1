//! Sub-agents: the whole tree of sessions belongs to the turn.

use std::time::Duration;

use opencode_testkit::server::{Fault, Permission, Script, Subagent, Tool, Usage};
use opencode_wire::api::{CreateSession, Prompt};
use opencode_wire::drive::{Decision, policy};
use opencode_wire::ids::{AscendingClock, Clock, MessageId, SystemClock};
use opencode_wire::reply::{Blocker, Change, ChangeKind, Reply};
use opencode_wire::turn::{CancelledBy, Ending};
use serde_json::json;

use super::support::{client, connections, cut_until_back, in_time, outcome, run, serve, session, until};

fn digging() -> Script {
    Script::new()
        .text("Digging. ")
        .usage(Usage::new(20, 2, 0.25))
        .next_step()
        .text("Gold.")
        .usage(Usage::new(30, 3, 0.5))
}

fn delegating(child: Script) -> Script {
    Script::new().text("Let us see.").subagent(Subagent::new("Dig", child)).next_step().text("Found gold.")
}

fn is_child_text(change: &Change, reply: &Reply) -> bool {
    matches!(change.kind, ChangeKind::Text { .. }) && change.session_id != *reply.session_id()
}

#[tokio::test]
async fn g09_a_child_is_part_of_the_turn() {
    let server = serve(delegating(digging())).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let started = until(&mut turn, |change| matches!(change.kind, ChangeKind::ChildStarted { .. })).await;
    let mut said = String::new();
    while let Some(change) = in_time(turn.next()).await {
        if let (true, ChangeKind::Text { delta, .. }) = (is_child_text(&change, turn.reply()), &change.kind) {
            assert_eq!(change.session_id, started.session_id);
            said.push_str(delta);
        }
    }
    assert_eq!(said, "Digging. Gold.");
    let outcome = turn.outcome().await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Let us see.\n\nFound gold.", "what a child says is not the answer");
    let [_, child] = outcome.reply.sessions() else { panic!("{:?}", outcome.reply.sessions()) };
    assert_eq!(child.parent_id.as_ref(), Some(outcome.reply.session_id()));
    assert!(child.title.starts_with("Dig"));
    let usage = outcome.reply.usage();
    assert_eq!((usage.steps, usage.input, usage.output), (4, 250, 25));
    assert!((usage.cost - 0.75).abs() < 0.01);
}

/// W-04: the request carries the child's session id, was dropped, and the parent waited for ever.
#[tokio::test]
async fn w04_a_permission_inside_a_sub_agent_is_surfaced_and_answered() {
    let asking =
        Script::new().tool(Tool::new("bash").ask(Permission::new("bash", "ls"))).next_step().text("Listed.");
    let nested = Script::new().subagent(Subagent::new("Deeper", asking.clone())).next_step().text("Up.");
    for (child, depth) in [(asking, 2), (nested, 3)] {
        let server = serve(delegating(child)).await;
        let mut turn = session(&server).await.prompt("Go.").await.unwrap();
        let asked = until(&mut turn, |change| matches!(change.kind, ChangeKind::Blocked(_))).await;
        let ChangeKind::Blocked(blocker) = asked.kind else { unreachable!() };
        let sessions = turn.reply().sessions();
        assert_eq!(sessions.len(), depth);
        assert_eq!(*blocker.session_id(), sessions[depth - 1].id, "the innermost one asks");
        assert_eq!(asked.session_id, sessions[depth - 1].id);
        turn.answer(&blocker, Decision::AllowOnce).await.unwrap();
        let outcome = outcome(turn).await;
        assert_eq!(
            (outcome.ending, outcome.reply.text().as_str()),
            (Ending::Completed, "Let us see.\n\nFound gold.")
        );
    }
}

/// The children of children are not listed with the session; the calls that run in them name them.
#[tokio::test]
async fn g09_a_nested_child_that_began_while_disconnected_is_found() {
    let asking =
        Script::new().tool(Tool::new("bash").ask(Permission::new("bash", "ls"))).next_step().text("Listed.");
    let nested = Script::new().subagent(Subagent::new("Deeper", asking)).next_step().text("Up.");
    let script =
        Script::new().hold("gate").subagent(Subagent::new("Dig", nested)).next_step().text("Found gold.");
    let server = serve(script).await;
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    server.wait_for_hold("gate").await;
    cut_until_back(&server);
    let following = tokio::spawn(outcome(turn));
    server.wait_for_hold("back").await;
    server.release("gate");
    server.wait_for_blocker().await;
    server.release("back");
    let outcome = in_time(following).await.unwrap();
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Found gold."));
    assert_eq!(outcome.reply.sessions().len(), 3);
    assert_eq!(outcome.reply.usage().steps, 6);
    assert_eq!(connections(&server), 2);
}

/// Requests are listed first and messages later: a child that is found in the messages may have asked in between.
#[tokio::test]
async fn g09_a_request_of_a_child_that_is_just_being_found_is_not_missed() {
    let ask = Tool::new("bash").ask(Permission::new("bash", "ls"));
    let child = Script::new().text("Digging.").hold("child").tool(ask).next_step().text("Gold.");
    let script =
        Script::new().hold("gate").subagent(Subagent::new("Dig", child)).next_step().text("Found gold.");
    let server = serve(script).await;
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    server.wait_for_hold("gate").await;
    cut_until_back(&server);
    let following = tokio::spawn(outcome(turn));
    server.wait_for_hold("back").await;
    server.release("gate");
    server.wait_for_hold("child").await;
    server.fault(Fault::on("GET", "/session/:id/message").hold("messages"));
    server.release("back");
    server.wait_for_hold("messages").await;
    server.release("child");
    server.wait_for_blocker().await;
    server.release("messages");
    let outcome =
        tokio::time::timeout(Duration::from_secs(10), following).await.expect("nobody polls that soon");
    assert_eq!(outcome.unwrap().reply.text(), "Found gold.");
}

#[tokio::test]
async fn g09_an_abort_reaches_the_children() {
    let server = serve(delegating(Script::new().text("Digging.").hang())).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    in_time(async {
        loop {
            let change = turn.next().await.unwrap();
            if is_child_text(&change, turn.reply()) {
                break;
            }
        }
    })
    .await;
    turn.cancel();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Caller, confirmed: true });
    let child = outcome.reply.sessions()[1].id.clone();
    server.wait_for_idle(child.as_str()).await;
    assert_eq!(server.status(child.as_str()), None);
    let texts: Vec<_> = outcome.reply.parts_of(&child).into_iter().filter_map(|part| part.text()).collect();
    assert_eq!(texts[0].text, "Digging.", "what the child said is kept");
}

/// Whoever creates a session with ours as its parent has not been started by our turn.
#[tokio::test]
async fn g09_a_child_of_somebody_else_is_not_followed() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let parent = session(&server).await;
    let turn = parent.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    let options = CreateSession::default().with_title("theirs").with_parent_id(parent.id().clone());
    let foreign = client(&server).sessions().create(options).await.unwrap();
    let ask = Tool::new("bash").input(json!({"command": "ls"})).ask(Permission::new("bash", "ls"));
    server.script(Script::new().text("Not ours.").tool(ask));
    let theirs = tokio::spawn(outcome(foreign.prompt("Go.").await.unwrap()));
    server.wait_for_blocker().await;
    // With a reconnect, which lists the session's children, and all open requests.
    server.drop_streams();
    server.release("gate");
    let ours = outcome(turn).await;
    assert_eq!((ours.ending, ours.reply.text().as_str()), (Ending::Completed, "Half and half."));
    assert_eq!(ours.reply.sessions().len(), 1);
    assert_eq!(ours.reply.usage().steps, 1);
    server.abort(foreign.id().as_str());
    assert!(matches!(
        in_time(theirs).await.unwrap().ending,
        Ending::Cancelled { by: CancelledBy::Somebody, .. }
    ));
}

/// A child that fails is told as its own failure; what becomes of the turn is the parent's affair.
#[tokio::test]
async fn g09_a_child_that_fails_does_not_fail_the_turn() {
    let outcome = run(&serve(delegating(Script::new().provider_error(500, "no luck"))).await).await;
    assert_eq!(
        (outcome.ending, outcome.reply.text().as_str()),
        (Ending::Completed, "Let us see.\n\nFound gold.")
    );
    let (session_id, error) = outcome.reply.errors().next().unwrap();
    assert_eq!(*session_id, outcome.reply.sessions()[1].id);
    assert_eq!(error.data.message, "no luck");
}

#[tokio::test]
async fn g09_two_children_one_after_the_other() {
    let ask = |name: &str| {
        Script::new().tool(Tool::new("bash").ask(Permission::new("bash", name))).next_step().text(name)
    };
    let script = Script::new()
        .subagent(Subagent::new("One", ask("one")))
        .subagent(Subagent::new("Two", ask("two")))
        .next_step()
        .text("Both.");
    let server = serve(script).await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let decide = move |blocker: Blocker| {
        asked.send(blocker.session_id().clone()).unwrap();
        policy::allow_all(blocker)
    };
    let turn = session(&server).await.prompt("Go.").on_blocker(decide).await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.reply.text(), "Both.");
    let asked = [was_asked.recv().await.unwrap(), was_asked.recv().await.unwrap()];
    assert_eq!(outcome.reply.sessions()[1..].iter().map(|child| child.id.clone()).collect::<Vec<_>>(), asked);
}

/// A clock that is an hour ahead of the server's.
#[derive(Debug)]
struct Ahead;

impl Clock for Ahead {
    fn unix_millis(&self) -> u64 {
        SystemClock.unix_millis() + 60 * 60 * 1000
    }
}

fn minted_ahead() -> MessageId {
    let mut bits = 7;
    MessageId::ascending(&AscendingClock::new(Ahead), &mut || {
        bits += 1;
        bits
    })
}

/// The prompt's id was made where the clock is ahead of the server's: what a sub-agent says is part of the turn all
/// the same, for who follows it and for who comes later.
#[tokio::test]
async fn a_child_is_part_of_a_turn_whose_prompt_has_an_id_from_the_future() {
    let server = serve(delegating(digging())).await;
    let session = session(&server).await;
    let prompt = Prompt::from("Go.").with_message_id(minted_ahead());
    let followed = outcome(session.prompt(prompt).await.unwrap()).await;
    let attached = outcome(session.attach(followed.reply.message_id().clone()).await.unwrap()).await;
    let stored = session.stored_reply(followed.reply.message_id()).await.unwrap();
    for reply in [&followed.reply, &attached.reply, &stored] {
        assert_eq!(reply.text(), "Let us see.\n\nFound gold.");
        assert_eq!((reply.sessions().len(), reply.usage().steps), (2, 4));
    }
}

/// The same for a turn of more messages than are fetched at once.
#[tokio::test]
async fn a_long_turn_whose_prompt_has_an_id_from_the_future_is_found() {
    let mut script = Script::new();
    for _ in 0..60 {
        script = script.tool(Tool::new("bash").input(json!({ "command": "ls" }))).next_step();
    }
    let server = serve(script.text("Done.")).await;
    let session = session(&server).await;
    let prompt = Prompt::from("Go.").with_message_id(minted_ahead());
    let followed = outcome(session.prompt(prompt).await.unwrap()).await;
    let attached = outcome(session.attach(followed.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!((attached.ending, attached.reply.usage().steps), (Ending::Completed, 61));
}
