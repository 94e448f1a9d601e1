//! Questions and permission requests: asked, answered by whomever, missed, and left open.

use std::time::Duration;

use opencode_testkit::server::{Fault, Permission, Script, Server, Tool};
use opencode_wire::ErrorKind;
use opencode_wire::drive::{Decision, Turn, policy};
use opencode_wire::reply::{Blocker, BlockerAnswer, ChangeKind};
use opencode_wire::turn::{Deadlines, Ending};
use serde_json::{Value, json};

use super::support::{aborts, client, connections, cut_until_back, in_time, outcome, serve, session, until};

fn bash(command: &str) -> Tool {
    Tool::new("bash")
        .input(json!({"command": command}))
        .ask(Permission::new("bash", command).always("ls *"))
        .output("listed")
}

fn permission() -> Script {
    Script::new().text("I will look.").tool(bash("ls -l")).next_step().text("Done.")
}

fn question() -> Script {
    let options = json!([{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]);
    let questions = json!([{"question": "Which colour?", "header": "Colour", "options": options}]);
    Script::new().question(questions).next_step().text("Painted.")
}

/// Follows the turn until somebody is asked.
async fn asked(turn: &mut Turn) -> Blocker {
    match until(turn, |change| matches!(change.kind, ChangeKind::Blocked(_))).await.kind {
        ChangeKind::Blocked(blocker) => *blocker,
        other => panic!("{other:?}"),
    }
}

fn answers(server: &Server) -> Vec<Value> {
    let all = server.requests().into_iter().filter(|request| request.method == "POST");
    let all = all.filter(|request| request.path.ends_with("/reply") || request.path.ends_with("/reject"));
    all.map(|request| request.body).collect()
}

#[tokio::test]
async fn a_permission_is_decided() {
    let no = Decision::Reject { message: None };
    let because = Decision::reject_because("use the other folder");
    for (decision, body, status, text) in [
        (Decision::AllowOnce, json!({"reply": "once"}), "completed", "I will look.\n\nDone."),
        (Decision::AllowAlways, json!({"reply": "always"}), "completed", "I will look.\n\nDone."),
        (no, json!({"reply": "reject"}), "error", "I will look."),
        (
            because,
            json!({"reply": "reject", "message": "use the other folder"}),
            "error",
            "I will look.\n\nDone.",
        ),
    ] {
        let server = serve(permission()).await;
        let session = session(&server).await;
        let decide = move |_| std::future::ready(decision.clone());
        let outcome = outcome(session.prompt("Go.").on_blocker(decide).await.unwrap()).await;
        assert_eq!(outcome.ending, Ending::Completed, "{body}");
        assert_eq!(outcome.reply.text(), text);
        assert_eq!(outcome.reply.tools().next().unwrap().tool().unwrap().state.status.as_str(), status);
        assert_eq!(answers(&server), [body]);
        assert!(!outcome.reply.is_blocked());
    }
}

#[tokio::test]
async fn a_question_is_decided() {
    for (decision, body, text) in [
        (Decision::answer(["Blue"]), json!({"answers": [["Blue"]]}), "Painted."),
        (Decision::Reject { message: None }, Value::Null, ""),
    ] {
        let server = serve(question()).await;
        let decide = move |_| std::future::ready(decision.clone());
        let turn = session(&server).await.prompt("Go.").on_blocker(decide).await.unwrap();
        let outcome = outcome(turn).await;
        assert!(outcome.ending.is_completed());
        assert_eq!(outcome.reply.text(), text);
        assert_eq!(answers(&server).len(), 1);
        assert_eq!(answers(&server)[0]["answers"], body["answers"]);
    }
}

#[tokio::test]
async fn ready_made_policies() {
    let server = serve(question()).await;
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    assert_eq!(outcome(turn).await.reply.text(), "Painted.");
    assert_eq!(answers(&server), [json!({"answers": [["Red"]]})]);
    server.script(permission());
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::reject_all).await.unwrap();
    assert_eq!(outcome(turn).await.reply.text(), "I will look.");
}

