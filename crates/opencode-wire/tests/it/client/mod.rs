//! The client on real sockets: connections, addresses, scope, layers, limits.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

pub(crate) mod raw;
mod retries;
mod server_info;
mod stream;
#[cfg(all(feature = "rustls-tls", feature = "ring"))]
mod tls;
mod traces;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::header::AUTHORIZATION;
use http::{Method, Request};
use opencode_testkit::server::{Fault, Server};
use opencode_wire::client::{HttpService, RequestBody, RetryPolicy};
use opencode_wire::{Client, ErrorKind};
use tower::util::ServiceExt as _;

use self::raw::{RawServer, pausing_until};

fn client(server: &Server) -> Client {
    Client::builder().base_url(server.url()).retry(RetryPolicy::never()).build().unwrap()
}

#[tokio::test]
async fn health_says_who_is_there() {
    let server = Server::builder().version("1.18.33").start().await;
    let health = client(&server).health().await.unwrap();
    assert!(health.healthy);
    assert_eq!(health.server_version().unwrap(), (1, 18, 33).into());
}

#[tokio::test]
async fn w35_five_calls_share_one_connection() {
    let server = Server::start().await;
    let client = client(&server);
    for _ in 0..5 {
        client.clone().health().await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn scoped_clones_share_the_pool() {
    let server = Server::start().await;
    let client = client(&server);
    client.health().await.unwrap();
    client.with_directory("/srv/other").unwrap().sessions().list(&Default::default()).await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn w33_a_base_path_is_put_before_every_route() {
    let server = Server::builder().base_path("/proxy/oc").start().await;
    for base_url in [server.url().to_owned(), format!("{}/", server.url())] {
        assert!(Client::new(base_url).unwrap().health().await.unwrap().healthy);
    }
    let outside = Client::new(format!("http://{}", server.addr())).unwrap();
    assert_eq!(outside.health().await.unwrap_err().kind(), ErrorKind::NotOpenCode);
}

#[tokio::test]
async fn w34_an_id_is_one_segment_whatever_it_contains() {
    let server = Server::start().await;
    for id in ["ses a b", "ses/../../global", "ses?x=1&y#z", "ses%2F"] {
        let session = client(&server).session(opencode_wire::ids::SessionId::from_wire(id));
        let error = session.list_messages(&Default::default()).await.unwrap_err();
        assert!(error.is_not_found(), "{id}: {error}");
    }
    let raw = RawServer::answering(b"HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n").await;
    let session = raw.client().session(opencode_wire::ids::SessionId::from_wire("../global"));
    session.list_messages(&Default::default()).await.unwrap_err();
    assert!(raw.head(0).starts_with("GET /session/..%2Fglobal/message HTTP/1.1\r\n"), "{}", raw.head(0));
}

#[tokio::test]
async fn ids_that_would_vanish_are_refused_before_anything_is_sent() {
    let server = Server::start().await;
    for id in ["", ".", ".."] {
        let session = client(&server).session(opencode_wire::ids::SessionId::from_wire(id));
        assert_eq!(session.get().await.unwrap_err().kind(), ErrorKind::InvalidId);
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn any_directory_and_workspace_arrives_as_it_was() {
    let server = Server::start().await;
    let workspace: opencode_wire::ids::WorkspaceId = "wrk_a+b&c=d".parse().unwrap();
    for directory in ["/srv/a b", "/srv/a+b&c=d", "/srv/100%", "/srv/ä🦀", "/srv/a#b?c", r"C:\work\x"] {
        let client = client(&server).with_directory(directory).unwrap().with_workspace(workspace.clone());
        client.paths().await.unwrap();
        let request = server.requests().pop().unwrap();
        assert_eq!(request.query["directory"], directory);
        assert_eq!(request.query["workspace"], workspace.as_str());
        client.health().await.unwrap();
        assert!(server.requests().pop().unwrap().query.is_empty(), "health is about the whole server");
    }
}

#[cfg(unix)]
#[test]
fn directories_that_are_no_text_are_typed_errors() {
    use std::os::unix::ffi::OsStrExt as _;

    let broken = std::path::Path::new(std::ffi::OsStr::from_bytes(b"/srv/\xff"));
    let client = Client::new("http://127.0.0.1:1").unwrap();
    let error = client.with_directory(broken).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    insta::assert_snapshot!(error, @"the path of the directory is not valid UTF-8");
    assert!(Client::builder().directory(broken).build().is_err());
    assert!(client.with_directory("").is_err());
}

#[tokio::test]
async fn passwords_come_from_the_builder_or_from_the_url() {
    let server = Server::builder().password("ge heim/@").start().await;
    let authority = server.addr();
    let by_builder = Client::builder().base_url(server.url()).password("ge heim/@").build().unwrap();
    by_builder.health().await.unwrap();
    let by_url = Client::new(format!("http://opencode:ge%20heim%2F%40@{authority}")).unwrap();
    by_url.health().await.unwrap();
    let by_query = Client::new(format!("http://{authority}?auth_token=b3BlbmNvZGU6Z2UgaGVpbS9A")).unwrap();
    by_query.health().await.unwrap();
    let wrong_user = Client::new(format!("http://me:ge%20heim%2F%40@{authority}")).unwrap();
    assert!(wrong_user.health().await.unwrap_err().is_unauthorized());
    assert!(client(&server).health().await.unwrap_err().is_unauthorized());
}

#[cfg(unix)]
#[tokio::test]
async fn unix_sockets_are_spoken_to_by_url_and_by_builder() {
    let path = std::env::temp_dir().join(format!("opencode wire {}.sock", std::process::id()));
    let server = Server::builder().start_unix(&path).await.unwrap();
    let url = format!("unix://{}", path.display()).replace(' ', "%20");
    Client::new(&url).unwrap().health().await.unwrap();
    let built = Client::builder().base_url("http://localhost").unix_socket(&path).build().unwrap();
    built.health().await.unwrap();
    assert_eq!(built.base_url(), format!("unix://{}", path.display()));
    drop(server);
    let error = Client::builder()
        .base_url(url)
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
        .health()
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(!error.is_ambiguous());
}

#[tokio::test]
async fn layers_see_each_request_and_no_password() {
    let server = Server::builder().password("geheim").start().await;
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let layer = tower_layer::layer_fn(move |inner: HttpService| {
        let counter = Arc::clone(&counter);
        inner.map_request(move |request: Request<RequestBody>| {
            assert!(request.headers()[AUTHORIZATION].is_sensitive());
            assert!(!format!("{request:?}").contains("Z2VoZWlt"), "{request:?}");
            counter.fetch_add(1, Ordering::Relaxed);
            request
        })
    });
    let client = Client::builder().base_url(server.url()).password("geheim").layer(layer).build().unwrap();
    client.health().await.unwrap();
    client.sessions().create("x").await.unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn redirects_are_named_and_not_followed() {
    let server = Server::start().await;
    let elsewhere = Server::start().await;
    let location = format!("{}/global/health", elsewhere.url());
    server.fault(Fault::on("GET", "/global/health").status(307).header("location", location));
    let error = client(&server).health().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::BadRequest, Some(307)));
    insta::assert_snapshot!(error, @"GET /global/health: answered with a redirect, which is never followed (307)");
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn answers_above_the_limit_are_typed_errors() {
    let server = Server::start().await;
    server.fault(Fault::on("GET", "/session").oversized(2000));
    let client = Client::builder().base_url(server.url()).max_response_bytes(1999).build().unwrap();
    let error = client.sessions().list(&Default::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    insta::assert_snapshot!(error, @"GET /session: the answer is larger than 1999 bytes");
    // The same holds when the server does not say the length beforehand.
    let raw = RawServer::answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n[1,2\r\n4\r\n,3,4\r\n1\r\n]\r\n0\r\n\r\n",
    )
    .await;
    let request = |limit| {
        let client = Client::builder().base_url(raw.url()).max_response_bytes(limit).build().unwrap();
        client.request(Method::GET, "/x", &[]).send_json::<Vec<u8>>()
    };
    assert_eq!(request(8).await.unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(request(9).await.unwrap(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn the_escape_hatch_reaches_every_route() {
    let server = Server::start().await;
    let client = client(&server).with_directory("/srv/mine").unwrap();
    let agents: serde_json::Value = client.request(Method::GET, "/agent", &[]).send_json().await.unwrap();
    assert!(agents.is_array());
    let bytes = client.request(Method::GET, "/path", &[]).query("directory", "/srv/yours").send_bytes();
    assert!(String::from_utf8(bytes.await.unwrap().into()).unwrap().contains("/srv/yours"));
    let page = client.request(Method::GET, "/no/such/:route", &["a/b"]).send_bytes().await.unwrap_err();
    assert_eq!(page.kind(), ErrorKind::NotOpenCode);
    assert_eq!(server.requests().pop().unwrap().path, "/no/such/a/b");
}

#[tokio::test]
async fn an_answer_that_stops_half_way_is_a_timeout() {
    let raw = RawServer::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[1,").await;
    let client = raw.client();
    let call =
        tokio::spawn(
            async move { client.request(Method::GET, "/x", &[]).send_json::<serde_json::Value>().await },
        );
    let error = pausing_until(raw.answered(), call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    insta::assert_snapshot!(error, @"GET /x: the answer stopped half-way for 30s");
}
