//! A store that does not answer, or not with everything, and a task that is ended from outside.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use opencode_store::event::{EventLog, EventPage};
use opencode_store::session::Subject;
use opencode_store::turn::{Admission, ClaimRequest, EndKind, Lease, TurnEnd, TurnId};
use opencode_store::wake::Watch;
use opencode_store::{Error, ErrorKind, Result, Store};
use opencode_wire::model::Json;
use tokio::time::timeout;

use super::*;

/// A log that cannot be read, or whose news come late.
#[derive(Debug)]
struct Troubled {
    log: Arc<dyn EventLog>,
    trouble: Mutex<Option<ErrorKind>>,
    /// Whoever reads from before this event does not see what comes after it.
    hidden_after: AtomicU64,
    /// Whether the first event of each page is missing.
    has_holes: AtomicBool,
    reads: AtomicUsize,
}

#[async_trait]
impl EventLog for Troubled {
    async fn append(&self, lease: &Lease, after: u64, payloads: &[String]) -> Result<u64> {
        self.log.append(lease, after, payloads).await
    }

    async fn read(&self, turn: TurnId, after: u64, limit: usize) -> Result<EventPage> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if let Some(kind) = *self.trouble.lock().unwrap() {
            return Err(Error::new(kind, "trouble"));
        }
        let mut page = self.log.read(turn, after, limit).await?;
        let hidden = self.hidden_after.load(Ordering::Relaxed);
        if after <= hidden && page.last_seq > hidden {
            page.events.retain(|event| event.seq <= hidden);
            (page.last_seq, page.ended) = (hidden, false);
        }
        if self.has_holes.load(Ordering::Relaxed) && !page.events.is_empty() {
            page.events.remove(0);
        }
        Ok(page)
    }

    async fn prune(&self, ended_before: Duration, limit: usize) -> Result<usize> {
        self.log.prune(ended_before, limit).await
    }

    fn watch_turn(&self, turn: TurnId) -> Watch {
        self.log.watch_turn(turn)
    }
}

struct Rig {
    store: Store,
    log: Arc<Troubled>,
    feed: UiFeed,
    lease: Lease,
    last: u64,
}

impl Rig {
    async fn start(ring_events: usize) -> Self {
        let store = Store::memory();
        let prompt = Json::from_value("Explain monads.").unwrap();
        let admission = Admission::new(Subject::new("acme", "1").unwrap(), "msg_1".parse().unwrap(), prompt);
        store.turns().admit(&admission).await.unwrap();
        let request = ClaimRequest::new("worker", Duration::from_secs(60));
        let lease = store.turns().claim(&request).await.unwrap().unwrap().lease;
        let log = Arc::new(Troubled {
            log: store.events(),
            trouble: Mutex::new(None),
            hidden_after: AtomicU64::new(u64::MAX),
            has_holes: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
        });
        let source = Source::new(store.clone()).with_log(Arc::clone(&log) as Arc<dyn EventLog>);
        let options = FeedOptions::default().with_ring_events(ring_events);
        let feed = UiFeed { boards: Arc::new(Boards::new(source, options)) };
        Self { store, log, feed, lease, last: 0 }
    }

