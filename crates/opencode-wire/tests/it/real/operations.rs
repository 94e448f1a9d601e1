//! The generated operations against the real server: what it describes and what it answers.

use std::collections::BTreeMap;

use http::Method;
use opencode_wire::ErrorKind;
use opencode_wire::operations::project::ProjectCurrent;
use opencode_wire::operations::session::{SessionCreate, SessionDelete, SessionGet, SessionList};
use opencode_wire::operations::types::V2Event;

use super::rig::{self, Rig};
use super::safe;

#[tokio::test]
async fn everything_that_can_be_asked_without_harm_is_answered_as_described() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("operations");
    let failed: BTreeMap<_, _> = safe::ask_all(&client)
        .await
        .into_iter()
        .filter_map(|(id, answer)| Some((id, answer.err()?.to_string())))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// The stream of the newer API, which nobody follows but by hand: every event is one that is described.
#[tokio::test]
async fn events_of_the_newer_api_are_read_by_hand() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("operations");
    let stream = client.request(Method::GET, "/api/event", &[]).send_stream();
    let mut frames = rig::finishes("the stream", stream).await.unwrap().frames();
    let until_created = async {
        let mut session = None;
        loop {
            let data = frames.next().await.unwrap().expect("the stream goes on");
            match V2Event::decode(&data).unwrap() {
                V2Event::ServerConnected(_) => {
                    session = Some(client.sessions().create("by hand").await.unwrap().id().clone());
                }
                V2Event::SessionCreated(created) if Some(&created.data.session_id) == session.as_ref() => {
                    return;
                }
                V2Event::Unknown(unknown) => panic!("{unknown:?}"),
                _ => {}
            }
        }
    };
    rig::finishes("the event of a new session", until_created).await;
}

#[tokio::test]
async fn a_session_lives_and_dies_by_generated_operations() {
    let Some(rig) = Rig::shared().await else { return };
    let client = rig.client_in("operations");
    let mut create = SessionCreate::new();
    create.body.title = Some("generated".to_owned());
    let session = client.call(&create).await.unwrap();
    assert_eq!(session.title, "generated");
    assert_eq!(session.directory, client.directory().unwrap());
    let listed = client.call(&SessionList::new()).await.unwrap();
    assert!(listed.iter().any(|known| known.id == session.id));
    let current = client.call(&ProjectCurrent::new()).await.unwrap();
    assert_eq!(Some(current.id.as_str()), session.project_id.as_ref().map(AsRef::as_ref));
    assert!(client.call(&SessionDelete::new(session.id.clone())).await.unwrap());
    let error = client.call(&SessionGet::new(session.id)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.server_name().is_some(), "{error:?}");
}
