//! What people read when something goes wrong: every error's text, and that none tells a secret.

#![expect(clippy::unwrap_used, reason = "a test shall fail where something is not as expected")]

use std::error::Error as _;

use opencode_testkit::server::{Fault, Server};
use opencode_wire::api::Prompt;
use opencode_wire::client::RetryPolicy;
use opencode_wire::{Client, Error, ErrorKind};

/// An error with all its causes, as a program would print it.
pub(crate) fn chain(error: &Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}\n  caused by: {cause}"))
}

fn client(server: &Server) -> Client {
    Client::builder().base_url(server.url()).retry(RetryPolicy::never()).build().unwrap()
}

/// An address where nobody listens.
async fn nowhere() -> std::net::SocketAddr {
    tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn t_r25_no_server() {
    let address = nowhere().await;
    let client =
        Client::builder().base_url(format!("http://{address}")).retry(RetryPolicy::never()).build().unwrap();
    let error = client.health().await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, false));
    assert!(error.is_retryable());
    assert_eq!(error.request(), Some(("GET", "/global/health")));
    let text = chain(&error).replace(&address.port().to_string(), "PORT");
    let text = text.lines().take(3).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(text, @r"
    GET /global/health: cannot connect to http://127.0.0.1:PORT
      caused by: client error (Connect)
      caused by: tcp connect error
    ");
    assert!(client.sessions().create("x").await.is_err_and(|error| !error.is_ambiguous()));
}

#[tokio::test]
async fn no_such_host() {
    let client = Client::builder().base_url("http://no-such-host.invalid").retry(RetryPolicy::never());
    let error = client.build().unwrap().health().await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, false));
    insta::assert_snapshot!(error, @"GET /global/health: cannot connect to http://no-such-host.invalid");
}

#[tokio::test]
async fn wrong_password() {
    let server = Server::builder().password("right").start().await;
    let client = Client::builder().base_url(server.url()).password("wrong").build().unwrap();
    let error = client.health().await.unwrap_err();
    assert!(error.is_unauthorized());
    insta::assert_snapshot!(error, @"GET /global/health: the password is missing or wrong (401)");
}

#[tokio::test]
async fn wrong_id() {
    let server = Server::start().await;
    let error = client(&server).session("ses_none".parse().unwrap()).get().await.unwrap_err();
    assert!(error.is_not_found() && !error.is_ambiguous());
    assert_eq!((error.status(), error.server_name()), (Some(404), Some("NotFoundError")));
    insta::assert_snapshot!(error, @"GET /session/ses_none: not found (404): Session not found: ses_none");
    let error =
        client(&server).session(opencode_wire::ids::SessionId::from_wire("foo")).get().await.unwrap_err();
    insta::assert_snapshot!(error, @"GET /session/foo: the server failed (500): Unexpected server error. Check server logs for details.");
}

#[tokio::test]
async fn a_web_page() {
    let server = Server::builder().base_path("/elsewhere").start().await;
    let client = Client::new(format!("http://{}", server.addr())).unwrap();
    let text = "GET /global/health: answered with a web page: is this an OpenCode server, and does it have this route?";
    assert_eq!(client.health().await.unwrap_err().to_string(), text);
    // Whether the caller wants an answer or not, a page is none.
    let error =
        client.session("ses_1".parse().unwrap()).send_prompt_async(&Prompt::from("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOpenCode);
}

#[tokio::test]
async fn broken_json() {
    let server = Server::start().await;
    server.fault(Fault::on("GET", "/session").invalid_json());
    let error = client(&server).sessions().list(&Default::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)));
    insta::assert_snapshot!(error, @"GET /session: the answer is not what was expected: invalid type: map, expected a sequence at line 1 column 0");
    server.fault(Fault::on("GET", "/global/health").status(200));
    let error = client(&server).health().await.unwrap_err();
    insta::assert_snapshot!(error, @"GET /global/health: the answer is empty");
}

#[tokio::test]
async fn a_busy_session() {
    let server = Server::start().await;
    server.script(opencode_testkit::server::Script::new().hold("busy"));
    let session_id = server.create_session("x");
    server.prompt(&session_id, "work");
    let session = client(&server).session(session_id.parse().unwrap());
    server.wait_for_hold("busy").await;
    let error = session.revert(&"msg_1".parse().unwrap(), None).await.unwrap_err();
    assert_eq!((error.kind(), error.server_name()), (ErrorKind::Conflict, Some("SessionBusyError")));
    assert_eq!(
        error.to_string().split(": Session is busy").next().unwrap(),
        format!("POST /session/{session_id}/revert: conflict (409)")
    );
}

