//! Readers that do not come for what there is.

use std::time::Duration;

use opencode_orchestrate::feed::{FeedItem, Follow, UiFeed};

use super::page::Page;
use super::rig::{Rig, Writer, grown, part};

const PATIENCE: Duration = Duration::from_secs(30);

/// A reader that has its snapshot, beside one that is always there and shows how far the log was read.
async fn readers(feed: &UiFeed, writer: &Writer) -> (Follow, Follow) {
    let mut both = [feed.follow(writer.turn(), None), feed.follow(writer.turn(), None)];
    for follow in &mut both {
        let item = follow.next().await.unwrap();
        assert!(matches!(item, Some(FeedItem::Snapshot { .. })), "{item:?}");
    }
    both.into()
}

async fn read_to(follow: &mut Follow, seq: u64) {
    while follow.cursor() < Some(seq) {
        follow.next().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn g19_a_slow_reader_is_closed_with_its_cursor_and_goes_on_there() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut slow, mut quick) = readers(&feed, &writer).await;
    writer.note(3).await;
    read_to(&mut quick, 4).await;
    tokio::time::advance(PATIENCE + Duration::from_secs(1)).await;
    assert_eq!(slow.next().await.unwrap(), Some(FeedItem::Closed { cursor: 1 }));
    assert_eq!(slow.next().await.unwrap(), None);

    let mut page = Page { cursor: 1, ..Page::default() };
    writer.finish().await;
    page.follow(feed.follow(writer.turn(), slow.cursor())).await;
    assert_eq!((page.notes, page.snapshots), (vec![2, 3, 4], 0));
}

/// One that has begun with what it missed, and does not come for the rest.
#[tokio::test(start_paused = true)]
async fn a_reader_that_stops_in_the_middle_is_closed_there() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut slow, _quick) = readers(&feed, &writer).await;
    writer.note(3).await;
    read_to(&mut slow, 2).await;
    tokio::time::advance(PATIENCE + Duration::from_secs(1)).await;
    assert_eq!(slow.next().await.unwrap(), Some(FeedItem::Closed { cursor: 2 }));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_comes_in_time_gets_one_larger_delta() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "")]).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut slow, mut quick) = readers(&feed, &writer).await;
    for (at, text) in ["a", "b", "c"].into_iter().enumerate() {
        writer.tell(&[grown("prt_1", at, text)]).await;
    }
    read_to(&mut quick, 5).await;
    tokio::time::advance(PATIENCE - Duration::from_secs(1)).await;
    let Some(FeedItem::Event(event)) = slow.next().await.unwrap() else { panic!("not an event") };
    assert_eq!(event.payload.as_ref(), r#"{"grown":{"part_id":"prt_1","at":0,"text":"abc"}}"#);
    assert_eq!(event.seq, 5);
}

/// It is not slow to have nothing to read.
#[tokio::test(start_paused = true)]
async fn a_turn_that_is_silent_for_hours_closes_nobody() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut one, mut other) = readers(&feed, &writer).await;
    let hours = Duration::from_secs(3 * 60 * 60);
    assert!(tokio::time::timeout(hours, one.next()).await.is_err());
    writer.note(1).await;
    for follow in [&mut one, &mut other] {
        let item = follow.next().await.unwrap();
        assert!(matches!(item, Some(FeedItem::Event(_))), "{item:?}");
    }
}
