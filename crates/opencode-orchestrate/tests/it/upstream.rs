//! The adapter against the scripted server: what it asks for, and what it makes of errors.

use opencode_store::ErrorKind;
use opencode_store::session::{SessionConfig, SessionPlace, Upstream as _};
use opencode_testkit::server::Fault;
use opencode_wire::ids::SessionId;
use opencode_wire::model::{PermissionAction, PermissionRule};
use serde_json::json;

use crate::support::{Rig, subject};

fn rules(action: PermissionAction) -> Vec<PermissionRule> {
    vec![PermissionRule::new("bash", "*", action)]
}

#[tokio::test]
async fn a_session_is_made_as_configured_and_found_by_its_token() {
    let rig = Rig::start().await;
    let config = SessionConfig::new("/srv/projects/blue")
        .with_title("Blue")
        .with_permissions(rules(PermissionAction::Deny));
    let ensured = rig.sessions.ensure(&subject().with_agent("plan").unwrap(), &config).await.unwrap();
    let id = ensured.session.upstream_id.unwrap();

    let made = rig.server.session(id.as_str()).unwrap();
    assert_eq!((&made["title"], &made["agent"]), (&json!("Blue"), &json!("plan")));
    assert_eq!(made["directory"], "/srv/projects/blue");
    assert_eq!(made["permission"], json!([{"permission": "bash", "pattern": "*", "action": "deny"}]));
    let token = rig.token_of(&id);
    assert_eq!(rig.alive(&token, Some("/srv/projects/blue")).await, [id]);
    assert_eq!(rig.alive("another", Some("/srv/projects/blue")).await, []);
    assert_eq!(rig.alive(&token, None).await, [], "it is in another directory");
}

/// There is one server, whatever its name.
#[tokio::test]
async fn the_name_of_a_server_changes_nothing() {
    let rig = Rig::start().await;
    let config = SessionConfig::new("/srv/projects/blue");
    let ensured = rig.sessions.ensure(&subject(), &config.clone().with_server("east")).await.unwrap();
    let (id, place) = (ensured.session.upstream_id.clone().unwrap(), ensured.session.place());
    assert_eq!(place.server.as_deref(), Some("east"));
    assert_eq!(rig.upstream.minted(&rig.token_of(&id), &place).await.unwrap(), std::slice::from_ref(&id));
    assert_eq!(rig.alive(&rig.token_of(&id), Some("/srv/projects/blue")).await, std::slice::from_ref(&id));
    rig.upstream.set_permissions(&id, &place, &rules(PermissionAction::Deny)).await.unwrap();
    rig.upstream.abort(&id, &place).await.unwrap();
    rig.upstream.delete(&id, &place).await.unwrap();
    assert!(rig.server.session(id.as_str()).is_none());
    assert_eq!(rig.server.requests_to("POST", "/session").len(), 1);
}

#[tokio::test]
async fn what_is_not_configured_is_not_sent() {
    let rig = Rig::start().await;
    rig.sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap();
    let request = rig.server.requests_to("POST", "/session").remove(0);
    let fields: Vec<&String> = request.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["metadata"]);
    assert!(!request.query.contains_key("directory"));
}

#[tokio::test]
async fn an_old_session_is_found_among_many() {
    let rig = Rig::start().await;
    let ensured = rig.sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap();
    let id = ensured.session.upstream_id.unwrap();
    for number in 0..2100 {
        let _id = rig.server.create_session(&format!("stranger {number}"));
    }
    assert_eq!(rig.alive(&rig.token_of(&id), None).await, [id]);
    assert_eq!(rig.server.requests_to("GET", "/session").len(), 3, "1000, 2000 and 4000 are asked for");
}

/// Whatever does not prove that no session was made is kept in mind until it was looked for.
#[tokio::test]
async fn a_session_that_may_have_been_made_is_swept() {
    let make = || Fault::on("POST", "/session");
    for (fault, left) in [
        (make().hang_up_after(), 1),
        (make().invalid_json(), 1),
        (make().html(), 1),
        (make().status(500), 0),
        (make().status(502), 0),
        (make().hang_up(), 0),
    ] {
        let rig = Rig::start().await;
        rig.server.fault(fault.clone());
        let error = rig.sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Upstream);
        let swept = rig.sessions.sweep().await.unwrap();
        assert_eq!((swept.deleted, swept.forgotten, swept.failed), (left, 1, 0), "{fault:?}");
        assert_eq!(rig.sessions.sweep().await.unwrap().forgotten, 0);
    }
}

#[tokio::test]
async fn a_refusal_leaves_nothing_to_sweep() {
    let rig = Rig::start().await;
    for status in [400, 401, 404, 409] {
        rig.server.fault(Fault::on("POST", "/session").status(status));
        rig.sessions.ensure(&subject(), &SessionConfig::default()).await.unwrap_err();
        assert_eq!(rig.sessions.sweep().await.unwrap().forgotten, 0, "{status}");
    }
}

/// What the server does not know any more is replaced as soon as the server says so.
#[tokio::test]
async fn a_session_that_is_gone_is_replaced() {
    let rig = Rig::start().await;
    let config = |action| SessionConfig::default().with_permissions(rules(action));
    let first = rig.sessions.ensure(&subject(), &config(PermissionAction::Ask)).await.unwrap();
    let updated = rig.sessions.ensure(&subject(), &config(PermissionAction::Deny)).await.unwrap();
    assert!(updated.permissions_updated && !updated.just_created);
    assert_eq!(rig.server.requests_to("PATCH", "/session/:id").len(), 1);

    rig.server.delete_session(first.session.upstream_id.as_ref().unwrap().as_str());
    let second = rig.sessions.ensure(&subject(), &config(PermissionAction::Allow)).await.unwrap();
    assert!(second.just_created && second.context_lost.is_some());
    assert_ne!(second.session.upstream_id, first.session.upstream_id);
}

#[tokio::test]
async fn errors_say_whether_the_session_is_gone_and_whether_anything_was_done() {
    let rig = Rig::start().await;
    let unknown = SessionId::from_wire("ses_unknown");
    let gone = rig.upstream.delete(&unknown, &SessionPlace::default()).await.unwrap_err();
    assert!(gone.is_gone() && !gone.is_ambiguous());
    rig.upstream.abort(&unknown, &SessionPlace::default()).await.unwrap();

    rig.server.fault(Fault::on("DELETE", "/session/:id").hang_up());
    let cut = rig.upstream.delete(&unknown, &SessionPlace::default()).await.unwrap_err();
    assert!(!cut.is_gone() && cut.is_ambiguous());
    rig.server.fault(Fault::on("DELETE", "/session/:id").status(403));
    let refused = rig.upstream.delete(&unknown, &SessionPlace::default()).await.unwrap_err();
    assert!(!refused.is_gone() && !refused.is_ambiguous());
    let source = std::error::Error::source(&refused).unwrap();
    assert!(source.downcast_ref::<opencode_wire::Error>().unwrap().is_unauthorized());
}
