//! The adapter against the real server: it keeps what the scripted server says of it.

mod asking;
mod busy;
mod exchange;
#[cfg(unix)]
mod files;
#[cfg(all(unix, feature = "supervisor"))]
mod pool;
mod rig;
mod rules;
mod stopping;
#[cfg(all(unix, feature = "supervisor"))]
mod supervised;
mod turns;

use opencode_orchestrate::upstream::{ClientUpstream, token_of};
use opencode_store::session::{SessionConfig, SessionPlace, Upstream as _};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::CreateSession;
use opencode_wire::ids::SessionId;
use opencode_wire::model::{PermissionAction, PermissionRule};

use crate::support::{sessions, subject};

/// The server, and the adapter for it; nothing where the test is to be skipped.
async fn start() -> Option<(RealServer, ClientUpstream)> {
    let server = RealServer::builder().start_or_skip().await?;
    let password = server.password().expect("servers of tests have a password");
    let client = Client::builder().base_url(server.url()).password(password).build().unwrap();
    Some((server, ClientUpstream::new(client)))
}

async fn token(upstream: &ClientUpstream, id: &SessionId) -> String {
    let session = upstream.client().session(id.clone()).get().await.unwrap();
    token_of(&session).expect("it carries a token")
}

#[tokio::test]
async fn a_session_is_found_by_its_token_in_its_directory_until_it_is_deleted() {
    let Some((server, upstream)) = start().await else { return };
    let directory = server.directory().join("blue");
    std::fs::create_dir_all(&directory).unwrap();
    let directory = directory.to_str().unwrap();
    for directory in [None, Some(directory)] {
        let mut config = SessionConfig::default().with_title("a test");
        config.directory = directory.map(str::to_owned);
        let place = SessionPlace::new(None, config.directory.clone());
        let ensured = sessions(&upstream).ensure(&subject(), &config).await.unwrap();
        let id = ensured.session.upstream_id.unwrap();
        let client = upstream.client();
        let child = CreateSession::from("a child").with_parent_id(id.clone());
        client.sessions().create(child).await.unwrap();

        let token = token(&upstream, &id).await;
        assert_eq!(upstream.minted(&token, &place).await.unwrap(), std::slice::from_ref(&id));
        assert_eq!(upstream.minted("another", &place).await.unwrap(), []);

        upstream.abort(&id, &place).await.unwrap();
        upstream.delete(&id, &place).await.unwrap();
        assert_eq!(upstream.minted(&token, &place).await.unwrap(), []);
        assert!(upstream.delete(&id, &place).await.unwrap_err().is_gone());
        let rules = [PermissionRule::new("bash", "*", PermissionAction::Deny)];
        assert!(upstream.set_permissions(&id, &place, &rules).await.unwrap_err().is_gone());
        upstream.abort(&id, &place).await.unwrap();
    }
}

/// The server lists a hundred sessions unless it is asked for more.
#[tokio::test]
async fn an_old_session_is_found_among_many() {
    let Some((_server, upstream)) = start().await else { return };
    let config = SessionConfig::default().with_title("a test");
    let id = sessions(&upstream).ensure(&subject(), &config).await.unwrap().session.upstream_id.unwrap();
    for _ in 0..101 {
        upstream.client().sessions().create("a stranger").await.unwrap();
    }
    let token = token(&upstream, &id).await;
    assert_eq!(upstream.minted(&token, &SessionPlace::default()).await.unwrap(), [id]);
}

/// The server adds rules and never takes one away, as the scripted server does.
#[tokio::test]
async fn permission_rules_are_added() {
    let Some((_server, upstream)) = start().await else { return };
    let rule = |action| PermissionRule::new("bash", "*", action);
    let config = SessionConfig::default().with_title("a test");
    let first = config.clone().with_permissions(vec![rule(PermissionAction::Deny)]);
    let sessions = sessions(&upstream);
    let made = sessions.ensure(&subject(), &first).await.unwrap().session;
    let second = config.with_permissions(vec![rule(PermissionAction::Ask)]);
    assert!(sessions.ensure(&subject(), &second).await.unwrap().permissions_updated);
    let told = upstream.client().session(made.upstream_id.unwrap()).get().await.unwrap();
    assert_eq!(told.permission.unwrap(), [rule(PermissionAction::Deny), rule(PermissionAction::Ask)]);
}
