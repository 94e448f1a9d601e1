//! Disturbed event streams.

use opencode_testkit::server::{Fault, LineEnd, Script, Server, StreamStyle};
use serde_json::{Value, json};

use crate::client::{End, Events, create, get, label, labels, post, prompt, request, try_send};

/// Opens a stream of this style and returns all its bytes and how it ended, after two heartbeats and a clean end.
async fn bytes_of(style: StreamStyle) -> (Vec<usize>, String, End) {
    let server = Server::start().await;
    server.next_stream(style);
    let mut events = Events::open(&server, "/event").await;
    server.wait_for_streams(1).await;
    server.heartbeat();
    server.heartbeat();
    server.end_streams();
    loop {
        if let Err(end) = events.chunk().await {
            let sizes = events.chunks.iter().map(bytes::Bytes::len).collect();
            let text = String::from_utf8(events.chunks.concat()).unwrap();
            return (sizes, text, end);
        }
    }
}

/// The texts that these events append.
fn deltas(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["properties"]["delta"].as_str()).collect()
}

#[tokio::test]
async fn a_healthy_stream_is_data_lines_in_one_chunk_each() {
    let (sizes, text, end) = bytes_of(StreamStyle::new()).await;
    assert_eq!((sizes.len(), end), (3, End::Clean));
    assert!(text.starts_with("data: {\"id\":\"evt_") && text.ends_with("}\n\n"), "{text}");
}

#[tokio::test]
async fn the_bytes_can_be_cut_anywhere_and_dressed_differently() {
    let (sizes, text, _) = bytes_of(StreamStyle::new().chunk(1)).await;
    assert!(sizes.iter().all(|size| *size == 1));
    assert_eq!(text, bytes_of(StreamStyle::new()).await.1);

    let style = StreamStyle::new().bom().line_end(LineEnd::CrLf).comments("hi").id_field().event_field();
    let (_, text, _) = bytes_of(style.retry_field(7).pretty()).await;
    assert!(text.starts_with("\u{feff}: hi\r\nretry: 7\r\nevent: server.connected\r\nid: evt_"), "{text}");
    assert!(text.contains("\r\ndata: {\r\ndata:   \"id\""), "{text}");
    let (_, text, _) = bytes_of(StreamStyle::new().line_end(LineEnd::Cr)).await;
    assert!(!text.contains('\n') && text.ends_with("\r\r"));
}

#[tokio::test]
async fn streams_break_end_and_freeze_after_a_number_of_events() {
    let (sizes, _, end) = bytes_of(StreamStyle::new().drop_after(2)).await;
    assert_eq!((sizes.len(), end), (2, End::Broken));
    let (sizes, _, end) = bytes_of(StreamStyle::new().end_after(2)).await;
    assert_eq!((sizes.len(), end), (2, End::Clean));
    let (sizes, text, end) = bytes_of(StreamStyle::new().drop_inside(1)).await;
    assert_eq!((sizes.len(), end), (2, End::Broken));
    assert!(!text.ends_with("\n\n"), "{text}");
}

#[tokio::test]
async fn a_frozen_stream_stays_open_and_silent() {
    let server = Server::start().await;
    let mut frozen = Events::connect(&server).await;
    server.freeze_streams();
    let mut healthy = Events::connect(&server).await;
    server.heartbeat();
    assert_eq!(healthy.next().await["type"], "server.heartbeat");
    server.end_streams();
    assert_eq!(healthy.rest().await.1, End::Clean);
    server.wait_for_streams(1).await;
    assert!(futures_util::FutureExt::now_or_never(frozen.chunk()).is_none());
    drop(frozen);
    server.wait_for_streams(0).await;
}

#[tokio::test]
async fn everything_sent_before_a_break_arrives() {
    let server = Server::start().await;
    let mut events = Events::connect(&server).await;
    let large = "x".repeat(3_000_000);
    server.emit("test.large", json!({"text": large}));
    server.drop_streams();
    let (seen, end) = events.rest().await;
    assert_eq!(end, End::Broken);
    assert_eq!(seen[0]["properties"]["text"].as_str().map(str::len), Some(large.len()));

    let mut events = Events::connect(&server).await;
    server.drop_streams_mid_frame();
    assert_eq!(events.rest().await, (Vec::new(), End::Broken));
}

#[tokio::test]
async fn the_greeting_can_be_withheld() {
    let server = Server::start().await;
    server.next_stream(StreamStyle::new().hold_ready("ready"));
    let mut events = Events::open(&server, "/event").await;
    server.wait_for_hold("ready").await;
    server.heartbeat();
    server.release("ready");
    assert_eq!(events.next().await["type"], "server.connected");
    assert!(events.so_far(&server).await.is_empty(), "the heartbeat came before the subscription");
}

