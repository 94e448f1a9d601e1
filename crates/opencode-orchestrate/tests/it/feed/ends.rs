//! The end of a turn, as its readers are told.

use opencode_orchestrate::feed::{FeedItem, UiFeed};
use opencode_store::turn::{EndKind, StopReason};

use super::page::Page;
use super::rig::{Rig, Writer, part};

/// It is told after everything that was logged, once; and again to whoever comes back.
#[tokio::test]
async fn g19_the_end_is_told_once_and_again_to_whoever_comes_back() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut follow, mut page) = (feed.follow(writer.turn(), None), Page::default());
    page.take(follow.next().await.unwrap().unwrap());
    writer.tell(&[part("prt_1", "All of it.")]).await;
    writer.store_text("prt_1", "All of it.").await;
    writer.finish().await;
    page.follow(follow).await;
    let end = page.end.clone().unwrap();
    assert_eq!((end.kind, end.message.as_str(), end.seq), (EndKind::Completed, "completed", 2));
    assert_eq!((end.usage.steps, end.usage.input, end.usage.cost.to_string()), (1, 7, "0.5".to_owned()));
    for _ in 0..2 {
        let mut again = feed.follow(writer.turn(), Some(end.seq));
        assert_eq!(again.next().await.unwrap(), Some(FeedItem::Ended(end.clone())));
        assert_eq!((again.next().await.unwrap(), again.cursor()), (None, Some(2)));
    }
    assert_eq!(feed.followed(), 0);
}

/// The row of the turn has the last word: a stop that was asked for in the last moment wins.
#[tokio::test]
async fn the_end_is_what_is_stored_and_not_what_the_worker_says() {
    let rig = Rig::new();
    let writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    rig.store.turns().request_stop(writer.turn(), StopReason::Cancelled).await.unwrap();
    writer.finish().await;
    let mut page = Page::default();
    page.follow(feed.follow(writer.turn(), None)).await;
    assert_eq!(page.end.unwrap().kind, EndKind::Cancelled);
}
