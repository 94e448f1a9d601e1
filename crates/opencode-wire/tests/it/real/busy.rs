//! Many prompts: in one session, in many, in several directories.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::client::RequestBody;
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;
use tower::util::MapRequestLayer;

use super::rig::{self, Rig};

const fn is_text(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::Text { .. })
}

/// A prompt in a busy session is taken at once. The server ends the step at hand, which was the last one of its turn,
/// and answers the new prompt then.
#[tokio::test]
async fn g04_a_prompt_while_the_last_step_is_said_waits_for_its_end() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let slow = ModelScript::new().step([Op::text("One "), Op::hold("g04-last"), Op::text("whole.")]);
    let mut first = rig::start(&session, slow).await;
    rig::until(&mut first, is_text).await;
    let second = rig::start(&session, ModelScript::new().step([Op::text("Two.")])).await;
    rig.model.release("g04-last");
    let (first, second) = (rig::outcome(first).await, rig::outcome(second).await);
    assert_eq!((first.ending, first.reply.text().as_str()), (Ending::Completed, "One whole."));
    assert_eq!((second.ending, second.reply.text().as_str()), (Ending::Completed, "Two."));
}

/// Between two steps the server turns to the newest prompt: the older turn is not finished, and says by whom it was
/// overtaken.
#[tokio::test]
async fn g12_a_prompt_between_two_steps_takes_the_place_of_the_older_one() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.trusted_session().await;
    let steps = ModelScript::new()
        .step([
            Op::text("First step. "),
            Op::hold("g12-between"),
            Op::tool("bash", json!({ "command": "true", "description": "Nothing" })),
        ])
        .step([Op::text("Never said.")]);
    let mut first = rig::start(&session, steps).await;
    rig::until(&mut first, is_text).await;
    let second = rig::start(&session, ModelScript::new().step([Op::text("Two.")])).await;
    let newer = second.message_id().clone();
    rig.model.release("g12-between");
    let (first, second) = (rig::outcome(first).await, rig::outcome(second).await);
    assert_eq!(first.ending, Ending::Superseded { by: newer });
    assert_eq!(first.reply.text().trim(), "First step.");
    assert_eq!(second.ending, Ending::Completed);
    assert_eq!(second.reply.text(), "Two.");
}

/// Of several prompts the server answers the one that it got last; the others end as overtaken by one that came after
/// them, and none waits for ever. The order in which they come is not the one in which they were sent.
#[tokio::test]
async fn g12_of_three_prompts_at_once_each_has_an_end() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let words = ["One.", "Two.", "Three."];
    let turns =
        join_all(words.map(|word| rig::start(&session, ModelScript::new().step([Op::text(word)])))).await;
    let outcomes = join_all(turns.into_iter().map(rig::outcome)).await;
    for mut outcome in &outcomes {
        // Each leads to one that was answered, over no more turns than there are.
        for _ in &words {
            let Ending::Superseded { by } = &outcome.ending else { break };
            outcome = outcomes.iter().find(|other| other.reply.message_id() == by).unwrap();
        }
        assert_eq!(outcome.ending, Ending::Completed, "{}", rig::shown(outcome));
    }
    for (outcome, word) in outcomes.iter().zip(words) {
        let said = if outcome.ending == Ending::Completed { word } else { "" };
        assert_eq!(outcome.reply.text(), said);
    }
}

#[tokio::test]
async fn two_directories_share_one_connection_and_nothing_else() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client();
    let script = |name: &str| {
        let write = json!({ "filePath": "here.txt", "content": name });
        ModelScript::new().step([Op::tool("write", write)]).step([Op::text(name)])
    };
    let names = ["left", "right"];
    let outcomes = join_all(names.map(|name| {
        let directory = rig.server.directory().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let client = client.with_directory(directory).unwrap();
        async move { rig::run(&rig::session(&client).await, script(name)).await }
    }))
    .await;
    for (outcome, name) in outcomes.iter().zip(names) {
        assert_eq!((&outcome.ending, outcome.reply.text().as_str()), (&Ending::Completed, name));
        let file = rig.server.directory().join(name).join("here.txt");
        assert_eq!(std::fs::read_to_string(file).unwrap(), name);
    }
}

/// Fifty turns in fifty sessions of one client are followed on one connection, and each gets its own words.
#[tokio::test]
async fn fifty_turns_at_once_are_followed_on_one_connection() {
    let Some(rig) = Rig::shared().await else { return };
    let streams = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&streams);
    let count = move |request: http::Request<RequestBody>| {
        counter.fetch_add(usize::from(request.uri().path() == "/global/event"), Ordering::Relaxed);
        request
    };
    let client = rig.client_builder().layer(MapRequestLayer::new(count)).build().unwrap();
    let sessions = join_all((0..50).map(|_| rig::session(&client))).await;
    let turns = sessions.iter().enumerate().map(|(number, session)| {
        let text = format!("The words of session {number}. ").repeat(5);
        rig::run(session, ModelScript::new().step([Op::reasoning("Hm."), Op::text(text)]))
    });
    for (number, outcome) in join_all(turns).await.into_iter().enumerate() {
        assert_eq!(outcome.ending, Ending::Completed, "{number}: {}", rig::shown(&outcome));
        assert_eq!(outcome.reply.text().matches(&format!("session {number}.")).count(), 5, "{number}");
        assert_eq!(outcome.reply.usage().steps, 1, "{number}");
    }
    for session in &sessions {
        assert_eq!(rig.requests_of(session).len(), 1);
    }
    assert_eq!(streams.load(Ordering::Relaxed), 1);
}
