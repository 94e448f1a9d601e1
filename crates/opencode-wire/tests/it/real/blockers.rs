//! What agents ask of people: permissions and questions.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::drive::{Decision, policy};
use opencode_wire::model::{PermissionReply, ToolStatus};
use opencode_wire::reply::{Blocker, BlockerAnswer, ChangeKind, ReplyPart};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

/// One command that needs permission, and a last word.
fn command(command: &str) -> ModelScript {
    ModelScript::new()
        .step([Op::tool("bash", json!({ "command": command, "description": "Runs it" }))])
        .step([Op::text("It was run or not.")])
}

fn question() -> ModelScript {
    let questions = json!([{
        "question": "Which colour?",
        "header": "Colour",
        "options": [
            { "label": "Red", "description": "like a rose" },
            { "label": "Blue", "description": "like the sky" },
        ],
    }]);
    ModelScript::new()
        .step([Op::tool("question", json!({ "questions": questions }))])
        .step([Op::text("I see.")])
}

const fn is_blocked(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::Blocked(_))
}

#[tokio::test]
async fn a_permission_is_asked_before_anything_happens_and_allowed_once() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, command("echo ran > once.txt")).await;
    let changes = rig::until(&mut turn, is_blocked).await;
    let Some(ChangeKind::Blocked(blocker)) = changes.last().map(|change| &change.kind) else { panic!() };
    let Blocker::Permission(request) = &**blocker else { panic!("{blocker:?}") };
    assert_eq!((request.permission.as_str(), &request.session_id), ("bash", session.id()));
    assert!(turn.reply().is_blocked());
    let file = rig.server.directory().join("once.txt");
    assert!(!file.exists(), "it ran without permission");
    turn.answer(blocker, Decision::AllowOnce).await.unwrap();
    let again = turn.answer(blocker, Decision::AllowOnce).await.unwrap_err();
    assert!(again.is_not_found(), "{again}");
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(!outcome.reply.is_blocked());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "ran\n");
    let answer = changes.iter().find_map(|change| match &change.kind {
        ChangeKind::Unblocked { answer, .. } => answer.clone(),
        _ => None,
    });
    assert_eq!(answer, Some(BlockerAnswer::Permission(PermissionReply::Once)));
}

#[tokio::test]
async fn once_is_once() {
    let Some(rig) = Rig::shared().await else { return };
    let run = json!({ "command": "true", "description": "Nothing" });
    let script = ModelScript::new()
        .step([Op::tool("bash", run.clone())])
        .step([Op::tool("bash", run)])
        .step([Op::text("Twice.")]);
    let session = rig.session().await;
    let turn = session.prompt(rig::prompt(&session, &script)).on_blocker(policy::allow_all).await.unwrap();
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(changes.iter().filter(|change| is_blocked(&change.kind)).count(), 2);
}

#[tokio::test]
async fn always_holds_for_every_session_of_the_directory() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("always");
    let always = |_| async { Decision::AllowAlways };
    let first = rig::session(&client).await;
    let turn = first.prompt(rig::prompt(&first, &command("echo one"))).on_blocker(always).await.unwrap();
    assert_eq!(rig::outcome(turn).await.ending, Ending::Completed);

    let second = rig::session(&client).await;
    let (changes, outcome) = rig::drain(rig::start(&second, command("echo two")).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert!(!changes.iter().any(|change| is_blocked(&change.kind)), "{}", rig::shown(&changes));
}

/// Without a word the server ends the turn after the step at hand: no error, no text.
#[tokio::test]
async fn t11_a_refusal_without_a_word_ends_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let turn = session
        .prompt(rig::prompt(&session, &command("echo no")))
        .on_blocker(policy::reject_all)
        .await
        .unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::CompletedWithoutText, "{}", rig::shown(&outcome));
    let bash = outcome.reply.tools().next().and_then(ReplyPart::tool).unwrap();
    assert_eq!(bash.state.status, ToolStatus::Error);
    assert_eq!(rig.requests_of(&session).len(), 1);
}

#[tokio::test]
async fn t11_a_refusal_with_a_word_is_read_by_the_model() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let because = |_| async { Decision::reject_because("not on a Sunday") };
    let turn = session.prompt(rig::prompt(&session, &command("echo no"))).on_blocker(because).await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "It was run or not.");
    let requests = rig.requests_of(&session);
    let told = serde_json::to_string(&requests.last().unwrap().messages).unwrap();
    assert!(told.contains("not on a Sunday"), "{told}");
}

#[tokio::test]
async fn a_question_is_answered() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, question()).await;
    rig::until(&mut turn, is_blocked).await;
    let blocker = turn.reply().blockers().next().cloned().unwrap();
    let Blocker::Question(request) = &blocker else { panic!("{blocker:?}") };
    assert_eq!(request.questions[0].question, "Which colour?");
    assert_eq!(request.questions[0].options.len(), 2);
    turn.answer(&blocker, Decision::answer(["Blue"])).await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "I see.");
    let output = outcome.reply.tools().next().and_then(ReplyPart::tool).unwrap().state.output.clone();
    assert!(output.as_deref().is_some_and(|output| output.contains("Blue")), "{output:?}");
}

#[tokio::test]
async fn t11_a_refused_question_ends_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let turn =
        session.prompt(rig::prompt(&session, &question())).on_blocker(policy::reject_all).await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::CompletedWithoutText, "{}", rig::shown(&outcome));
}

/// The request comes before the tool call is told to run, and is not told again: who comes later must ask for it.
#[tokio::test]
async fn t12_who_attaches_while_a_person_is_asked_hears_of_it() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let mut turn = rig::start(&session, command("echo later")).await;
    rig::until(&mut turn, is_blocked).await;
    let (session_id, message_id) = turn.detach();
    let elsewhere = rig.client().session(session_id);
    let turn = elsewhere.attach(message_id).on_blocker(policy::allow_all).await.unwrap();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "It was run or not.");
}
