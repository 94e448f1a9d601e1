//! Where requests lie until somebody answers them, from whatever process.

use std::collections::HashSet;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use opencode_store::blocker::{BlockerKind, BlockerRecord, BlockerState, BlockerStore, NewBlocker};
use opencode_store::turn::Claim;
use opencode_store::{Error, ErrorKind};
use opencode_wire::drive::Decision;
use opencode_wire::ids::Clock;
use opencode_wire::model::{Json, PermissionReply};
use opencode_wire::reply::{Blocker, BlockerAnswer, Reply};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Answer;
use crate::report::Reporter;

/// How long to wait before a store that failed is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the requests of a turn lie until somebody answers them.
pub(super) struct Desk {
    pub(super) blockers: Arc<dyn BlockerStore>,
    pub(super) claim: Claim,
    /// How long a person may take.
    pub(super) limit: Option<Duration>,
    /// Says that there may be an answer.
    pub(super) orders: watch::Receiver<Instant>,
    pub(super) reporter: Reporter,
    pub(super) clock: Arc<dyn Clock>,
    /// Requests that are stored.
    pub(super) stored: Mutex<HashSet<String>>,
}

/// What came of waiting for somebody.
pub(super) enum Waited {
    /// Somebody has answered, or nobody is to answer any more.
    Decided(Decision),
    /// Nobody has, in time.
    Expired,
}

impl Desk {
    /// Stores a request and waits for somebody to answer. `None` for one of a kind that nobody can answer.
    pub(super) async fn lay(&self, blocker: &Blocker) -> Option<Waited> {
        let request = self.request(blocker)?;
        let record = self.ask(&request).await;
        Some(self.wait(record).await)
    }

    /// Waits for somebody to answer what an earlier owner of the turn has stored, if he has.
    pub(super) async fn find(&self, blocker: &Blocker) -> Option<Waited> {
        let record = self.stored(&blocker.id().to_string()).await?;
        Some(self.wait(record).await)
    }

    /// Takes note that nobody waits for an answer any more, and of the one that was given.
    pub(super) async fn close(&self, request_id: &str, answer: Option<&BlockerAnswer>) {
        if lock(&self.stored).remove(request_id) {
            self.settle(request_id, answer).await;
        }
    }

    /// Compares what an earlier owner has stored with what the server still asks, once.
    pub(super) async fn reconcile(&self, reply: &Reply) {
        let Ok(stored) = self.blockers.blockers(self.claim.turn.id).await else {
            // They are withdrawn when the turn ends.
            return;
        };
        let asked: HashSet<String> = reply.blockers().map(|blocker| blocker.id().to_string()).collect();
        for record in stored {
            let is_waited_for = matches!(record.state, BlockerState::Open | BlockerState::Answered);
            if is_waited_for && !asked.contains(&record.request.request_id) {
                self.settle(&record.request.request_id, None).await;
            }
        }
    }

    fn request(&self, blocker: &Blocker) -> Option<NewBlocker> {
        let (kind, payload) = match blocker {
            Blocker::Permission(request) => (BlockerKind::Permission, Json::from_value(request).ok()?),
            Blocker::Question(request) => (BlockerKind::Question, Json::from_value(request).ok()?),
            _ => return None,
        };
        let mut request =
            NewBlocker::new(blocker.id().to_string(), blocker.session_id().clone(), kind, payload);
        request.expires_at = self.limit.and_then(|limit| self.now().checked_add(limit).ok());
        Some(request)
    }