#[tokio::test]
async fn t_r26_to_t_r31_every_body_of_a_refusal_is_survived() {
    let server = Server::start().await;
    let client = client(&server);
    for body in [r#"{"message":"no"}"#, "no", r#""no""#, "[\"no\"]", "null", "7", "", "<html>no</html>", "{"]
    {
        server.fault(Fault::on("GET", "/question").answer(401, body));
        assert_eq!(client.questions().list().await.unwrap_err().kind(), ErrorKind::Unauthorized, "{body}");
        server.fault(Fault::on("GET", "/question").answer(404, body));
        let expected = if body.starts_with('<') { ErrorKind::NotOpenCode } else { ErrorKind::NotFound };
        assert_eq!(client.questions().list().await.unwrap_err().kind(), expected, "{body}");
    }
}

#[tokio::test]
async fn w31_a_connection_that_breaks_is_a_typed_error() {
    let server = Server::start().await;
    server.fault(Fault::on("POST", "/session").hang_up());
    let error = client(&server).sessions().create("x").await.unwrap_err();
    assert_eq!((error.kind(), error.is_ambiguous()), (ErrorKind::Connect, true));
    let text = chain(&error);
    let text = text.lines().take(2).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(text, @r"
    POST /session: the connection broke before an answer came
      caused by: client error (SendRequest)
    ");
}

#[tokio::test]
async fn what_a_gateway_says_leaves_open_what_happened() {
    let server = Server::start().await;
    for (status, ambiguous) in
        [(502, true), (504, true), (503, false), (500, false), (429, false), (400, false)]
    {
        server.fault(Fault::on("POST", "/session").status(status));
        let error = client(&server).sessions().create("x").await.unwrap_err();
        assert_eq!(error.is_ambiguous(), ambiguous, "{status}");
    }
}

#[tokio::test]
async fn nothing_that_is_shown_contains_a_secret() {
    let server = Server::start().await;
    let base_url = format!("http://me:geheim1@{}/?auth_token=geheim2", server.addr());
    let builder = Client::builder().base_url(base_url).password("geheim3").directory("/srv/geheim4");
    let mut shown = vec![format!("{builder:?}")];
    let client = builder.retry(RetryPolicy::never()).build().unwrap();
    shown.push(format!("{client:?} {:?} {}", client.sessions(), client.base_url()));
    let request = client.request(http::Method::POST, "/x", &[]).query("key", "geheim5").json("geheim6");
    shown.push(format!("{request:?}"));
    let session = client.session("ses_1".parse().unwrap());
    shown.push(format!("{session:?}"));

    server.fault(Fault::on("POST", "/session/:id/prompt_async").hang_up());
    let broken = session.send_prompt_async(&Prompt::from("geheim7")).await.unwrap_err();
    server.fault(Fault::on("GET", "/config").answer(200, r#"{"apiKey":"geheim8"}"#));
    let undecodable =
        client.request(http::Method::GET, "/config", &[]).send_json::<Vec<u8>>().await.unwrap_err();
    server.fault(Fault::on("GET", "/path").answer(200, r#"["geheim9"]"#));
    let quoted = client.request(http::Method::GET, "/path", &[]).send_json::<Vec<u8>>().await.unwrap_err();
    for error in [broken, undecodable, quoted] {
        shown.push(format!("{error} {error:?} {}", chain(&error)));
    }
    let provider = r#"{"id":"p","key":"geheim10","options":{"apiKey":"geheim11"},"models":{}}"#;
    server.fault(Fault::on("GET", "/provider").answer(200, format!(r#"{{"all":[{provider}]}}"#)));
    let catalog = client.providers().await.unwrap();
    assert_eq!(catalog.all[0].api_key.as_ref().unwrap().expose().as_str(), r#""geheim10""#);
    shown.push(format!("{catalog:?}"));
    for text in shown {
        assert!(!text.contains("geheim"), "{text}");
    }
}

#[cfg(not(feature = "rustls-tls"))]
#[test]
fn https_without_its_feature() {
    let error = Client::new("https://example.org").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    insta::assert_snapshot!(error, @"https needs the feature `rustls-tls` of opencode-wire");
}

#[test]
fn settings_that_cannot_be_used() {
    let error = Client::builder().user_agent("line\nbreak").build().unwrap_err();
    insta::assert_snapshot!(error, @"the user agent cannot be sent in a header");
    let error = Client::builder().username("a:b").password("x").build().unwrap_err();
    insta::assert_snapshot!(error, @"the user name contains a colon");
}
