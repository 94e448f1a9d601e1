//! What the server refuses, and what is no server at all.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::model::ModelRef;
use opencode_wire::turn::Ending;
use opencode_wire::{Client, ErrorKind};

use super::rig::{self, Rig};

#[tokio::test]
async fn a_wrong_password_is_unauthorized_at_once() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let wrong = Client::builder().base_url(rig.server.url()).password("wrong").build().unwrap();
    let none = Client::new(rig.server.url()).unwrap();
    for client in [wrong, none] {
        let kinds = [
            client.health().await.map(drop),
            client.sessions().create("a test").await.map(drop),
            rig::finishes("the refusal", client.session(session.id().clone()).prompt("Hi").into_future())
                .await
                .map(drop),
        ]
        .map(|result| result.map_err(|error| error.kind()));
        assert_eq!(kinds, [Err(ErrorKind::Unauthorized); 3]);
    }
}

/// The stream alone refuses: a listener hears why, and a prompt does not wait for a stream that never comes.
#[tokio::test]
async fn a_stream_that_is_refused_fails_the_prompt() {
    let Some(rig) = Rig::shared().await else { return };
    let known = rig.session().await;
    let wrong = Client::builder().base_url(rig.server.url()).password("wrong").build().unwrap();
    let mut listener = wrong.listen(opencode_wire::hub::Topic::Session(known.id().clone()));
    let heard = rig::finishes("the refusal", listener.next()).await;
    let opencode_wire::hub::Notice::Trouble(error) = &heard else { panic!("{heard:?}") };
    assert!(error.is_unauthorized(), "{error}");
}

/// Every unknown path answers with a web page and status 200.
#[tokio::test]
async fn t20_a_wrong_path_is_no_server() {
    let Some(rig) = Rig::shared().await else { return };
    let password = rig.server.password().unwrap();
    let base_url = format!("{}/nowhere", rig.server.url());
    let client = Client::builder().base_url(base_url).password(password).build().unwrap();
    let kinds = [
        client.health().await.map(drop),
        client.sessions().create("a test").await.map(drop),
        client.agents().await.map(drop),
    ]
    .map(|result| result.map_err(|error| error.kind()));
    assert_eq!(kinds, [Err(ErrorKind::NotOpenCode); 3]);
}

/// An unknown agent is accepted, and then there is an error and nothing else: no message, no busy, no idle.
#[tokio::test]
async fn t05_an_unknown_agent_fails_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    for _ in 0..3 {
        let session = rig.session().await;
        let prompt =
            rig::prompt(&session, &ModelScript::new().step([Op::text("Never.")])).with_agent("nobody");
        let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
        let Ending::Failed { error } = &outcome.ending else { panic!("{}", rig::shown(&outcome)) };
        assert!(error.data.message.contains("nobody"), "{error:?}");
        let next = rig::run(&session, ModelScript::new().step([Op::text("Still here.")])).await;
        assert_eq!((next.ending, next.reply.text().as_str()), (Ending::Completed, "Still here."));
    }
}

#[tokio::test]
async fn t05_an_unknown_model_fails_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    for model in [ModelRef::new("scripted", "unheard-of"), ModelRef::new("unheard", "of")] {
        let session = rig.session().await;
        let prompt = rig::prompt(&session, &ModelScript::new().step([Op::text("Never.")])).with_model(model);
        let outcome = rig::outcome(session.prompt(prompt).await.unwrap()).await;
        let Ending::Failed { error } = &outcome.ending else { panic!("{}", rig::shown(&outcome)) };
        assert!(!error.data.message.is_empty(), "{error:?}");
    }
}
