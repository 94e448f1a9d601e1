//! Surprises of the real server that belong to no other theme.

use std::time::{Duration, Instant};

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::api::PromptPart;
use opencode_wire::hub::{Notice, StreamOptions, Topic};
use opencode_wire::model::{PartKind, SessionStatus};
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::Ending;
use serde_json::json;

use super::rig::{self, Rig};

/// `/global/event` says that it is connected before it listens to anything: what happens in the next moments is lost
/// without a trace, the error about a missing file for one. So the hub asks once more before it calls a stream live.
#[tokio::test]
async fn t01_the_first_prompt_of_a_client_misses_no_event() {
    let Some(rig) = Rig::shared().await else { return };
    let missing = format!("file://{}", rig.server.directory().join("never-there.txt").display());
    for round in 0..12 {
        // Each round has a client of its own, and so a stream of its own.
        let session = rig.session().await;
        let prompt = rig::prompt(&session, &ModelScript::new().step([Op::text("All the same.")]))
            .with_part(PromptPart::file(&missing, "text/plain"));
        let (changes, outcome) = rig::drain(session.prompt(prompt).await.unwrap()).await;
        assert_eq!(outcome.ending, Ending::Completed);
        assert_eq!(outcome.reply.errors().count(), 1, "round {round}: {}", rig::shown(&changes));
    }
}

/// Busy is told twice in every step and once more just before idle.
#[tokio::test]
async fn t04_a_repeated_status_is_told_once() {
    let Some(rig) = Rig::shared().await else { return };
    let run = || Op::tool("bash", json!({ "command": "true", "description": "Nothing" }));
    let script = ModelScript::new().step([run()]).step([run()]).step([Op::text("Done.")]);
    let (changes, outcome) = rig::drain(rig::start(&rig.trusted_session().await, script).await).await;
    assert_eq!(outcome.ending, Ending::Completed);
    let told = |status: &SessionStatus| {
        let is_told = |kind: &ChangeKind| matches!(kind, ChangeKind::Status(told) if told == status);
        changes.iter().filter(|change| is_told(&change.kind)).count()
    };
    assert_eq!((told(&SessionStatus::Busy), told(&SessionStatus::Idle)), (1, 1), "{}", rig::shown(&changes));
    let steps = changes.iter().filter(|change| matches!(change.kind, ChangeKind::StepStarted { .. })).count();
    assert_eq!(steps, 3);
}

/// A directory that is new to the server tells of dozens of plug-ins before anything else, and every event of a turn
/// can be read.
#[tokio::test]
async fn t19_every_event_of_a_new_directory_can_be_read() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("cold");
    let mut listener = client.listen(Topic::All);
    let outcome = rig::run(&rig::session(&client).await, ModelScript::new().step([Op::text("Warm.")])).await;
    assert_eq!(outcome.ending, Ending::Completed);
    let (mut is_idle, mut plugins) = (false, 0);
    let until_all = async {
        while !is_idle {
            match listener.next().await {
                Notice::Live => {}
                Notice::Event(event) => match event.kind.type_name() {
                    "plugin.added" => plugins += 1,
                    "session.idle" => is_idle |= event.session_id() == Some(outcome.reply.session_id()),
                    _ => {}
                },
                other => panic!("{other:?}"),
            }
        }
    };
    rig::finishes("all events", until_all).await;
    assert!(plugins > 0, "no word of plug-ins");
}

/// A prompt that waits for its answer hears nothing until it is there, not even a status line.
#[tokio::test]
async fn t21_a_prompt_that_waits_is_not_bound_by_the_limit_for_answers() {
    let Some(rig) = Rig::shared().await else { return };
    let limit = Duration::from_millis(300);
    let client = rig.client_builder().response_timeout(Some(limit)).build().unwrap();
    let session = rig.session().await;
    let script = ModelScript::new().step([Op::hold("t21-held"), Op::text("Late.")]);
    let impatient = client.session(session.id().clone());
    let prompt = rig::prompt(&session, &script);
    let waiting = rig::finishes("the answer", impatient.send_prompt(&prompt));
    let release = async {
        rig.model.wait_for_hold("t21-held").await;
        let held = Instant::now();
        while held.elapsed() < 2 * limit {
            session.client().health().await.unwrap();
        }
        rig.model.release("t21-held");
    };
    let (answer, ()) = futures_util::future::join(waiting, release).await;
    let is_late = |kind: &PartKind| matches!(kind, PartKind::Text(text) if text.text == "Late.");
    assert!(answer.unwrap().parts.iter().any(|part| is_late(&part.kind)));
}

/// The server says nothing for ten seconds when nothing happens. A client that waits for less takes the connection for
/// dead, makes another one and loses nothing.
#[tokio::test]
async fn g07_a_stream_that_was_silent_for_too_long_is_made_anew() {
    // The events of other tests would keep the stream alive: this one needs a server that does nothing else.
    let Some(rig) = Rig::start(|builder| builder).await else { return };
    let mut options = StreamOptions::default();
    options.liveness = Duration::from_secs(1);
    let client = rig.client_builder().stream(options).build().unwrap();
    let script =
        ModelScript::new().step([Op::text("Before "), Op::hold("g07-silent"), Op::text("and after.")]);
    let mut turn = rig::start(&rig::session(&client).await, script).await;
    rig::until(&mut turn, |kind| *kind == ChangeKind::Gap).await;
    rig.model.release("g07-silent");
    let outcome = rig::outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Before and after."));
}