/// W-07: the old client had no way to answer.
#[tokio::test]
async fn w07_blockers_are_answered_by_hand() {
    let server = serve(permission()).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let blocker = asked(&mut turn).await;
    assert_eq!(turn.reply().blockers().collect::<Vec<_>>(), [&blocker]);
    turn.answer(&blocker, Decision::AllowOnce).await.unwrap();
    let answered = until(&mut turn, |change| matches!(change.kind, ChangeKind::Unblocked { .. })).await;
    let ChangeKind::Unblocked { id, answer: Some(BlockerAnswer::Permission(reply)) } = answered.kind else {
        panic!("{answered:?}")
    };
    assert_eq!((id, reply.as_str()), (blocker.id(), "once"));
    let again = turn.answer(&blocker, Decision::AllowOnce).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::NotFound, "nobody asks that any more");
    assert_eq!(outcome(turn).await.ending, Ending::Completed);
}

#[tokio::test]
async fn two_requests_at_once_are_each_asked_about_once() {
    let server = serve(permission()).await;
    let first = session(&server).await;
    let mut turn = first.prompt("Go.").await.unwrap();
    let real = asked(&mut turn).await;
    // A second tool call of the same message asks at the same time.
    let other = json!({
        "id": "que_0000000000000000000000000", "sessionID": first.id().as_str(),
        "questions": [{"question": "Sure?", "header": "Sure", "options": []}],
    });
    server.emit_for(first.id().as_str(), "question.asked", other.clone());
    let second = asked(&mut turn).await;
    assert_eq!(turn.reply().blockers().count(), 2);
    turn.answer(&real, Decision::AllowOnce).await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Unblocked { .. })).await;
    assert_eq!(turn.reply().blockers().collect::<Vec<_>>(), [&second]);
    // Nobody answers it, and the server goes on: with the turn it is closed.
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(!outcome.reply.is_blocked());
}

/// A person is still thinking when somebody else answers: the turn goes on, and does not wait for the person.
#[tokio::test]
async fn a_request_that_somebody_else_answers_is_taken_from_the_decider() {
    let server = serve(permission()).await;
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let decide = move |blocker: Blocker| {
        asked.send(blocker).unwrap();
        std::future::pending()
    };
    let turn = session(&server).await.prompt("Go.").on_blocker(decide).await.unwrap();
    let following = tokio::spawn(outcome(turn));
    let Some(Blocker::Permission(request)) = in_time(was_asked.recv()).await else { panic!("a question") };
    let elsewhere = client(&server).permissions();
    elsewhere
        .reply(&request.session_id, &request.id, opencode_wire::api::PermissionAnswer::once())
        .await
        .unwrap();
    let outcome = in_time(following).await.unwrap();
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "I will look.\n\nDone."));
}

/// The decision comes too late: the server says 404, which is no failure of the turn.
#[tokio::test]
async fn a_decision_that_comes_too_late_is_forgiven() {
    let server = serve(permission()).await;
    server.fault(Fault::on("POST", "/permission/:id/reply").hold_before("late"));
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    let following = tokio::spawn(outcome(turn));
    server.wait_for_hold("late").await;
    let id = server.wait_for_blocker().await["id"].as_str().unwrap().to_owned();
    let request = client(&server).permissions().list().await.unwrap().remove(0);
    assert_eq!(request.id.as_str(), id);
    let allow = opencode_wire::api::PermissionAnswer::once();
    client(&server).permissions().reply(&request.session_id, &request.id, allow).await.unwrap();
    server.release("late");
    assert_eq!(in_time(following).await.unwrap().ending, Ending::Completed);
}

/// Trap 12 and W-08: requests are not told again after a reconnect.
#[tokio::test]
async fn t12_a_request_that_was_made_while_disconnected_is_found() {
    let server = serve(Script::new().hold("gate").tool(bash("ls -l")).next_step().text("Done.")).await;
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    server.wait_for_hold("gate").await;
    cut_until_back(&server);
    let following = tokio::spawn(outcome(turn));
    server.wait_for_hold("back").await;
    server.release("gate");
    server.wait_for_blocker().await;
    server.release("back");
    assert_eq!(in_time(following).await.unwrap().reply.text(), "Done.");
    assert_eq!(connections(&server), 2);
}

