//! Cursors that lead on, and cursors that lead nowhere.

use opencode_orchestrate::feed::{FeedItem, UiFeed};
use opencode_store::ErrorKind;
use opencode_store::turn::{EndKind, TurnId};
use serde_json::json;

use super::page::Page;
use super::rig::{Rig, Writer, grown, part};

/// The log of a turn that has ended is gone: what it said is in the rows.
#[tokio::test]
async fn g19_a_cursor_into_a_log_that_is_gone_is_told_to_reload() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "Hello"), grown("prt_1", 5, " you")]).await;
    writer.store_text("prt_1", "Hello you").await;
    writer.finish().await;
    rig.prune().await;
    let feed = UiFeed::new(rig.store.clone());
    for cursor in [Some(0), Some(2), None] {
        let mut page = Page { cursor: cursor.unwrap_or(0), ..Page::default() };
        page.follow(feed.follow(writer.turn(), cursor)).await;
        assert_eq!((page.reloads, page.snapshots), (usize::from(cursor.is_some()), 1), "{cursor:?}");
        assert_eq!((page.text("prt_1"), page.picture.usage.input), ("Hello you", 7));
        assert!(page.picture.accepted && page.picture.attempt == 1);
        let end = page.end.unwrap();
        assert_eq!((end.kind, end.seq, end.usage.input), (EndKind::Completed, 3, 7));
    }
    let mut page = Page { cursor: 3, ..Page::default() };
    page.follow(feed.follow(writer.turn(), Some(3))).await;
    assert_eq!((page.reloads, page.snapshots, page.events), (0, 0, 0), "it has seen everything");
}

#[tokio::test]
async fn g19_a_cursor_from_the_future_is_told_to_reload() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "Hello")]).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut follow, mut page) =
        (feed.follow(writer.turn(), Some(99)), Page { cursor: 99, ..Page::default() });
    assert_eq!(follow.next().await.unwrap(), Some(FeedItem::Reload { cursor: 99 }));
    page.take(follow.next().await.unwrap().unwrap());
    assert_eq!((page.cursor, page.text("prt_1")), (2, "Hello"));
    writer.tell(&[grown("prt_1", 5, "!")]).await;
    writer.finish().await;
    page.follow(follow).await;
    assert_eq!(page.text("prt_1"), "Hello!");
    let mut after = feed.follow(writer.turn(), Some(4));
    assert_eq!(after.next().await.unwrap(), Some(FeedItem::Reload { cursor: 4 }));
}

/// What a reader has missed comes in one larger event, from the ring as from the log behind it.
#[tokio::test]
async fn g19_what_was_missed_comes_in_larger_deltas() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "")]).await;
    for at in 0..500 {
        writer.tell(&[grown("prt_1", at, "x")]).await;
    }
    for ring_events in [1000, 10, 0] {
        let options = opencode_orchestrate::feed::FeedOptions::default().with_ring_events(ring_events);
        let feed = UiFeed::with_options(rig.store.clone(), options);
        let mut follow = feed.follow(writer.turn(), Some(2));
        let Some(FeedItem::Event(event)) = follow.next().await.unwrap() else { panic!("not an event") };
        assert_eq!(event.seq, 502);
        assert_eq!(
            event.payload.as_ref(),
            grown("prt_1", 0, &"x".repeat(500))
                .to_string()
                .replace(r#"{"at":0,"part_id":"prt_1","text":"#, r#"{"part_id":"prt_1","at":0,"text":"#)
        );
        let waiting = tokio::time::timeout(std::time::Duration::ZERO, follow.next()).await;
        assert!(waiting.is_err(), "there is nothing else: {waiting:?}");
    }
}

#[tokio::test]
async fn an_unknown_turn_is_an_error_and_the_last_that_is_told() {
    let rig = Rig::new();
    let feed = UiFeed::new(rig.store.clone());
    let mut follow = feed.follow(TurnId::new(7), None);
    let error = follow.next().await.unwrap_err();
    assert_eq!((error.kind(), error.turn()), (ErrorKind::NotFound, Some(TurnId::new(7))));
    assert_eq!(follow.next().await.unwrap(), None);
    assert_eq!(feed.followed(), 0);
}

/// Futures that are dropped, as a `select` does, lose nothing.
#[tokio::test]
async fn a_dropped_wait_loses_nothing() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut follow, mut page) = (feed.follow(writer.turn(), None), Page::default());
    let mut written = 0;
    for _ in 0..200 {
        tokio::select! {
            biased;
            () = std::future::ready(()), if fastrand::bool() => {}
            item = follow.next() => page.take(item.unwrap().unwrap()),
            () = tokio::task::yield_now() => {}
        }
        if written < 50 {
            writer.note(1).await;
            written += 1;
        }
    }
    writer.tell(&[json!({"accepted": {}})]).await;
    writer.finish().await;
    page.follow(follow).await;
    let first = page.notes.first().copied().unwrap_or(52);
    assert!(page.notes.iter().copied().eq(first..=51), "{:?}", page.notes);
    assert_eq!((page.cursor, page.snapshots), (52, 1));
}