    async fn note(&mut self) {
        let note = format!(r#"{{"note":{{"seq":{}}}}}"#, self.last + 1);
        self.last = self.store.events().append(&self.lease, self.last, &[note]).await.unwrap();
    }

    async fn finish(&self) {
        let end = TurnEnd::new(EndKind::Completed, "completed");
        self.store.turns().finish(&self.lease, &end).await.unwrap();
    }

    fn follow(&self, cursor: Option<u64>) -> Follow {
        self.feed.follow(self.lease.turn, cursor)
    }

    fn trouble(&self, kind: Option<ErrorKind>) {
        *self.log.trouble.lock().unwrap() = kind;
    }
}

async fn event(follow: &mut Follow) -> u64 {
    match follow.next().await.unwrap() {
        Some(FeedItem::Event(event)) => event.seq,
        other => panic!("not an event: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_once_and_ended_by_itself() {
    let mut rig = Rig::start(100).await;
    let mut readers = [rig.follow(None), rig.follow(Some(0))];
    rig.note().await;
    readers[0].next().await.unwrap();
    assert_eq!(event(&mut readers[1]).await, 1);
    for _ in 0..2 {
        rig.trouble(Some(ErrorKind::Unavailable));
        rig.note().await;
        for follow in &mut readers {
            let error = follow.next().await.unwrap_err();
            assert_eq!((error.kind(), error.turn()), (ErrorKind::Unavailable, Some(rig.lease.turn)));
        }
        let before = rig.log.reads.load(Ordering::Relaxed);
        for follow in &mut readers {
            assert!(timeout(Duration::from_secs(60), follow.next()).await.is_err(), "it is told once");
        }
        let reads = rig.log.reads.load(Ordering::Relaxed) - before;
        assert!((20..=60).contains(&reads), "the store is asked again, and left in peace: {reads}");
        rig.trouble(None);
        for follow in &mut readers {
            assert_eq!(event(follow).await, rig.last);
        }
    }
}

#[tokio::test]
async fn what_will_not_pass_is_the_last_that_is_told() {
    let rig = Rig::start(100).await;
    rig.trouble(Some(ErrorKind::Corrupt));
    let mut readers = [rig.follow(None), rig.follow(Some(7))];
    for follow in &mut readers {
        assert_eq!(follow.next().await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(follow.next().await.unwrap(), None);
    }
    assert_eq!(rig.feed.followed(), 0);
}

/// What is missing is neither passed over nor asked for over and over.
#[tokio::test]
async fn a_log_with_a_hole_is_followed_by_nobody() {
    for notes in 1..=2 {
        let mut rig = Rig::start(100).await;
        for _ in 0..notes {
            rig.note().await;
        }
        rig.log.has_holes.store(true, Ordering::Relaxed);
        let mut follow = rig.follow(None);
        assert_eq!(follow.next().await.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(follow.next().await.unwrap(), None);
    }
}

/// Nothing is in the ring, so that it reads the log itself.
#[tokio::test(start_paused = true)]
async fn a_reader_that_reads_the_log_itself_goes_on_after_an_outage() {
    let mut rig = Rig::start(0).await;
    rig.note().await;
    let mut quick = rig.follow(None);
    quick.next().await.unwrap();
    rig.trouble(Some(ErrorKind::Unavailable));
    let mut behind = rig.follow(Some(0));
    for _ in 0..3 {
        assert_eq!(behind.next().await.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    rig.trouble(None);
    assert_eq!(event(&mut behind).await, 1);
}

/// Its cursor is from a process that has read further than this one has.
#[tokio::test]
async fn g19_a_reader_that_is_ahead_of_this_process_is_not_reloaded() {
    let mut rig = Rig::start(100).await;
    for _ in 0..4 {
        rig.note().await;
    }
    rig.log.hidden_after.store(2, Ordering::Relaxed);
    let mut here = rig.follow(None);
    assert!(matches!(here.next().await.unwrap(), Some(FeedItem::Snapshot { seq: 2, .. })));
    let (mut ahead, mut future) = (rig.follow(Some(3)), rig.follow(Some(5)));
    assert_eq!(event(&mut ahead).await, 4);
    assert_eq!(future.next().await.unwrap(), Some(FeedItem::Reload { cursor: 5 }));
    let reads = rig.log.reads.load(Ordering::Relaxed);
    assert!(timeout(Duration::ZERO, ahead.next()).await.is_err());
    rig.log.hidden_after.store(u64::MAX, Ordering::Relaxed);
    rig.note().await;
    assert_eq!(event(&mut ahead).await, 5);
    assert_eq!(event(&mut here).await, 3);
    assert!(rig.log.reads.load(Ordering::Relaxed) - reads <= 3, "it does not ask over and over");
    rig.finish().await;
    assert!(matches!(ahead.next().await.unwrap(), Some(FeedItem::Ended(_))));
}

/// The runtime in which the first reader came has ended, and another one goes on.
#[test]
fn a_turn_is_followed_on_when_the_task_that_read_it_was_ended() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let mut rig = second.block_on(Rig::start(100));
    let mut follow = rig.follow(None);
    rig.trouble(Some(ErrorKind::Unavailable));
    first.block_on(follow.next()).unwrap_err();
    rig.trouble(None);
    first.block_on(follow.next()).unwrap();
    drop(first);
    second.block_on(async {
        rig.note().await;
        assert_eq!(follow.next().await.unwrap_err().kind(), ErrorKind::Unavailable, "nobody reads");
        rig.trouble(Some(ErrorKind::Unavailable));
        assert_eq!(follow.next().await.unwrap_err().kind(), ErrorKind::Unavailable, "the store is away");
        rig.trouble(None);
        assert_eq!(event(&mut follow).await, 1);
        drop(follow);
        assert_eq!(rig.feed.followed(), 0);
    });
}
