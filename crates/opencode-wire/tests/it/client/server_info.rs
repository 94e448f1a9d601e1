//! What a client learns of its server.

use futures_util::future::join;
use opencode_testkit::server::{EventFamily, Fault, Script, Server};
use opencode_wire::api::{EventSource, Standing};
use opencode_wire::{Client, ErrorKind};

use super::client;

async fn turn(client: &Client) {
    client.sessions().create("a test").await.unwrap().prompt("Go.").await.unwrap().outcome().await;
}

#[tokio::test]
async fn a_server_is_asked_once_by_all_clones_together() {
    let server = Server::builder().version("1.18.33").start().await;
    let client = client(&server);
    let clone = client.with_directory("/srv/elsewhere").unwrap();
    let (left, right) = join(client.server_info(), clone.server_info()).await;
    let info = left.unwrap();
    assert_eq!(info, right.unwrap());
    assert_eq!((info.version.as_str(), info.standing), ("1.18.33", Standing::Proven));
    assert_eq!(info.server_version(), Some((1, 18, 33).into()));
    assert!(info.capabilities.api_v2);
    assert_eq!(info.capabilities.events, None, "nobody has listened");
    assert_eq!(server.requests_to("GET", "/global/health").len(), 1);
    assert_eq!(server.requests_to("GET", "/api/health").len(), 1);
}

#[tokio::test]
async fn what_a_server_can_do_is_seen_and_not_concluded_from_its_version() {
    let families = [
        (EventFamily::v1_18(), EventSource::Global, Some(true)),
        (EventFamily::v1_14(), EventSource::Global, Some(false)),
        (EventFamily::v1_2(), EventSource::Global, None),
        (EventFamily::v1_18().with_global_stream(false), EventSource::Directory, None),
    ];
    for (family, events, numbered) in families {
        // All of them call themselves the same.
        let server = Server::builder().version("1.18.33").events(family).start().await;
        server.default_script(Script::new().text("There."));
        server.fault(Fault::on("GET", "/api/health").answer(200, "<!doctype html>").always());
        let client = client(&server);
        turn(&client).await;
        let capabilities = client.server_info().await.unwrap().capabilities;
        assert_eq!(
            (capabilities.events, capabilities.numbered_events),
            (Some(events), numbered),
            "{family:?}"
        );
        assert!(!capabilities.api_v2);
    }
}

/// A server may be replaced by another version behind the same address; the next connection for events finds out.
#[tokio::test]
async fn a_server_that_became_another_version_is_asked_again() {
    let server = Server::builder().version("1.18.33").start().await;
    let client = client(&server);
    assert!(client.server_info().await.unwrap().standing.is_proven());
    let newer = r#"{"healthy":true,"version":"99.1.2"}"#;
    server.fault(Fault::on("GET", "/global/health").answer(200, newer).always());
    turn(&client).await;
    let info = client.server_info().await.unwrap();
    assert_eq!(info.version, "99.1.2");
    assert!(matches!(info.standing, Standing::Newer { .. }), "{info:?}");
    assert_eq!(server.requests_to("GET", "/api/health").len(), 2);
}

#[tokio::test]
async fn what_is_no_server_is_no_capability() {
    let server = Server::start().await;
    let client = client(&server);
    server.fault(Fault::on("GET", "/api/health").answer(503, ""));
    assert_eq!(client.server_info().await.unwrap_err().kind(), ErrorKind::Server);
    assert!(client.server_info().await.unwrap().capabilities.api_v2, "it is asked again");
}