    /// Stores a request; waits for ever where that is somebody else's business by now.
    async fn ask(&self, request: &NewBlocker) -> BlockerRecord {
        loop {
            match self.blockers.ask(&self.claim.lease, request).await {
                Ok(record) => return record,
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    async fn wait(&self, mut record: BlockerRecord) -> Waited {
        let mut orders = self.orders.clone();
        lock(&self.stored).insert(record.request.request_id.clone());
        loop {
            orders.borrow_and_update();
            match record.state {
                BlockerState::Open => {
                    tokio::select! {
                        changed = orders.changed() => if changed.is_err() { pending::<()>().await },
                        () = self.expiry(&record) => {
                            if self.expire(&record).await {
                                return Waited::Expired;
                            }
                        }
                    }
                }
                BlockerState::Answered | BlockerState::Delivered => {
                    return Waited::Decided(self.answer(&record));
                }
                BlockerState::Expired => return Waited::Expired,
                // It was withdrawn, and the server asks it nevertheless.
                _ => return Waited::Decided(Decision::Leave),
            }
            record = match self.stored(&record.request.request_id).await {
                Some(record) => record,
                None => return Waited::Decided(Decision::Leave),
            };
        }
    }

    fn answer(&self, record: &BlockerRecord) -> Decision {
        match Answer::of(record) {
            Ok(Some(answer)) => answer.into(),
            Ok(None) => Decision::Leave,
            Err(error) => {
                self.reporter.warn("reading an answer", record.turn, &error);
                Decision::Reject { message: None }
            }
        }
    }

    async fn expiry(&self, record: &BlockerRecord) {
        match record.request.expires_at {
            Some(at) => {
                let left = at.duration_since(self.now());
                sleep(Duration::try_from(left).unwrap_or_default()).await;
            }
            None => pending().await,
        }
    }

    /// Notes that nobody has answered in time; `false` when somebody has, after all.
    async fn expire(&self, record: &BlockerRecord) -> bool {
        let (lease, id) = (&self.claim.lease, &record.request.request_id);
        loop {
            match self.blockers.settle(lease, id, BlockerState::Expired).await {
                Ok(is_expired) => return is_expired,
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    async fn stored(&self, request_id: &str) -> Option<BlockerRecord> {
        loop {
            match self.blockers.blockers(self.claim.turn.id).await {
                Ok(records) => {
                    return records.into_iter().find(|record| record.request.request_id == request_id);
                }
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    /// Says what became of a stored request that the server does not ask any more.
    async fn settle(&self, request_id: &str, told: Option<&BlockerAnswer>) {
        let lease = &self.claim.lease;
        let is_ours = match told {
            Some(told) => self.stored(request_id).await.is_some_and(|record| is_answer(&record, told)),
            None => true,
        };
        let ends: &[BlockerState] = if is_ours {
            &[BlockerState::Delivered, BlockerState::Withdrawn]
        } else {
            &[BlockerState::Withdrawn]
        };
        for end in ends {
            match self.blockers.settle(lease, request_id, *end).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    // What is open when the turn ends is withdrawn then.
                    tracing::debug!(turn = %lease.turn, %error, "it could not be noted what became of a request");
                    return;
                }
            }
        }
    }

    async fn trouble(&self, error: &Error) {
        if error.kind() == ErrorKind::LeaseLost {
            // Whoever has the turn now decides.
            pending::<()>().await;
        }
        tracing::warn!(turn = %self.claim.turn.id, %error, "a request could not be stored or read");
        sleep(PAUSE).await;
    }

    fn now(&self) -> Timestamp {
        let millis = i64::try_from(self.clock.unix_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }
}

/// Whether what the server was told is what was stored.
fn is_answer(record: &BlockerRecord, told: &BlockerAnswer) -> bool {
    match (Answer::of(record), told) {
        (Ok(Some(Answer::Once)), BlockerAnswer::Permission(PermissionReply::Once))
        | (Ok(Some(Answer::Always)), BlockerAnswer::Permission(PermissionReply::Always))
        | (Ok(Some(Answer::Reject { .. })), BlockerAnswer::Permission(PermissionReply::Reject))
        | (Ok(Some(Answer::Reject { .. })), BlockerAnswer::Rejected) => true,
        (Ok(Some(Answer::Answers { answers })), BlockerAnswer::Question(told)) => answers == *told,
        _ => false,
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
