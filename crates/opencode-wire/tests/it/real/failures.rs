//! Providers that fail: at once, for a while, and in the middle of a sentence.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::model::ErrorName;
use opencode_wire::reply::{Change, ChangeKind};
use opencode_wire::turn::{Ending, Outcome};
use serde_json::json;

use super::rig::{self, Rig};

/// The provider's status in the error that ended a turn.
fn status_of(outcome: &Outcome) -> Option<u64> {
    let Ending::Failed { error } = &outcome.ending else { panic!("{}", rig::shown(outcome)) };
    error.data.status_code.map(|code| code.get())
}

fn retries(changes: &[Change]) -> usize {
    changes.iter().filter(|change| matches!(change.kind, ChangeKind::Retrying(_))).count()
}

#[tokio::test]
async fn a_refusal_of_the_provider_fails_the_turn_with_its_words() {
    let Some(rig) = Rig::shared().await else { return };
    let body = json!({ "error": { "message": "the moon is full", "type": "bad" } });
    let session = rig.session().await;
    let outcome = rig::run(&session, ModelScript::new().step([Op::status(400).with_body(body)])).await;
    assert_eq!(status_of(&outcome), Some(400));
    let Ending::Failed { error } = &outcome.ending else { unreachable!() };
    assert_eq!(error.name, ErrorName::Api);
    assert!(error.data.message.contains("the moon is full"), "{error:?}");
    assert!(!outcome.ending.is_retryable());
    let next = rig::run(&session, ModelScript::new().step([Op::text("Better.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Better."));
}

#[tokio::test]
async fn wrong_credentials_fail_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let outcome = rig.run(ModelScript::new().step([Op::status(401)])).await;
    assert_eq!(status_of(&outcome), Some(401));
}

/// No error event is sent while the server tries again: the status alone says so.
#[tokio::test]
async fn t06_a_provider_that_is_busy_is_tried_again_when_it_says() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let busy = Op::status(429).times(2).with_header("retry-after-ms", "50");
    let script = ModelScript::new().step([busy, Op::text("At last.")]);
    let (changes, outcome) = rig::drain(rig::start(&session, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "At last.");
    assert_eq!(retries(&changes), 2, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.errors().count(), 0);
    assert_eq!(rig.requests_of(&session).len(), 3);
}

#[tokio::test]
async fn t06_a_provider_that_fails_once_is_tried_again() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new().step([Op::status(500).times(1), Op::text("At last.")]);
    let (changes, outcome) = rig::drain(rig::start(&rig.session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "At last.");
    assert_eq!(retries(&changes), 1, "{}", rig::shown(&changes));
}

/// The failed try's parts stay in the server's events, and the next try says everything again in new parts.
#[tokio::test]
async fn t07_a_text_that_was_begun_twice_is_said_once() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let broken = Op::error(json!({ "message": "overloaded", "type": "server_error", "code": "overloaded" }));
    // One call after the other takes the next of these, a second try of the same step too.
    let attempts = ModelScript::new()
        .step([Op::reasoning("Hm."), Op::text("The answer is forty"), broken])
        .step([Op::reasoning("Hm."), Op::text("The answer is forty-two.")]);
    rig.model.queue(Some(session.id().as_str()), attempts);
    let (changes, outcome) =
        rig::drain(session.prompt(rig::words(&session, "What is the answer?")).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(retries(&changes), 1, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.text(), "The answer is forty-two.");
    assert_eq!(outcome.reply.reasoning(), "Hm.");
    let abandoned = changes.iter().any(|change| matches!(change.kind, ChangeKind::PartAbandoned { .. }));
    assert!(abandoned, "{}", rig::shown(&changes));
    // Who reads it back later has the same from the messages alone.
    let message_id = outcome.reply.message_id().clone();
    let again = rig::outcome(session.attach(message_id).await.unwrap()).await;
    assert_eq!(again.reply.text(), outcome.reply.text());
    assert_eq!(again.reply.reasoning(), "Hm.");
}

#[tokio::test]
async fn t07_a_connection_that_broke_in_the_middle_is_said_once() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let attempts = ModelScript::new()
        .step([Op::text("The answer is forty"), Op::Disconnect])
        .step([Op::text("The answer is forty-two.")]);
    rig.model.queue(Some(session.id().as_str()), attempts);
    let outcome =
        rig::outcome(session.prompt(rig::words(&session, "What is the answer?")).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.text(), "The answer is forty-two.");
}

#[tokio::test]
async fn what_is_no_json_fails_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let script = ModelScript::new().step([Op::text("Before. "), Op::raw("data: {\"choices\": [\n\n")]);
    let outcome = rig.run(script).await;
    let Ending::Failed { error } = &outcome.ending else { panic!("{}", rig::shown(&outcome)) };
    assert!(!error.data.message.is_empty(), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_was_too_long_is_truncated() {
    let Some(rig) = Rig::shared().await else { return };
    let outcome = rig.run(ModelScript::new().step([Op::text("And then"), Op::finish("length")])).await;
    assert_eq!(outcome.ending, Ending::Truncated { reason: "length".to_owned() });
    assert_eq!(outcome.reply.text(), "And then");
}

#[tokio::test]
async fn an_answer_that_was_filtered_is_truncated() {
    let Some(rig) = Rig::shared().await else { return };
    let outcome = rig.run(ModelScript::new().step([Op::text("And"), Op::finish("content_filter")])).await;
    let is_filtered = match &outcome.ending {
        Ending::Truncated { reason } => reason == "content-filter",
        Ending::Failed { error } => error.name == ErrorName::ContentFilter,
        _ => false,
    };
    assert!(is_filtered, "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.text(), "And");
}

#[tokio::test]
async fn an_answer_without_a_word_completes_without_text() {
    let Some(rig) = Rig::shared().await else { return };
    let outcome = rig.run(ModelScript::new().step([])).await;
    assert_eq!(outcome.ending, Ending::CompletedWithoutText, "{}", rig::shown(&outcome));
    assert_eq!(outcome.reply.text(), "");
}

/// The server takes an answer without a reason for its end as unfinished and calls the model again.
#[tokio::test]
async fn t16_an_answer_without_a_reason_goes_on() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let script =
        ModelScript::new().step([Op::text("Not all."), Op::NoFinish]).step([Op::text("This is all.")]);
    let outcome = rig::run(&session, script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "Not all.\n\nThis is all.");
    assert_eq!(rig.requests_of(&session).len(), 2);
}

/// An error about a file that is not there is told, and the turn goes on.
#[tokio::test]
async fn t06_a_mentioned_file_that_is_missing_does_not_end_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let missing = rig.server.directory().join("missing.txt");
    let url = format!("file://{}", missing.display());
    let prompt = rig::prompt(&session, &ModelScript::new().step([Op::text("All the same.")]))
        .with_part(opencode_wire::api::PromptPart::file(url, "text/plain"));
    let (changes, outcome) = rig::drain(session.prompt(prompt).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(&changes));
    assert_eq!(outcome.reply.text(), "All the same.");
    assert_eq!(outcome.reply.errors().count(), 1, "{}", rig::shown(&changes));
}
