//! Event streams: their head is an answer like any other, their body has no limits.

use http::Method;
use http_body_util::BodyExt as _;
use opencode_testkit::server::{Fault, Server, StreamStyle};
use opencode_wire::client::EventBody;
use opencode_wire::{Client, ErrorKind};

use super::client;
use super::raw::RawServer;

async fn open(client: &Client) -> opencode_wire::Result<EventBody> {
    client.request(Method::GET, "/event", &[]).send_stream().await
}

async fn next(stream: &mut EventBody) -> Option<opencode_wire::Result<String>> {
    let frame = stream.frame().await?;
    Some(frame.map(|frame| String::from_utf8(frame.into_data().unwrap().into()).unwrap()))
}

#[tokio::test]
async fn a_stream_is_read_as_it_comes_and_ends_with_the_server() {
    let server = Server::start().await;
    let mut stream = open(&client(&server)).await.unwrap();
    assert!(next(&mut stream).await.unwrap().unwrap().contains("server.connected"));
    server.heartbeat();
    assert!(next(&mut stream).await.unwrap().unwrap().contains("server.heartbeat"));
    assert_eq!(server.requests()[0].headers["accept"], "text/event-stream");
    server.end_streams();
    assert!(next(&mut stream).await.is_none());
}

#[tokio::test]
async fn a_stream_is_read_frame_by_frame_however_it_is_cut() {
    let server = Server::start().await;
    server.all_streams(StreamStyle::new().chunk(3).comments("alive").pretty());
    let mut frames = open(&client(&server)).await.unwrap().frames();
    for expected in ["server.connected", "server.heartbeat", "test.last"] {
        let data = frames.next().await.unwrap().unwrap();
        let event: serde_json::Value = serde_json::from_slice(&data).unwrap();
        assert_eq!(event["type"], expected);
        match expected {
            "server.connected" => server.heartbeat(),
            "server.heartbeat" => drop(server.emit("test.last", serde_json::json!({}))),
            _ => server.end_streams(),
        }
    }
    assert!(frames.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_break_is_a_typed_error() {
    let server = Server::start().await;
    let mut stream = open(&client(&server)).await.unwrap();
    next(&mut stream).await.unwrap().unwrap();
    server.drop_streams();
    let error = next(&mut stream).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stream);
    insta::assert_snapshot!(error, @"GET /event: the event stream broke");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let server = Server::start().await;
    let stream = open(&client(&server)).await.unwrap();
    server.wait_for_streams(1).await;
    drop(stream);
    server.wait_for_streams(0).await;
}

#[tokio::test]
async fn w39_a_stream_that_is_refused_says_how() {
    let server = Server::builder().password("geheim").start().await;
    assert_eq!(open(&client(&server)).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    let server = Server::start().await;
    for (status, kind) in [(404, ErrorKind::NotFound), (503, ErrorKind::Server), (302, ErrorKind::BadRequest)]
    {
        server.fault(Fault::on("GET", "/event").status(status));
        let error = open(&Client::new(server.url()).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
    }
    assert_eq!(server.requests().len(), 3, "streams are left to whoever follows them");
}

#[tokio::test]
async fn what_is_no_stream_is_no_stream() {
    let server = Server::start().await;
    let page = client(&server).request(Method::GET, "/events", &[]).send_stream().await.unwrap_err();
    assert_eq!(page.kind(), ErrorKind::NotOpenCode);
    let json = client(&server).request(Method::GET, "/agent", &[]).send_stream().await.unwrap_err();
    assert_eq!((json.kind(), json.status()), (ErrorKind::Decode, Some(200)));
    insta::assert_snapshot!(json, @"GET /agent: expected an event stream and got something else");
}

#[tokio::test]
async fn silence_in_a_stream_is_for_its_reader_to_judge() {
    let raw =
        RawServer::answering(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hi\n\n").await;
    let mut stream = open(&raw.client()).await.unwrap();
    assert_eq!(next(&mut stream).await.unwrap().unwrap(), ": hi\n\n");
    tokio::time::pause();
    let waited = tokio::time::timeout(std::time::Duration::from_secs(86_400), stream.frame()).await;
    assert!(waited.is_err(), "a day of silence and no word from the client: {waited:?}");
}
