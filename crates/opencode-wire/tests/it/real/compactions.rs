//! Conversations that grow too long and are summarised, by themselves or on demand.

use opencode_testkit::model::{AnsweredBy, ModelScript, Op};
use opencode_testkit::real::SCRIPTED_MODEL;
use opencode_wire::model::ModelRef;
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

/// What a provider says to a conversation that does not fit.
fn overflow() -> Op {
    Op::status(400).with_body(json!({ "error": {
        "message": "This model's maximum context length is 100 tokens.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    } }))
}

/// The first prompt of a session: the server summarises, and inserts a message of its own that makes the model go on.
#[tokio::test]
async fn t03_a_prompt_that_overflows_at_once_is_gone_on_with() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let calls = ModelScript::new().step([overflow()]).step([Op::text("It fits now.")]);
    rig.model.queue(Some(session.id().as_str()), calls);
    let (changes, outcome) =
        rig::drain(session.prompt(rig::words(&session, "Go on, at length.")).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.text(), "It fits now.");
}

/// A later prompt: the server summarises what was before it, and says the prompt again in a message that looks like a
/// person's. The answer answers that one: all of it is this turn.
#[tokio::test]
async fn t03_a_context_that_overflows_is_summarised_within_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let before = rig::run(&session, ModelScript::new().step([Op::text("Long ago.")])).await;
    assert_eq!(before.ending, Ending::Completed);
    let calls = ModelScript::new().step([overflow()]).step([Op::text("It fits now.")]);
    rig.model.queue(Some(session.id().as_str()), calls);
    let turn = session.prompt(rig::words(&session, "Go on, at length.")).await.unwrap();
    let message_id = turn.message_id().clone();
    let (changes, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.text(), "It fits now.");
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Compacted), "{}", rig::shown(&changes));
    let last = outcome.reply.last_message().unwrap();
    assert_ne!(last.parent_id.as_ref(), Some(&message_id), "the server inserts no message any more");
    let asked: Vec<_> = rig.requests_of(&session).into_iter().map(|request| request.answered_by).collect();
    assert_eq!(asked.iter().filter(|by| **by == AnsweredBy::Summary).count(), 1, "{asked:?}");

    let again = rig::outcome(session.attach(message_id).await.unwrap()).await;
    assert_eq!((again.ending, again.reply.text().as_str()), (Ending::Completed, "It fits now."));
    let next = rig::run(&session, ModelScript::new().step([Op::text("Next.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Next."));
}

/// The message that did not fit is stored without an error, as if somebody had stopped it: the summary's tells why.
#[tokio::test]
async fn t06_a_summary_that_fails_fails_the_turn() {
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    rig.model.set_summary([Op::status(400)]);
    let session = rig.session().await;
    let before = rig::run(&session, ModelScript::new().step([Op::text("Long ago.")])).await;
    assert_eq!(before.ending, Ending::Completed);
    rig.model.queue(Some(session.id().as_str()), ModelScript::new().step([overflow()]));
    let outcome =
        rig::outcome(session.prompt(rig::words(&session, "Go on, at length.")).await.unwrap()).await;
    let Ending::Failed { error } = &outcome.ending else { panic!("{}", rig::shown(&outcome)) };
    assert_eq!(error.data.status_code.map(|code| code.get()), Some(400));
    let again = rig::outcome(session.attach(outcome.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!(again.ending, outcome.ending);
}

/// A step that used nearly all of the context makes the server summarise before the next one.
#[tokio::test]
async fn t03_a_context_that_is_nearly_full_is_summarised_within_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.trusted_session().await;
    let used = json!({ "prompt_tokens": 99_000, "completion_tokens": 500, "total_tokens": 99_500 });
    let calls = ModelScript::new()
        .step([
            Op::text("Looking."),
            Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" })),
            Op::usage(used),
        ])
        .step([Op::text("Found.")]);
    rig.model.queue(Some(session.id().as_str()), calls);
    let (changes, outcome) =
        rig::drain(session.prompt(rig::words(&session, "Look for it.")).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.text(), "Looking.\n\nFound.");
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Compacted), "{}", rig::shown(&changes));
}

#[tokio::test]
async fn a_session_that_was_summarised_goes_on() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let before = rig::run(&session, ModelScript::new().step([Op::text("Long ago.")])).await;
    assert_eq!(before.ending, Ending::Completed);
    let (provider, model) = SCRIPTED_MODEL;
    session.summarize(&ModelRef::new(provider, model)).await.unwrap();
    let outcome = rig::run(&session, ModelScript::new().step([Op::text("And now.")])).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "And now.");
    let told = serde_json::to_string(&rig.requests_of(&session).last().unwrap().messages).unwrap();
    assert!(told.contains("Scripted summary"), "{told}");
}