#[tokio::test]
async fn a_stream_that_listens_late_hears_nothing_before_an_answer() {
    let server = Server::start().await;
    server.script(Script::new().text("lost"));
    server.script(Script::new().text("heard"));
    let session_id = create(&server).await;
    server.fault(Fault::on("GET", "/session/status").hold("asked before"));
    let asked_before = async { get(&server, "/session/status").await };
    let late = async {
        server.wait_for_hold("asked before").await;
        server.next_stream(StreamStyle::new().listens_late());
        let late = Events::connect(&server).await;
        server.release("asked before");
        late
    };
    let (_, mut late) = tokio::join!(asked_before, late);
    // None of these is an answer: another stream, a request that gets none, a prompt whose turn is over before that.
    let mut healthy = Events::connect(&server).await;
    server.fault(Fault::on("GET", "/path").hang_up_after());
    assert!(try_send(&server, request("GET", "/path", None)).await.is_err());
    server.fault(Fault::on("POST", "/session/:id/prompt_async").hold("answer"));
    let play = async {
        server.wait_for_hold("answer").await;
        server.wait_for_idle(&session_id).await;
        server.emit_raw(&b"data: {}\n\n"[..]);
        server.release("answer");
    };
    tokio::join!(prompt(&server, &session_id), play);
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;

    let heard = late.so_far(&server).await;
    assert_eq!(label(&heard[0]), "message.updated user", "what came before the answer is not sent later");
    assert_eq!(deltas(&heard), ["heard"]);
    assert_eq!(deltas(&healthy.so_far(&server).await), ["lost", "heard"]);
}

#[tokio::test]
async fn scripts_disturb_the_events_of_their_turn() {
    let server = Server::start().await;
    let script = Script::new()
        .text("a")
        .duplicate_next(1)
        .more("b")
        .swap_next()
        .more("c")
        .more("d")
        .suppress()
        .more("e")
        .resume()
        .stale_idle()
        .event("test.unknown", json!({"answer": 42}));
    server.script(script);
    let session_id = create(&server).await;
    let mut events = Events::connect(&server).await;
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    let turn = events.so_far(&server).await;
    assert_eq!(deltas(&turn), ["a", "b", "b", "d", "c"]);
    let labels = labels(&turn);
    let stale = labels.iter().position(|label| label == "session.idle").unwrap();
    assert_eq!(
        labels[stale - 1..=stale + 2],
        ["session.status idle", "session.idle", "test.unknown", "part text end"]
    );
    assert_eq!(server.text(&session_id), "abcde");
}

#[tokio::test]
async fn scripts_send_wrong_shapes_and_raw_bytes() {
    let server = Server::start().await;
    let shapes = ["null", "[]", "\"x\"", "{\"type\":1}", "{\"delta\":\"\\ud83d\"}", "{bad", "\"\u{2028}\""];
    let script = shapes.iter().fold(Script::new(), |script, shape| script.data(*shape));
    server.script(script.raw(&b"data: half"[..]).drop_streams());
    let session_id = create(&server).await;
    let mut events = Events::open(&server, "/event").await;
    server.wait_for_streams(1).await;
    prompt(&server, &session_id).await;
    while events.chunk().await.is_ok() {}
    let text = String::from_utf8(events.chunks.concat()).unwrap();
    for shape in shapes {
        assert!(text.contains(&format!("data: {shape}\n\n")), "{shape} in {text}");
    }
    assert!(text.ends_with("\n\ndata: half"));
}

#[tokio::test]
async fn wrong_shapes_are_enveloped_on_the_global_stream() {
    let server = Server::start().await;
    let mut events = Events::open(&server, "/global/event").await;
    events.next().await;
    server.emit_data("[]");
    let event = events.next().await;
    assert_eq!(event["payload"], json!([]));
    assert_eq!(event["directory"], server.directory());
}

#[tokio::test]
async fn a_gap_shows_in_the_seq_and_in_the_history() {
    let server = Server::start().await;
    let session_id = create(&server).await;
    let mut events = Events::open(&server, "/global/event").await;
    events.next().await;
    server.suppress(true);
    prompt(&server, &session_id).await;
    server.wait_for_idle(&session_id).await;
    server.suppress(false);
    prompt(&server, &session_id).await;
    let seq = loop {
        if let Some(seq) = events.next().await["payload"]["syncEvent"]["seq"].as_u64() {
            break seq;
        }
    };
    assert!(seq > 5, "{seq}");
    let missed = post(&server, "/sync/history", json!({session_id: 0})).await.json();
    assert_eq!(missed[0]["seq"], 1);
}

#[tokio::test]
async fn dispose_aborts_and_ends_the_streams_of_its_directory() {
    let server = Server::start().await;
    server.script(Script::new().text("z ").hold("mid"));
    let session_id = create(&server).await;
    let mut here = Events::connect(&server).await;
    let mut global = Events::open(&server, "/global/event").await;
    prompt(&server, &session_id).await;
    server.wait_for_hold("mid").await;
    assert_eq!(post(&server, "/instance/dispose", json!({})).await.text, "true");
    let (seen, end) = here.rest().await;
    assert_eq!(end, End::Clean);
    let seen = labels(&seen);
    assert_eq!(
        seen[seen.len() - 8..],
        [
            "session.error",
            "session.status idle",
            "session.idle",
            "part text end",
            "message.updated assistant error completed",
            "session.status idle",
            "session.idle",
            "server.instance.disposed",
        ]
    );
    global.until("server.instance.disposed", 1).await;
    assert_eq!(get(&server, "/session/status").await.json(), json!({}));
    assert_eq!(server.streams(), 1);
}

#[tokio::test]
async fn the_content_type_is_an_event_stream() {
    let server = Server::start().await;
    assert_eq!(Events::open(&server, "/event").await.content_type, "text/event-stream");
}
