//! Rows 25 to 29: much of everything.

use opencode_testkit::server::{Script, StreamStyle, Tool};
use opencode_wire::reply::ChangeKind;
use serde_json::json;

use super::assert_completed;
use crate::support::{builder, connections, in_time, quick_stream, run, serve, session};

/// Rows 25 and 29: each change carries what is new and nothing else, and none is lost.
#[tokio::test]
async fn row_25_many_deltas_cost_what_they_carry() {
    let chunks: Vec<String> = (0..4000).map(|number| format!("{number} ")).collect();
    let text = chunks.concat();
    let server = serve(Script::new().text_chunks(chunks)).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let mut told = 0;
    while let Some(change) = in_time(turn.next()).await {
        match change.kind {
            ChangeKind::Text { delta, .. } => told += delta.len(),
            ChangeKind::Gap | ChangeKind::PartReplaced { .. } => panic!("{change:?}"),
            _ => {}
        }
    }
    assert_eq!(told, text.len());
    assert_completed(&turn.outcome().await, &text);
}

/// Foreign events are dropped at a glance: a queue for a few is enough, however many there are.
#[tokio::test]
async fn row_27_foreign_events_do_not_reach_a_turn() {
    let server = serve(Script::new().hold("gate").text("Mine.")).await;
    let client = builder(&server).stream(quick_stream().with_queue(64, usize::MAX)).build().unwrap();
    let mut turn = client.sessions().create("mine").await.unwrap().prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    let foreign = server.create_session("foreign");
    for _ in 0..3000 {
        server.emit_for(&foreign, "message.part.delta", json!({"sessionID": foreign, "delta": "x"}));
    }
    server.release("gate");
    while let Some(change) = in_time(turn.next()).await {
        assert_ne!(change.kind, ChangeKind::Gap);
    }
    assert_completed(&turn.outcome().await, "Mine.");
}

#[tokio::test]
async fn row_28_a_large_event_in_small_pieces_was_scanned_again_and_again() {
    let server =
        serve(Script::new().tool(Tool::new("bash").output("x".repeat(900_000))).next_step().text("Small."))
            .await;
    server.all_streams(StreamStyle::new().chunk(128));
    let outcome = run(&server).await;
    assert_completed(&outcome, "Small.");
    assert_eq!(connections(&server), 1);
}
