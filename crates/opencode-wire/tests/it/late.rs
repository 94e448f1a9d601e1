//! Habits of the real server that its events alone do not show: it listens late, and it repeats a prompt.

use std::future::IntoFuture as _;

use opencode_testkit::server::{Fault, Script, StreamStyle};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;

use super::support::{connections, in_time, outcome, prompts, serve, session};

/// Trap 1: the global stream says that it is connected, and begins to listen only later. Here a whole turn is over
/// before its prompt is answered; all of it is streamed, because the client asked for something else before.
#[tokio::test]
async fn t01_a_stream_that_listens_late_loses_nothing() {
    let server = serve(Script::new().text_chunks(["One, ", "two, ", "three."])).await;
    server.all_streams(StreamStyle::new().listens_late());
    server.fault(Fault::on("POST", "/session/:id/prompt_async").hold("answer"));
    let session = session(&server).await;
    let prompting = tokio::spawn(session.prompt("Count.").into_future());
    server.wait_for_hold("answer").await;
    server.wait_for_idle(session.id().as_str()).await;
    server.release("answer");
    let mut turn = in_time(prompting).await.unwrap().unwrap();
    let mut kinds = Vec::new();
    while let Some(change) = in_time(turn.next()).await {
        kinds.push(change.kind);
    }
    let deltas: Vec<&str> = kinds
        .iter()
        .filter_map(|kind| match kind {
            ChangeKind::Text { delta, .. } => Some(&**delta),
            _ => None,
        })
        .collect();
    assert_eq!(deltas, ["One, ", "two, ", "three."], "as they were streamed, and not fetched as a whole");
    assert!(kinds.contains(&ChangeKind::Accepted), "{kinds:?}");
    assert!(!kinds.contains(&ChangeKind::Gap), "{kinds:?}");
    let outcome = outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "One, two, three."));
    assert_eq!((connections(&server), prompts(&server)), (1, 1));
}

/// A prompt that does not fit behind an earlier turn: the server summarises that turn and says the prompt again, in a
/// message that looks like a person's. The answer to it is the answer to the prompt.
#[tokio::test]
async fn g05_a_later_prompt_that_overflows_ends_with_the_answer_to_its_repetition() {
    let server = serve(Script::new().text("Long ago.")).await;
    let session = session(&server).await;
    let before = outcome(session.prompt("Begin.").await.unwrap()).await;
    assert_eq!(before.ending, Ending::Completed);

    let script = Script::new().text("First half.").stale_idle().overflow("So far so good.").stale_idle();
    server.script(script.text("Second half.").next_step().text("End."));
    let mut turn = session.prompt("Go on, at length.").await.unwrap();
    let message_id = turn.message_id().clone();
    let mut is_compacted = false;
    while let Some(change) = in_time(turn.next()).await {
        is_compacted |= change.kind == ChangeKind::Compacted;
    }
    assert!(is_compacted);
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "First half.\n\nSecond half.\n\nEnd.");

    let stored = server.messages(session.id().as_str());
    let said: Vec<_> =
        stored.iter().filter(|message| message["parts"][0]["text"] == "Go on, at length.").collect();
    let [prompt, repeated] = said[..] else { panic!("{stored:#?}") };
    assert_eq!(prompt["info"]["id"], message_id.as_str());
    let last = outcome.reply.last_message().unwrap();
    assert_eq!(repeated["info"]["id"], last.parent_id.as_ref().unwrap().as_str());

    // The same from what is stored alone, and the conversation goes on behind it.
    let again = self::outcome(session.attach(message_id).await.unwrap()).await;
    assert_eq!((again.ending, again.reply.text()), (Ending::Completed, outcome.reply.text()));
    server.script(Script::new().text("Next."));
    let next = self::outcome(session.prompt("And now?").await.unwrap()).await;
    assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Next."));
}

/// Who attaches in the middle hears of what is said at the moment before he is told what was said before, and can tell.
#[tokio::test]
async fn who_attaches_is_told_when_he_has_caught_up() {
    let server = serve(Script::new().text("Half of ").hold("half").more("it.")).await;
    let session = session(&server).await;
    let first = session.prompt("Go.").await.unwrap();
    assert!(first.has_caught_up(), "nothing was said before");
    server.wait_for_hold("half").await;
    server.fault(Fault::on("GET", "/session/:id/message").hold("messages"));
    let mut second = session.attach(first.message_id().clone()).await.unwrap();
    let caught_up = async {
        server.wait_for_hold("messages").await;
        server.release("messages");
    };
    assert!(!second.has_caught_up());
    let changes = async {
        while !second.has_caught_up() {
            in_time(second.next()).await.expect("the turn runs");
        }
        assert_eq!(
            second.reply().parts().len(),
            2,
            "the step and a text, which servers tell when it is whole"
        );
    };
    tokio::join!(caught_up, changes);
    server.release("half");
    assert_eq!(outcome(second).await.reply.text(), "Half of it.");
}
