//! Turns whose worker died.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::feed::{Picture, ShownPart};
use opencode_orchestrate::log::Entry;
use opencode_orchestrate::turn::RunOptions;
use opencode_orchestrate::upstream::ClientUpstream;
use opencode_store::ErrorKind;
use opencode_store::reply::{SnapshotPolicy, StoredPart};
use opencode_store::session::{SessionConfig, Sessions};
use opencode_store::turn::{Delivery, EndKind, TurnId, TurnState};
use opencode_testkit::server::{Fault, Script};
use opencode_wire::Client;

use super::rig::{HANGS_AFTER, Rig, end};
use crate::support::subject;

#[tokio::test]
async fn g01_w60_a_turn_whose_worker_died_is_followed_on_and_not_prompted_again() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    rig.lapse();
    rig.server.release("half");
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Completed);
    assert_eq!(rig.text(&finished).await, "Half of it.");
    assert_eq!(finished.turn.attempt, 2);
    rig.server.assert_prompts(1);
}

/// The answer was whole before anybody took over.
#[tokio::test]
async fn g01_a_turn_that_ended_while_nobody_looked_is_stored() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("All ").hold("half").more("of it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    rig.server.release("half");
    rig.server.wait_for_idle(session.upstream_id.unwrap().as_str()).await;
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "All of it."));
    rig.server.assert_prompts(1);
}

/// Its worker died between the note and the request: the server is asked, does not have the prompt, and gets it once.
#[tokio::test]
async fn g01_a_prompt_that_was_about_to_be_posted_is_looked_for_and_then_posted() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Here."));
    rig.admit("Explain monads.").await;
    let claim = rig.claim().await.unwrap();
    let upstream = ClientUpstream::new(Client::new(rig.server.url()).unwrap());
    let sessions = Sessions::new(rig.store.sessions(), Arc::new(upstream));
    sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap();
    rig.store.turns().advance(&claim.lease, TurnState::Prompting).await.unwrap();
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Here."));
    rig.server.assert_prompts(1);
}

/// Nobody can know whether a prompt was posted to a session that is gone, so it is not posted again.
/// The server said that it took the prompt, and died before it had stored it. As long as it may still arrive nobody asks
/// for it; then it is posted once more.
#[tokio::test]
async fn g12_a_prompt_that_a_server_took_and_forgot_is_posted_when_its_lease_has_ended() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(204));
    rig.server.script(Script::new().text("Here."));
    rig.admit("Explain monads.").await;
    let mut options = RunOptions::default();
    options.follow.deadlines.admission = Some(Duration::from_millis(500));
    let running = rig.begin_with(rig.runner().with_options(options)).await;
    rig.server.wait_for_requests("POST", "/session/:id/prompt_async", 1).await;
    rig.server.drop_streams();
    let error = running.await.unwrap().unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(rig.claim().await.is_none(), "nobody may ask for it yet");
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Here."));
    rig.server.assert_prompts(2);
}

#[tokio::test]
async fn g01_a_prompt_that_may_have_been_posted_to_a_session_that_is_gone_is_lost() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    rig.die_at("half").await;
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    rig.server.delete_session(session.upstream_id.unwrap().as_str());
    rig.lapse();
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Lost);
    rig.server.assert_prompts(1);
}

/// Whoever has lost a turn lets go of it, and stops nothing.
#[tokio::test]
async fn a_worker_whose_turn_was_taken_lets_go_of_it() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    rig.admit("Explain monads.").await;
    let slow = rig.begin().await;
    rig.server.wait_for_hold("half").await;
    rig.lapse();
    let other = rig.begin().await;
    rig.server.wait_for_streams(2).await;
    rig.server.release("half");
    let finished = other.await.unwrap().unwrap();
    assert_eq!(
        (end(&finished).kind, rig.text(&finished).await.as_str()),
        (EndKind::Completed, "Half of it.")
    );
    assert_eq!(slow.await.unwrap().unwrap_err().kind(), ErrorKind::LeaseLost);
    rig.server.assert_prompts(1);
}

/// G17: servers tell a text when it is whole. Until then, what the first worker has heard of it stays, for who reads
/// the parts and for who follows the log.
#[tokio::test]
async fn g17_what_was_said_stays_while_a_turn_is_taken_over() {
    let rig = Rig::start().await;
    rig.server
        .script(Script::new().text("Half of ").hold("half").more("it, ").hold("more").more("and the rest."));
    let id = rig.deliver("Explain monads.", Delivery::Queue).await;
    let options = RunOptions::default()
        .with_snapshots(SnapshotPolicy::default().with_every(Duration::ZERO))
        .with_tell_every(Duration::ZERO);
    let runner = || rig.runner().with_options(options.clone());
    let dies = rig.begin_with(runner()).await;
    rig.server.wait_for_hold("half").await;
    until(&rig, id, |said| said == "Half of ").await;
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());
    rig.lapse();
    let asked = rig.server.requests_to("GET", "/session/:id/message").len();
    let second = rig.begin_with(runner()).await;
    rig.server.wait_for_requests("GET", "/session/:id/message", asked + 1).await;
    rig.server.release("half");
    rig.server.wait_for_hold("more").await;
    // It has heard of the rest, and of nothing before it.
    assert_eq!(said(&rig, id).await, "Half of ");
    rig.server.release("more");
    second.await.unwrap().unwrap();
    assert_eq!(said(&rig, id).await, "Half of it, and the rest.");
    let mut shown = Picture::default();
    let mut is_anew = false;
    for entry in rig.log(id).await {
        let (is_beginning, was) = (matches!(entry, Entry::Began { attempt: 2 }), text_of(&shown));
        shown.apply(&entry);
        is_anew |= is_beginning;
        let is_told_at_once = is_beginning || text_of(&shown).starts_with("Half of") || was.is_empty();
        assert!(is_told_at_once, "{was} became {}", text_of(&shown));
    }
    assert!(is_anew && text_of(&shown) == "Half of it, and the rest.");
}

fn text_of(shown: &Picture) -> String {
    let texts = shown.parts.iter().filter(|part| part.body.to_value()["type"] == "text");
    let said = |part: &ShownPart| match &part.growing {
        Some(growing) => growing.text.clone(),
        None => part.body.to_value()["content"].as_str().unwrap_or_default().to_owned(),
    };
    texts.map(said).collect()
}

/// What is stored of a turn's text.
async fn said(rig: &Rig, id: TurnId) -> String {
    let parts = rig.store.replies().parts(id).await.unwrap();
    let parts = parts.iter().map(StoredPart::to_value).filter(|part| part["type"] == "text");
    parts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect()
}

async fn until(rig: &Rig, id: TurnId, is_there: impl Fn(&str) -> bool + Sync) {
    let waiting = async {
        let mut watch = rig.store.events().watch_turn(id);
        while !is_there(&said(rig, id).await) {
            watch.changed().await;
        }
    };
    tokio::time::timeout(HANGS_AFTER, waiting).await.expect("it is not stored");
}
