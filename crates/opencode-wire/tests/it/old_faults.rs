//! Faults of earlier clients that have no better place: each is called by its number.

use opencode_testkit::server::{Script, Usage};
use opencode_wire::event::EventKind;
use opencode_wire::hub::{Notice, Topic};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;

use super::support::{client, connections, in_time, outcome, prompts, run, serve, server, session, until};

/// A library below the old client repeated requests on its own, and swallowed what the caller's code had to say.
/// Here a broken connection opens a stream once more, and nothing else is sent again.
#[tokio::test]
async fn w03_nothing_is_repeated_behind_the_callers_back() {
    let server = serve(Script::new().text("One, ").drop_streams().more("two.")).await;
    let outcome = run(&server).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "One, two."));
    assert_eq!((prompts(&server), connections(&server)), (1, 2));
}

/// A turn that failed used to be told as an answer without a word.
#[tokio::test]
async fn w06_a_turn_that_failed_is_no_success() {
    let outcome = run(&serve(Script::new().provider_error(400, "no luck")).await).await;
    let incomplete = outcome.into_reply().unwrap_err();
    insta::assert_snapshot!(incomplete, @"the turn did not complete: failed: APIError: no luck");
}

/// A step that is told twice was paid for once.
#[tokio::test]
async fn w14_a_step_that_is_told_twice_is_counted_once() {
    let script = Script::new().duplicate_next(1000).text("Paid once.").usage(Usage::new(120, 40, 0.5));
    let outcome = run(&serve(script).await).await;
    let usage = outcome.reply.usage();
    assert_eq!((usage.steps, usage.input, usage.output), (1, 120, 40));
    assert!((usage.cost - 0.5).abs() < 1e-9, "{}", usage.cost);
}

/// Code of the caller that was slow, or failed, used to stall the socket or to end the stream for everybody.
#[tokio::test]
async fn w24_a_caller_that_does_not_listen_disturbs_nobody() {
    let server = server().await;
    let client = client(&server);
    let (idle, busy) =
        (client.sessions().create("idle").await.unwrap(), client.sessions().create("busy").await.unwrap());
    server.script_for(idle.id().as_str(), Script::new().text("Unheard."));
    server.script_for(busy.id().as_str(), Script::new().text("Heard."));
    let neglected = idle.prompt("Go.").await.unwrap();
    let heard = outcome(busy.prompt("Go.").await.unwrap()).await;
    assert_eq!((heard.ending, heard.reply.text().as_str()), (Ending::Completed, "Heard."));
    let late = outcome(neglected).await;
    assert_eq!((late.ending, late.reply.text().as_str()), (Ending::Completed, "Unheard."));
}

/// Every listener used to decode every event of the directory. Now nobody decodes what nobody waits for: not even
/// an event that could not be decoded costs those who listen to something else anything.
#[tokio::test]
async fn w37_events_of_other_sessions_are_not_even_decoded() {
    let server = server().await;
    let client = client(&server);
    let mine = client.sessions().create("mine").await.unwrap();
    let mut listener = client.listen(Topic::Session(mine.id().clone()));
    assert!(matches!(in_time(listener.next()).await, Notice::Live));
    for _ in 0..100 {
        server.emit("message.part.updated", json!({"sessionID": "ses_other", "part": 7}));
        server.emit("session.idle", json!({"sessionID": "ses_other"}));
    }
    server.emit_for(mine.id().as_str(), "session.idle", json!({"sessionID": mine.id()}));
    let Notice::Event(event) = in_time(listener.next()).await else { panic!("not an event") };
    assert!(matches!(&event.kind, EventKind::SessionIdle(id) if id == mine.id()), "{event:?}");
}

/// A long text is handed out piece by piece: what watchers are given adds up to the text, and not to its square.
#[tokio::test]
async fn w59_watchers_are_given_each_word_once() {
    let words: Vec<String> = (0..500).map(|number| format!("word {number}, ")).collect();
    let server = serve(Script::new().text_chunks(words.clone())).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let mut given = 0;
    until(&mut turn, |change| {
        if let ChangeKind::Text { delta, .. } = &change.kind {
            given += delta.len();
        }
        matches!(change.kind, ChangeKind::PartFinished { .. })
    })
    .await;
    assert_eq!(given, words.concat().len());
}
