//! Server-sent events, without a socket.

use std::time::Duration;

use opencode_orchestrate::feed::UiFeed;
use opencode_orchestrate::feed::sse::Sse;
use opencode_store::ErrorKind;
use opencode_store::turn::TurnId;
use tokio::time::Instant;

use super::rig::{Rig, Writer};

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_comments_and_nothing_else() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let mut sse = Sse::open(feed.follow(writer.turn(), None)).await.unwrap();
    let beginning = sse.next().await.unwrap();
    assert!(beginning.starts_with("retry: 2000\n\nid: 1\nevent: snapshot\ndata: {"), "{beginning}");
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(sse.next().await.unwrap(), ": heartbeat\n\n");
        assert_eq!(start.elapsed(), Duration::from_secs(15));
    }
    tokio::time::advance(Duration::from_secs(10)).await;
    writer.note(1).await;
    let start = Instant::now();
    assert_eq!(sse.next().await.unwrap(), "id: 2\nevent: note\ndata: {\"note\":{\"seq\":2}}\n\n");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(sse.next().await.unwrap(), ": heartbeat\n\n");
    assert_eq!(start.elapsed(), Duration::from_secs(15), "counted from what was sent last");

    writer.finish().await;
    let end = sse.next().await.unwrap();
    assert!(end.starts_with("id: 2\nevent: ended\ndata: {\"kind\":\"completed\""), "{end}");
    assert_eq!(sse.next().await, None);
}

/// A pause of the one who waits does not put off the heartbeat.
#[tokio::test(start_paused = true)]
async fn waits_that_are_given_up_do_not_put_off_a_heartbeat() {
    let rig = Rig::new();
    let writer = Writer::begin(&rig.store).await;
    let mut sse = Sse::open(UiFeed::new(rig.store.clone()).follow(writer.turn(), None)).await.unwrap();
    sse.next().await.unwrap();
    for _ in 0..14 {
        assert!(tokio::time::timeout(Duration::from_secs(1), sse.next()).await.is_err());
    }
    let start = Instant::now();
    assert_eq!(sse.next().await.unwrap(), ": heartbeat\n\n");
    assert_eq!(start.elapsed(), Duration::from_secs(1));
}

#[tokio::test]
async fn what_cannot_be_followed_is_known_before_anything_is_answered() {
    let feed = UiFeed::new(Rig::new().store);
    let error = Sse::open(feed.follow(TurnId::new(7), None)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
