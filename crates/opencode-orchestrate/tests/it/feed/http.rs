//! A browser on a real socket, behind axum.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use opencode_orchestrate::feed::axum::{LastEventId, respond};
use opencode_orchestrate::feed::{Picture, UiFeed};
use opencode_orchestrate::log::Entry;
use opencode_store::turn::TurnId;
use opencode_wire::sse::{Item, Limits, Parser};
use tokio::net::{TcpListener, TcpStream};

use super::rig::{Rig, Writer, grown, part};

/// A web server whose pages follow turns, and which ends with the test.
async fn serve(feed: UiFeed) -> String {
    async fn events(State(feed): State<UiFeed>, Path(turn): Path<i64>, last: LastEventId) -> Response {
        respond(feed.follow(TurnId::new(turn), last.0)).await
    }
    let router = Router::new().route("/turns/{turn}/events", get(events)).with_state(feed);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What an `EventSource` is, without a page: it remembers what it was told.
struct Browser {
    body: Incoming,
    parser: Parser,
    /// Frames that have come and were not looked at yet: event and data.
    frames: std::collections::VecDeque<(String, String)>,
}

async fn ask(address: &str, turn: TurnId, last_event_id: Option<&str>) -> http::Response<Incoming> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = http::Request::get(format!("/turns/{turn}/events")).header("host", address);
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap()
}

impl Browser {
    async fn connect(address: &str, turn: TurnId, last_event_id: Option<&str>) -> Self {
        let response = ask(address, turn, last_event_id).await;
        assert_eq!(response.status(), StatusCode::OK);
        for (header, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
            ("x-accel-buffering", "no"),
        ] {
            assert_eq!(response.headers()[header], value);
        }
        Self {
            body: response.into_body(),
            parser: Parser::new(Limits::default()),
            frames: Default::default(),
        }
    }

    fn last_event_id(&self) -> String {
        String::from_utf8(self.parser.last_event_id().to_vec()).unwrap()
    }

    /// The next frame; `None` when the answer has ended.
    async fn next(&mut self) -> Option<(String, String)> {
        while self.frames.is_empty() {
            let chunk = self.body.frame().await?.unwrap().into_data().unwrap();
            let mut items = self.parser.feed(&chunk);
            while let Some(item) = items.next() {
                if let Item::Frame(frame) = item {
                    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                    self.frames.push_back((text(frame.event.unwrap_or_default()), text(frame.data)));
                }
            }
        }
        self.frames.pop_front()
    }
}

#[tokio::test]
async fn g19_a_browser_follows_a_turn_over_connections_that_break() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "Grü")]).await;
    let feed = UiFeed::new(rig.store.clone());
    let address = serve(feed.clone()).await;

    let mut browser = Browser::connect(&address, writer.turn(), None).await;
    let (event, data) = browser.next().await.unwrap();
    let mut picture: Picture = serde_json::from_str(&data).unwrap();
    assert_eq!((event.as_str(), browser.last_event_id().as_str()), ("snapshot", "2"));
    writer.tell(&[grown("prt_1", 4, "ß")]).await;
    let (event, data) = browser.next().await.unwrap();
    picture.apply(&Entry::parse(&data).unwrap());
    assert_eq!((event.as_str(), browser.last_event_id().as_str()), ("grown", "3"));

    // The connection breaks, and the turn goes on.
    let last_event_id = browser.last_event_id();
    drop(browser);
    writer.tell(&[grown("prt_1", 6, " "), grown("prt_1", 7, "dich")]).await;
    let mut browser = Browser::connect(&address, writer.turn(), Some(&last_event_id)).await;
    let (event, data) = browser.next().await.unwrap();
    picture.apply(&Entry::parse(&data).unwrap());
    assert_eq!((event.as_str(), browser.last_event_id().as_str()), ("grown", "5"));
    assert_eq!(picture.parts[0].growing.as_ref().unwrap().text, "Grüß dich");

    writer.finish().await;
    let (event, data) = browser.next().await.unwrap();
    let end: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((event.as_str(), &end["kind"]), ("ended", &"completed".into()));
    assert_eq!(browser.next().await, None, "the answer ends with the turn");

    // A browser whose page does not close it.
    let mut again = Browser::connect(&address, writer.turn(), Some(&browser.last_event_id())).await;
    assert_eq!(again.next().await, Some((event, data)));
    assert_eq!(again.next().await, None);
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_reloaded_and_no_cursor_is_a_snapshot() {
    let rig = Rig::new();
    let writer = Writer::begin(&rig.store).await;
    let address = serve(UiFeed::new(rig.store.clone())).await;
    let mut browser = Browser::connect(&address, writer.turn(), Some("99")).await;
    assert_eq!(browser.next().await.unwrap(), ("reload".to_owned(), r#"{"cursor":99}"#.to_owned()));
    assert_eq!(browser.next().await.unwrap().0, "snapshot");
    let mut browser = Browser::connect(&address, writer.turn(), Some("'; drop table")).await;
    assert_eq!(browser.next().await.unwrap().0, "snapshot");
}

#[tokio::test]
async fn an_unknown_turn_is_not_found() {
    let rig = Rig::new();
    let address = serve(UiFeed::new(rig.store.clone())).await;
    assert_eq!(ask(&address, TurnId::new(7), None).await.status(), StatusCode::NOT_FOUND);
}

/// Nobody follows a turn for a browser that has gone.
#[tokio::test]
async fn g19_a_browser_that_goes_leaves_nothing() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let address = serve(feed.clone()).await;
    let mut browser = Browser::connect(&address, writer.turn(), None).await;
    browser.next().await.unwrap();
    assert_eq!(feed.followed(), 1);
    drop(browser);
    while feed.followed() > 0 {
        // The server learns of it from the socket, or when it writes.
        writer.note(1).await;
        tokio::task::yield_now().await;
    }
}
