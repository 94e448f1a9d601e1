//! Answers that fit a schema.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::ErrorKind;
use opencode_wire::api::{ListMessages, OutputFormat};
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

/// Any `format` in a prompt makes the server refuse to list the messages of its session from then on. The turn is
/// followed by its events and settled message by message.
#[tokio::test]
async fn t14_a_structured_answer_arrives_although_its_messages_cannot_be_listed() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let schema = json!({
        "type": "object",
        "properties": { "colour": { "type": "string" } },
        "required": ["colour"],
    });
    let script = ModelScript::new().step([Op::tool("StructuredOutput", json!({ "colour": "blue" }))]);
    let prompt = rig::prompt(&session, &script).with_format(OutputFormat::json_schema(schema));
    let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!(outcome.ending, Ending::CompletedWithoutText, "{}", rig::shown(&outcome));
    let structured = outcome.reply.structured().unwrap();
    assert_eq!(structured.to_value(), json!({ "colour": "blue" }));
    let refused = session.list_messages(&ListMessages::default()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadRequest, "the server has mended it: {refused}");

    // The session is as good as before for everything else.
    let next = rig::run(&session, ModelScript::new().step([Op::text("In words: blue.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "In words: blue."));
}

#[tokio::test]
async fn t14_a_format_of_text_is_harmless_to_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let script = ModelScript::new().step([Op::text("Plain.")]);
    let prompt = rig::prompt(&session, &script).with_format(OutputFormat::Text);
    let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Plain."));
}

/// Who comes later cannot list the messages either.
#[tokio::test]
async fn t14_a_finished_structured_turn_can_be_attached_to() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let schema = json!({ "type": "object", "properties": { "n": { "type": "number" } } });
    let script = ModelScript::new().step([Op::tool("StructuredOutput", json!({ "n": 7 }))]);
    let prompt = rig::prompt(&session, &script).with_format(OutputFormat::json_schema(schema));
    let first = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!(first.ending, Ending::CompletedWithoutText);
    let elsewhere = rig.client().session(session.id().clone());
    let again = rig::outcome(elsewhere.attach(first.reply.message_id().clone()).await.unwrap()).await;
    assert_eq!(again.ending, first.ending);
    assert_eq!(again.reply.structured(), first.reply.structured());
}
