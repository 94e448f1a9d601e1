//! The calls about messages: reading, paging, removing, and those that answer in one go.

use futures_util::StreamExt as _;
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::ErrorKind;
use opencode_wire::api::{ListMessages, Prompt, PromptPart, RunCommand, Shell};
use opencode_wire::model::{PartKind, Role, StoredMessage};
use opencode_wire::turn::Ending;

use super::rig::{self, Rig};

fn text_of(message: &StoredMessage) -> String {
    message
        .parts
        .iter()
        .filter_map(|part| match &part.kind {
            PartKind::Text(text) => Some(text.text.as_str()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn messages_come_page_by_page_from_the_end() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    for number in 0..4 {
        let prompt = Prompt::from(format!("Number {number}.")).with_no_reply(true);
        session.send_prompt(&prompt).await.unwrap();
    }
    let mut pages = std::pin::pin!(session.message_pages(3));
    let newest = pages.next().await.unwrap().unwrap();
    let oldest = pages.next().await.unwrap().unwrap();
    assert!(pages.next().await.is_none());
    let texts = |messages: &[StoredMessage]| messages.iter().map(text_of).collect::<Vec<_>>();
    assert_eq!(texts(&newest.messages), ["Number 1.", "Number 2.", "Number 3."]);
    assert_eq!(texts(&oldest.messages), ["Number 0."]);
    let again = ListMessages::default().with_limit(3).with_before(newest.next.unwrap());
    assert_eq!(session.list_messages(&again).await.unwrap().messages, oldest.messages);
}

/// The answer of a prompt that waits, in which the turn's failure is no failure of the call.
#[tokio::test]
async fn a_prompt_that_waits_returns_the_answer() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let answer = session
        .send_prompt(&rig::prompt(&session, &ModelScript::new().step([Op::text("Here.")])))
        .await
        .unwrap();
    assert_eq!((&answer.info.role, text_of(&answer).as_str()), (&Role::Assistant, "Here."));
    assert_eq!(session.message(&answer.info.id).await.unwrap(), answer);
    let failed = session
        .send_prompt(&rig::prompt(&session, &ModelScript::new().step([Op::status(400)])))
        .await
        .unwrap();
    assert!(failed.info.error.is_some(), "{failed:?}");
}

#[tokio::test]
async fn messages_and_parts_are_removed() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let prompt = Prompt::from("First.").with_part("Second.").with_no_reply(true);
    let stored = session.send_prompt(&prompt).await.unwrap();
    session.delete_part(&stored.info.id, &stored.parts[0].id).await.unwrap();
    assert_eq!(text_of(&session.message(&stored.info.id).await.unwrap()), "Second.");
    session.delete_message(&stored.info.id).await.unwrap();
    assert!(session.message(&stored.info.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn files_and_agents_are_mentioned_in_a_prompt() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    std::fs::write(rig.server.directory().join("mentioned.txt"), "the word is xyzzy\n").unwrap();
    let url = format!("file://{}", rig.server.directory().join("mentioned.txt").display());
    let prompt = rig::prompt(&session, &ModelScript::new().step([Op::text("I see.")]))
        .with_part(PromptPart::file(url, "text/plain"))
        .with_part(PromptPart::file_bytes("note.txt", "text/plain", "inline plugh"));
    let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "I see."));
    let asked = serde_json::to_string(&rig.requests_of(&session)[0].messages).unwrap();
    assert!(asked.contains("xyzzy"), "{asked}");
}

#[tokio::test]
async fn a_shell_command_of_a_person_is_run() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let answer = session.shell(&Shell::new("echo by-hand", "build")).await.unwrap();
    let output = answer.parts.iter().find_map(|part| match &part.kind {
        PartKind::Tool(tool) => tool.state.output.clone(),
        _ => None,
    });
    assert_eq!(output.as_deref().map(str::trim), Some("by-hand"));
    let next = rig::run(&session, ModelScript::new().step([Op::text("Seen.")])).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Seen."));
}

#[tokio::test]
async fn a_command_is_listed_and_run() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let commands = session.client().commands().await.unwrap();
    assert!(commands.iter().any(|command| command.name == "init"), "{commands:?}");
    rig.model.queue(Some(session.id().as_str()), ModelScript::new().step([Op::text("Looked.")]));
    let answer = session.run_command(&RunCommand::new("review", "")).await.unwrap();
    assert_eq!(answer.info.role, Role::Assistant, "{answer:?}");
    let unknown = session.run_command(&RunCommand::new("no-such-command", "")).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Server, "{unknown}");
}

/// A page of several megabytes arrives whole, and so does an id that would not fit a route.
#[tokio::test]
async fn t15_a_large_page_is_read_whole() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let large = "z".repeat(3_000_000);
    session.send_prompt(&Prompt::from(large.as_str()).with_no_reply(true)).await.unwrap();
    session.send_prompt(&Prompt::from(large.as_str()).with_no_reply(true)).await.unwrap();
    let page = session.list_messages(&ListMessages::default()).await.unwrap();
    assert_eq!(
        page.messages.iter().map(|message| text_of(message).len()).collect::<Vec<_>>(),
        [3_000_000; 2]
    );
}