/// W-08: a reply that was missed left the old client blocked for ever.
#[tokio::test]
async fn w08_a_request_that_was_answered_while_disconnected_is_closed() {
    let server = serve(Script::new().tool(bash("ls -l").hold("gate")).next_step().text("Done.")).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let Blocker::Permission(request) = asked(&mut turn).await else { panic!("a question") };
    cut_until_back(&server);
    server.wait_for_hold("back").await;
    let allow = opencode_wire::api::PermissionAnswer::once();
    client(&server).permissions().reply(&request.session_id, &request.id, allow).await.unwrap();
    server.release("back");
    let closed = until(&mut turn, |change| matches!(change.kind, ChangeKind::Unblocked { .. })).await;
    assert!(matches!(closed.kind, ChangeKind::Unblocked { answer: None, .. }), "nobody knows by whom");
    server.release("gate");
    assert_eq!(outcome(turn).await.reply.text(), "Done.");
}

/// W-05: the idle watchdog of the old client fired while a person was asked. Here only the limit for people counts,
/// although it is the longest.
#[tokio::test]
async fn g11_waiting_for_a_person_pauses_the_other_limits() {
    let short = Some(Duration::from_millis(400));
    let mut deadlines = Deadlines::default();
    (deadlines.first_output, deadlines.progress, deadlines.total) = (short, short, short);
    deadlines.human = Some(Duration::from_millis(900));
    let server = serve(permission()).await;
    let turn = session(&server).await.prompt("Go.").deadlines(deadlines).await.unwrap();
    let outcome = outcome(turn).await;
    assert!(matches!(outcome.ending, Ending::Unanswered { .. }), "{}", outcome.ending);
}

#[tokio::test]
async fn g11_a_request_that_nobody_answers_ends_the_turn() {
    let mut deadlines = Deadlines::default();
    deadlines.human = Some(Duration::from_millis(150));
    for decider in 0..3 {
        let server = serve(permission()).await;
        let session = session(&server).await;
        let prompt = session.prompt("Go.").deadlines(deadlines);
        let prompt = match decider {
            0 => prompt,
            1 => prompt.on_blocker(|_| std::future::ready(Decision::Leave)),
            _ => prompt.on_blocker(|_| std::future::pending()),
        };
        let outcome = outcome(prompt.await.unwrap()).await;
        let Ending::Unanswered { blocker, confirmed: true } = &outcome.ending else {
            panic!("{}", outcome.ending)
        };
        assert!(matches!(&**blocker, Blocker::Permission(request) if request.permission == "bash"));
        assert_eq!(outcome.reply.text(), "I will look.");
        assert!(!outcome.reply.is_blocked());
        assert_eq!(aborts(&server, &session), 1);
    }
}

#[tokio::test]
async fn a_decision_of_the_wrong_kind() {
    let server = serve(question()).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let blocker = asked(&mut turn).await;
    let error = turn.answer(&blocker, Decision::AllowOnce).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert!(answers(&server).is_empty());
    turn.answer(&blocker, Decision::answer(["Blue"])).await.unwrap();
    assert_eq!(outcome(turn).await.reply.text(), "Painted.");
    // A permission cannot be answered like a question: nothing is allowed by mistake.
    server.script(permission());
    let decide = |_| std::future::ready(Decision::answer(["Yes"]));
    let turn = session(&server).await.prompt("Go.").on_blocker(decide).await.unwrap();
    assert_eq!(
        outcome(turn).await.reply.tools().next().unwrap().tool().unwrap().state.status.as_str(),
        "error"
    );
    assert_eq!(answers(&server)[1], json!({"reply": "reject"}));
}

#[tokio::test]
async fn an_answer_that_does_not_arrive_is_sent_again() {
    let server = serve(permission()).await;
    server.fault(Fault::on("POST", "/permission/:id/reply").status(503).times(2));
    server.fault(Fault::on("POST", "/permission/:id/reply").hang_up_after());
    let turn = session(&server).await.prompt("Go.").on_blocker(policy::allow_all).await.unwrap();
    assert_eq!(outcome(turn).await.reply.text(), "I will look.\n\nDone.");
}
