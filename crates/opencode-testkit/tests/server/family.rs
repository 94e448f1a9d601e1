//! The global stream, its sync records and older generations.

use opencode_testkit::server::{EventFamily, Script, Server};
use serde_json::{Value, json};

use crate::client::{Events, create, get, post, prompt};

async fn turn_on(server: &Server, path: &str) -> (String, Vec<Value>) {
    server.script(Script::new().text("Hello there"));
    let mut events = Events::open(server, path).await;
    events.next().await;
    let session_id = create(server).await;
    prompt(server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    (session_id, events.so_far(server).await)
}

#[tokio::test]
async fn the_global_stream_doubles_durable_events_with_a_rising_seq() {
    let server = Server::start().await;
    let (session_id, events) = turn_on(&server, "/global/event").await;
    let mut seqs = Vec::new();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["directory"], server.directory());
        assert!(event["project"].is_string());
        let payload = &event["payload"];
        if payload["type"] != "sync" {
            continue;
        }
        let (twin, record) = (&events[index - 1]["payload"], &payload["syncEvent"]);
        assert_eq!(record["id"], twin["id"]);
        assert_eq!(record["data"], twin["properties"]);
        assert_eq!(record["type"], format!("{}.1", twin["type"].as_str().unwrap()));
        assert_eq!(record["aggregateID"], session_id.as_str());
        seqs.push(record["seq"].as_u64().unwrap());
    }
    let last = u64::try_from(seqs.len()).unwrap() - 1;
    assert_eq!(seqs, (0..=last).collect::<Vec<_>>());
    assert!(seqs.len() > 10);

    let all = post(&server, "/sync/history", json!({})).await.json();
    assert_eq!(all.as_array().unwrap().len(), seqs.len());
    assert_eq!(all[0]["type"], "session.created.1");
    let new = post(&server, "/sync/history", json!({session_id: last - 2})).await.json();
    let new: Vec<_> = new.as_array().unwrap().iter().map(|row| row["seq"].as_u64().unwrap()).collect();
    assert_eq!(new, [last - 1, last]);
}

#[tokio::test]
async fn the_greeting_has_no_directory() {
    let server = Server::start().await;
    let mut events = Events::open(&server, "/global/event").await;
    let greeting = events.next().await;
    assert!(greeting["directory"].is_null());
    assert_eq!(greeting["payload"]["type"], "server.connected");
    server.heartbeat();
    assert_eq!(events.next().await["payload"]["type"], "server.heartbeat");
}

#[tokio::test]
async fn a_server_without_global_stream_answers_with_the_page() {
    let server = Server::builder().events(EventFamily::default().with_global_stream(false)).start().await;
    let answer = get(&server, "/global/event").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html"));
}

#[tokio::test]
async fn older_sync_records_all_say_zero_and_the_oldest_are_not_there() {
    let server = Server::builder().events(EventFamily::v1_14()).start().await;
    let (_, events) = turn_on(&server, "/global/event").await;
    let seqs: Vec<_> =
        events.iter().filter_map(|event| event["payload"]["syncEvent"]["seq"].as_u64()).collect();
    assert!(seqs.len() > 10 && seqs.iter().all(|seq| *seq == 0));

    let server = Server::builder().events(EventFamily::v1_2()).start().await;
    let (_, events) = turn_on(&server, "/global/event").await;
    assert!(
        events.iter().all(|event| event["payload"]["type"] != "sync" && event["payload"]["id"].is_null())
    );
}

#[tokio::test]
async fn the_oldest_text_grows() {
    let server = Server::builder().events(EventFamily::v1_1()).start().await;
    let (_, events) = turn_on(&server, "/event").await;
    let growth: Vec<_> = events
        .iter()
        .map(|event| &event["properties"])
        .filter(|properties| properties["delta"].is_string())
        .map(|properties| {
            (properties["delta"].as_str().unwrap(), properties["part"]["text"].as_str().unwrap())
        })
        .collect();
    assert_eq!(growth, [("Hello ", "Hello "), ("there", "Hello there")]);
    assert!(events.iter().all(|event| event["type"] != "message.part.delta" && event["id"].is_null()));
}

#[tokio::test]
async fn directories_have_their_own_streams() {
    let server = Server::start().await;
    let mut here = Events::connect(&server).await;
    let mut there = Events::open(&server, "/event?directory=%2Fsrv%2Fother%2F").await;
    there.next().await;
    post(&server, "/session?directory=/srv/other", json!({})).await;
    assert_eq!(there.next().await["type"], "session.created");
    assert!(here.so_far(&server).await.is_empty());
}
