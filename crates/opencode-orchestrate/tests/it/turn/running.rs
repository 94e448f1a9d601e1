//! From a claim to the end.

use opencode_store::ErrorKind;
use opencode_store::session::SessionConfig;
use opencode_store::turn::{EndKind, TurnState};
use opencode_testkit::server::{Fault, Script};
use opencode_wire::api::Prompt;

use super::rig::{Rig, end};
use crate::support::subject;

#[tokio::test]
async fn g02_a_turn_is_prompted_on_a_live_stream_and_stored_with_what_it_said() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Monads are boxes."));
    rig.admit(Prompt::from("Explain monads.").with_system("Be short.")).await;
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Completed);
    assert_eq!(rig.text(&finished).await, "Monads are boxes.");
    assert!(finished.turn.prompted_at.is_some());
    rig.server.assert_prompts(1);
    rig.server.assert_listened_first();
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    let path = format!("/session/{}/prompt_async", session.upstream_id.unwrap());
    let posted = rig.server.requests_to("POST", &path).remove(0).body;
    assert_eq!(
        (&posted["system"], &posted["messageID"]),
        (&"Be short.".into(), &finished.turn.message_id.as_str().into())
    );
    assert_eq!(posted["parts"][0]["text"], "Explain monads.");
}

#[tokio::test]
async fn turns_of_a_subject_are_turns_of_one_session() {
    let rig = Rig::start().await;
    for word in ["One.", "Two."] {
        rig.server.script(Script::new().text(word));
        rig.admit(word).await;
    }
    for word in ["One.", "Two."] {
        let finished = rig.run().await.unwrap();
        assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, word));
    }
    rig.server.assert_requests("POST", "/session", 1);
}

/// G16: only its own word that it does not know a session lets another one take its place.
#[tokio::test]
async fn g16_n05_b10_a_session_that_is_gone_is_replaced_before_anything_is_posted() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Here."));
    rig.admit("First.").await;
    rig.run().await.unwrap();
    let before = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    rig.server.delete_session(before.upstream_id.as_ref().unwrap().as_str());
    rig.admit("Second.").await;
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Here."));
    let after = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    assert_eq!(after.generation, before.generation + 1);
    rig.server.assert_prompts(2);
}

/// N-05: the session is gone in the very moment of the prompt.
#[tokio::test]
async fn g16_a_prompt_that_finds_no_session_is_posted_to_a_new_one() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(404));
    rig.server.script(Script::new().text("Here."));
    rig.admit("Explain monads.").await;
    let finished = rig.run().await.unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Here."));
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    assert_eq!(session.generation, 2);
}

#[tokio::test]
async fn a_prompt_that_the_server_refuses_ends_the_turn() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(400));
    rig.admit("Explain monads.").await;
    let finished = rig.run().await.unwrap();
    assert_eq!(end(&finished).kind, EndKind::Failed);
    assert!(end(&finished).message.contains("refused the prompt"), "{}", end(&finished).message);
}

#[tokio::test]
async fn what_was_admitted_and_is_no_prompt_ends_the_turn() {
    let rig = Rig::start().await;
    let prompt = opencode_wire::model::Json::from_value("text").unwrap();
    let message_id = opencode_wire::ids::MessageId::from_wire("msg_1");
    let admission = opencode_store::turn::Admission::new(subject(), message_id, prompt);
    rig.store.turns().admit(&admission).await.unwrap();
    assert_eq!(end(&rig.run().await.unwrap()).kind, EndKind::Failed);
    rig.server.assert_prompts(0);
}

/// A server that cannot be reached is no reason to end a turn: it is handed over as it is.
#[tokio::test]
async fn a_turn_that_cannot_be_prompted_now_is_handed_over() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session").status(503).always());
    rig.admit("Explain monads.").await;
    assert_eq!(rig.run().await.unwrap_err().kind(), ErrorKind::Upstream);
    let claim = rig.claim().await.expect("it can be claimed at once");
    assert_eq!((claim.turn.state, claim.lease.attempt), (TurnState::Claimed, 2));
    rig.server.clear_faults();
    rig.server.script(Script::new().text("Late."));
    let finished = rig.runner().run(claim, &SessionConfig::default(), Default::default()).await.unwrap();
    assert_eq!(rig.text(&finished).await, "Late.");
    rig.server.assert_prompts(1);
}
