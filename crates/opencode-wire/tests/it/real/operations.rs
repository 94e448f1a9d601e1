//! The generated operations against the real server: what it describes and what it answers.

use std::collections::BTreeMap;

use opencode_wire::ErrorKind;
use opencode_wire::operations::project::ProjectCurrent;
use opencode_wire::operations::session::{SessionCreate, SessionDelete, SessionGet, SessionList};

use super::rig::Rig;
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
