//! Many readers of one turn, who come whenever they like.

use std::sync::Arc;

use fastrand::Rng;
use opencode_orchestrate::feed::{FeedOptions, UiFeed};
use opencode_store::Store;
use opencode_store::turn::{EndKind, StopReason};
use serde_json::Value;
use tokio::sync::Barrier;

use super::page::Page;
use super::rig::{Rig, Writer, admit, grown, note, part};

/// A log: a text that grows by a character of several bytes, a second one, and notes in between.
fn log(events: u64) -> Vec<Value> {
    let mut log = vec![serde_json::json!({"began": {"attempt": 1}}), part("prt_1", ""), part("prt_2", "")];
    let mut bytes = [0, 0];
    while (log.len() as u64) < events {
        let seq = log.len() as u64 + 1;
        log.push(match seq % 3 {
            0 => note(seq),
            which => {
                let which = usize::try_from(which).unwrap() - 1;
                bytes[which] += "€".len();
                grown(&format!("prt_{}", which + 1), bytes[which] - "€".len(), "€")
            }
        });
    }
    log
}

fn notes(log: &[Value], after: u64) -> Vec<u64> {
    let notes = log.iter().filter_map(|entry| entry["note"]["seq"].as_u64());
    notes.filter(|seq| *seq > after).collect()
}

/// Readers from cursors anywhere in what is logged already, or without one, while the rest is being written.
async fn readers_get_everything_once(
    writing: &Store,
    reading: &Store,
    readers: usize,
    events: u64,
    seed: u64,
) {
    let log = Arc::new(log(events));
    let logged = events / 4;
    let mut writer = Writer::begin(writing).await;
    writer.tell(&log[1..usize::try_from(logged).unwrap()]).await;
    // Far less than what is written, so that the log behind it is needed.
    let feed = UiFeed::with_options(reading.clone(), FeedOptions::default().with_ring_events(64));
    let begin = Arc::new(Barrier::new(readers + 1));
    let mut random = Rng::with_seed(seed);
    let pages: Vec<_> = (0..readers)
        .map(|reader| {
            let (feed, log, begin, turn) =
                (feed.clone(), Arc::clone(&log), Arc::clone(&begin), writer.turn());
            let cursor = (reader % 4 > 0).then(|| random.u64(0..=logged));
            let naps = random.u32(0..50);
            tokio::spawn(async move {
                begin.wait().await;
                for _ in 0..naps {
                    tokio::task::yield_now().await;
                }
                let mut page = Page::at(cursor.unwrap_or(0), &log);
                page.follow(feed.follow(turn, cursor)).await;
                (cursor, page)
            })
        })
        .collect();
    begin.wait().await;
    let mut rest = &log[usize::try_from(logged).unwrap()..];
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(random.usize(1..=20).min(rest.len()));
        writer.tell(batch).await;
        rest = after;
        tokio::task::yield_now().await;
    }
    writer.finish().await;
    let whole = Page::at(events, &log).picture;
    for page in pages {
        let (cursor, page) = page.await.unwrap();
        assert_eq!(page.picture, whole, "from {cursor:?}, seed {seed}");
        assert_eq!((page.cursor, page.reloads), (events, 0));
        assert_eq!(page.snapshots, usize::from(cursor.is_none()));
        if let Some(cursor) = cursor {
            assert_eq!(page.notes, notes(&log, cursor), "from {cursor}, seed {seed}");
        } else {
            let first = page.notes.first().copied().unwrap_or(events + 1);
            assert_eq!(page.notes, notes(&log, first - 1), "seed {seed}");
        }
    }
    assert_eq!(feed.followed(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g19_a_thousand_readers_from_any_cursor_get_everything_once_and_in_order() {
    let rig = Rig::new();
    readers_get_everything_once(&rig.store, &rig.store, 1000, 1200, fastrand::u64(..)).await;
}

/// The one who writes and those who read are in processes of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g19_readers_of_a_sqlite_file_get_everything_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    let (writing, reading) = (Store::open(&url).await.unwrap(), Store::open(&url).await.unwrap());
    writing.migrate().await.unwrap();
    readers_get_everything_once(&writing, &reading, 40, 1200, fastrand::u64(..)).await;
}

#[tokio::test]
async fn g19_a_reader_that_comes_late_gets_a_snapshot_and_then_what_comes() {
    let rig = Rig::new();
    let mut writer = Writer::begin(&rig.store).await;
    writer.tell(&[part("prt_1", "Grü"), grown("prt_1", 4, "ß")]).await;
    let feed = UiFeed::new(rig.store.clone());
    let (mut late, mut page) = (feed.follow(writer.turn(), None), Page::default());
    page.take(late.next().await.unwrap().unwrap());
    assert_eq!((page.snapshots, page.cursor, page.text("prt_1")), (1, 3, "Grüß"));
    writer.tell(&[grown("prt_1", 6, " dich")]).await;
    page.take(late.next().await.unwrap().unwrap());
    assert_eq!((page.events, page.cursor, page.text("prt_1")), (1, 4, "Grüß dich"));
    // Another one who comes now has the same without an event.
    let (mut later, mut other) = (feed.follow(writer.turn(), None), Page::default());
    other.take(later.next().await.unwrap().unwrap());
    assert_eq!((&other.picture, other.cursor), (&page.picture, 4));
}

#[tokio::test]
async fn a_turn_that_nobody_has_begun_with_is_an_empty_picture() {
    let rig = Rig::new();
    let feed = UiFeed::new(rig.store.clone());
    let first = Writer::begin(&rig.store).await;
    let waiting = admit(&rig.store).await;
    let (mut follow, mut page) = (feed.follow(waiting, None), Page::default());
    page.take(follow.next().await.unwrap().unwrap());
    assert_eq!((page.cursor, page.picture.attempt, page.picture.parts.len()), (0, 0, 0));
    first.finish().await;
    rig.store.turns().request_stop(waiting, StopReason::Cancelled).await.unwrap();
    page.follow(follow).await;
    assert_eq!(page.end.unwrap().kind, EndKind::Cancelled);
}

/// The task that reads the log goes with the last reader, and so does everything that it held.
#[tokio::test]
async fn g19_nothing_is_left_when_the_last_reader_goes() {
    let rig = Rig::new();
    let writer = Writer::begin(&rig.store).await;
    let feed = UiFeed::new(rig.store.clone());
    let handles = || Arc::strong_count(&rig.memory);
    let before = handles();
    let mut readers = Vec::new();
    for _ in 0..3 {
        let mut follow = feed.follow(writer.turn(), None);
        follow.next().await.unwrap();
        readers.push(follow);
    }
    assert_eq!(feed.followed(), 1);
    assert!(handles() > before, "a task holds the store");
    let last = readers.pop();
    drop(readers);
    assert_eq!(feed.followed(), 1);
    drop(last);
    assert_eq!(feed.followed(), 0);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(handles(), before, "the task has ended");
    // It begins anew with the next one.
    let mut follow = feed.follow(writer.turn(), None);
    follow.next().await.unwrap();
    assert_eq!(feed.followed(), 1);
}
