//! `Client::call`: what it sends for a client of some directory, and what it makes of the answers.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use opencode_wire::client::{BoxError, HttpService, RequestBody, ResponseBody, RetryPolicy};
use opencode_wire::ids::{SessionId, WorkspaceId};
use opencode_wire::operations::opencode_http_api::V2AgentList;
use opencode_wire::operations::session::{SessionAbort, SessionCreate, SessionGet, SessionList};
use opencode_wire::operations::sessions::{V2SessionGet, V2SessionInterrupt};
use opencode_wire::operations::{Location, Refusal, global};
use opencode_wire::{Client, ErrorKind};

type Sent = Arc<Mutex<Vec<String>>>;

/// A client that is always answered the same, and what it has sent.
fn client(status: u16, body: &'static str) -> (Client, Sent) {
    let sent = Sent::default();
    let kept = Arc::clone(&sent);
    let layer = tower_layer::layer_fn(move |_inner: HttpService| {
        let kept = Arc::clone(&kept);
        tower::service_fn(move |request: Request<RequestBody>| {
            let kept = Arc::clone(&kept);
            async move {
                let line = format!("{} {}", request.method(), request.uri().path_and_query().unwrap());
                let said = request.into_body().collect().await.unwrap().to_bytes();
                kept.lock().unwrap().push(format!("{line} {}", String::from_utf8(said.to_vec()).unwrap()));
                let body = ResponseBody::new(Full::new(Bytes::from_static(body.as_bytes())));
                Ok::<_, BoxError>(Response::builder().status(status).body(body).unwrap())
            }
        })
    });
    let retry = RetryPolicy::default().with_tries(2).with_jitter(false);
    (Client::builder().layer(layer).retry(retry).build().unwrap(), sent)
}

fn scoped(client: &Client) -> Client {
    client.with_directory("/srv/a b").unwrap().with_workspace(WorkspaceId::from_wire("wrk_1"))
}

fn take(sent: &Sent) -> String {
    let mut sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.remove(0).trim_end().to_owned()
}

#[tokio::test]
async fn an_operation_is_about_the_directory_of_the_client_unless_it_names_one() {
    let (plain, sent) = client(200, "[]");
    let scoped = scoped(&plain);
    let mut list = SessionList::new();
    plain.call(&list).await.unwrap();
    assert_eq!(take(&sent), "GET /session");
    scoped.call(&list).await.unwrap();
    assert_eq!(take(&sent), "GET /session?directory=%2Fsrv%2Fa%20b&workspace=wrk_1");
    list.directory = Some("/other".to_owned());
    list.workspace = Some("wrk_2".to_owned());
    list.limit = Some(20);
    scoped.call(&list).await.unwrap();
    assert_eq!(take(&sent), "GET /session?directory=%2Fother&workspace=wrk_2&limit=20");
}

#[tokio::test]
async fn newer_routes_are_told_the_location_and_global_ones_nothing() {
    let (plain, sent) =
        client(200, r#"{"location":{"directory":"/","project":{"id":"a","directory":"/"}},"data":[]}"#);
    let scoped = scoped(&plain);
    let mut list = V2AgentList::new();
    scoped.call(&list).await.unwrap();
    let all = "location%5Bdirectory%5D=%2Fsrv%2Fa%20b&location%5Bworkspace%5D=wrk_1";
    assert_eq!(take(&sent), format!("GET /api/agent?{all}"));
    list.location = Some(Location::workspace(WorkspaceId::from_wire("wrk_2")));
    scoped.call(&list).await.unwrap();
    let own = all.replace("wrk_1", "wrk_2");
    assert_eq!(take(&sent), format!("GET /api/agent?{own}"));
    assert_eq!(scoped.call(&global::GlobalHealth::new()).await.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(take(&sent), "GET /global/health");
}

#[tokio::test]
async fn a_body_is_sent_and_an_empty_answer_is_an_answer() {
    let (client, sent) = client(204, "");
    client.call(&V2SessionInterrupt::new("ses_1".parse().unwrap())).await.unwrap();
    assert_eq!(take(&sent), "POST /api/session/ses_1/interrupt");
    let mut create = SessionCreate::new();
    create.body.title = Some("ä".to_owned());
    let error = client.call(&create).await.unwrap_err();
    assert_eq!(take(&sent), r#"POST /session {"title":"ä"}"#);
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.to_string(), "POST /session: the answer is empty");
}

#[tokio::test(start_paused = true)]
async fn only_reads_are_tried_again_and_refusals_are_the_clients_errors() {
    let (client, sent) = client(503, r#"{"_tag":"ServiceUnavailableError","message":"later"}"#);
    let id: SessionId = "ses_1".parse().unwrap();
    let error = client.call(&V2SessionGet::new(id.clone())).await.unwrap_err();
    assert_eq!((error.kind(), error.server_name()), (ErrorKind::Server, Some("ServiceUnavailableError")));
    assert_eq!(std::mem::take(&mut *sent.lock().unwrap()).len(), 2);
    client.call(&SessionAbort::new(id)).await.unwrap_err();
    assert_eq!(take(&sent), "POST /session/ses_1/abort");
}

#[tokio::test]
async fn an_id_that_would_reach_another_route_is_not_sent() {
    let (client, sent) = client(200, "{}");
    for id in ["", ".", ".."] {
        let error = client.call(&SessionGet::new(SessionId::from_wire(id))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidId);
    }
    assert!(sent.lock().unwrap().is_empty());
    let error = client.call(&SessionGet::new(SessionId::from_wire("../global"))).await.unwrap_err();
    assert!(take(&sent) == "GET /session/..%2Fglobal", "{error}");
}

#[tokio::test]
async fn what_an_error_says_quotes_nothing() {
    let (client, _sent) = client(200, r#"[{"id":"geheim","slug":"geheim","time":"geheim"}]"#);
    let error = client.call(&SessionList::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
    assert!(error.to_string().starts_with("GET /session: the answer is not what was expected"), "{error}");
}

#[tokio::test]
async fn an_error_has_the_refusal_of_its_operation() {
    let (client, _sent) = client(404, r#"{"name":"NotFoundError","data":{"message":"geheim"},"more":1}"#);
    let error = client.call(&SessionGet::new("ses_1".parse().unwrap())).await.unwrap_err();
    let Some(Refusal::NotFoundError(refusal)) = error.refusal::<SessionGet>() else { panic!("{error}") };
    assert_eq!(refusal.data.message, "geheim");
    assert!(error.server_body().unwrap().ends_with("\"more\":1}"));
    assert!(!format!("{error:?} {refusal:?}").contains("more"), "{error:?}");
}

#[tokio::test]
async fn an_error_carries_no_page_and_no_large_body() {
    let large: &'static str = format!("\"{}\"", "a".repeat(64 << 10)).leak();
    for body in ["<html>", large] {
        let (client, _sent) = client(400, body);
        let error = client.call(&SessionList::new()).await.unwrap_err();
        assert_eq!(error.status(), Some(400));
        assert!(error.server_body().is_none() && error.refusal::<SessionList>().is_none());
    }
    let (client, _sent) = client(200, "[");
    assert!(client.call(&SessionList::new()).await.unwrap_err().refusal::<SessionList>().is_none());
}
