//! Finds somebody who answers what the agents of a turn ask.

use std::collections::HashSet;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use opencode_store::blocker::{BlockerKind, BlockerRecord, BlockerState, BlockerStore, NewBlocker};
use opencode_store::turn::Claim;
use opencode_store::{Error, ErrorKind};
use opencode_wire::drive::{CancellationToken, Decision};
use opencode_wire::ids::Clock;
use opencode_wire::model::{Json, PermissionReply};
use opencode_wire::reply::{Blocker, BlockerAnswer, BlockerId, Reply};
use opencode_wire::turn::FollowPolicy;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::{Answer, Asked, BlockerPolicy, Expiry};
use crate::report::Reporter;

/// How long to wait before a store that failed is asked again.
const PAUSE: Duration = Duration::from_millis(500);
/// How much longer than the broker the turn itself waits for a person: it is there for a request that is stored and
/// that nobody can answer any more.
const BACKSTOP: Duration = Duration::from_secs(60);

/// Finds somebody who answers what the agents of a turn ask. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Broker(Arc<Inner>);

/// What a broker needs.
pub(crate) struct BrokerTools {
    pub(crate) blockers: Arc<dyn BlockerStore>,
    pub(crate) claim: Claim,
    pub(crate) policy: BlockerPolicy,
    /// How long a person may take, unless the policy says otherwise.
    pub(crate) limit: Option<Duration>,
    /// Says that there may be an answer.
    pub(crate) orders: watch::Receiver<Instant>,
    /// Stops the turn.
    pub(crate) token: CancellationToken,
    pub(crate) reporter: Reporter,
    pub(crate) clock: Arc<dyn Clock>,
}

struct Inner {
    tools: BrokerTools,
    /// Requests that are stored.
    stored: Mutex<HashSet<String>>,
    /// The request that nobody has answered in time, for which the turn is stopped.
    expired: Mutex<Option<Blocker>>,
}

impl Broker {
    pub(crate) fn new(tools: BrokerTools) -> Self {
        Self(Arc::new(Inner { tools, stored: Mutex::default(), expired: Mutex::default() }))
    }

    /// Decides requests, one future each.
    pub(crate) fn decider(&self) -> impl Fn(Blocker) -> BoxFuture<'static, Decision> + Send + Sync + use<> {
        let inner = Arc::clone(&self.0);
        move |blocker| Box::pin(Arc::clone(&inner).decide(blocker))
    }

    /// The limits of the turn, of which the broker keeps that for human waits.
    pub(crate) fn relax(&self, mut policy: FollowPolicy) -> FollowPolicy {
        policy.deadlines.human = self.0.limit().map(|limit| limit.saturating_add(BACKSTOP));
        policy
    }

    /// The request for which the turn was stopped, because nobody has answered it in time.
    pub(crate) fn expired(&self) -> Option<Blocker> {
        lock(&self.0.expired).clone()
    }

    /// Takes note that nobody waits for an answer any more.
    pub(crate) async fn closed(&self, id: &BlockerId, answer: Option<&BlockerAnswer>) {
        let request_id = id.to_string();
        if lock(&self.0.stored).remove(&request_id) {
            self.0.settle(&request_id, answer).await;
        }
    }

    /// Compares what an earlier owner has stored with what the server still asks, once.
    pub(crate) async fn reconcile(&self, reply: &Reply) {
        let Ok(stored) = self.0.tools.blockers.blockers(self.0.tools.claim.turn.id).await else {
            // They are withdrawn when the turn ends.
            return;
        };
        let asked: HashSet<String> = reply.blockers().map(|blocker| blocker.id().to_string()).collect();
        for record in stored {
            let is_waited_for = matches!(record.state, BlockerState::Open | BlockerState::Answered);
            if is_waited_for && !asked.contains(&record.request.request_id) {
                self.0.settle(&record.request.request_id, None).await;
            }
        }
    }
}

impl Inner {
    fn limit(&self) -> Option<Duration> {
        self.tools.policy.limit.or(self.tools.limit)
    }

    async fn decide(self: Arc<Self>, blocker: Blocker) -> Decision {
        let request_id = blocker.id().to_string();
        if self.tools.claim.is_take_over()
            && let Some(record) = self.stored(&request_id).await
        {
            // Somebody was asked before, and may have answered since.
            return self.wait(record, &blocker).await;
        }
        if let Some(decision) = self.tools.policy.verdict(&blocker) {
            return decision;
        }
        match self.ask_handler(&blocker).await {
            Decision::Leave => {}
            decision => return decision,
        }
        let Some(request) = self.request(&blocker) else { return Decision::Reject { message: None } };
        let record = self.ask(&request).await;
        lock(&self.stored).insert(request_id);
        self.wait(record, &blocker).await
    }

    async fn ask_handler(&self, blocker: &Blocker) -> Decision {
        let Some(handler) = &self.tools.policy.handler else { return Decision::Leave };
        let subject = &self.tools.claim.session.subject;
        let asked = Asked {
            turn: self.tools.claim.turn.id,
            scope: subject.scope().to_owned(),
            key: subject.key().to_owned(),
            blocker: blocker.clone(),
        };
        // The call itself may panic as well as what it returns.
        let deciding = async { handler(asked).await };
        AssertUnwindSafe(deciding).catch_unwind().await.unwrap_or_else(|_| {
            let error = Error::new(ErrorKind::Unsupported, "the handler of requests panicked");
            self.tools.reporter.warn("deciding a request", self.tools.claim.turn.id, &error);
            Decision::Leave
        })
    }

    fn request(&self, blocker: &Blocker) -> Option<NewBlocker> {
        let (kind, payload) = match blocker {
            Blocker::Permission(request) => (BlockerKind::Permission, Json::from_value(request).ok()?),
            Blocker::Question(request) => (BlockerKind::Question, Json::from_value(request).ok()?),
            _ => return None,
        };
        let mut request =
            NewBlocker::new(blocker.id().to_string(), blocker.session_id().clone(), kind, payload);
        request.expires_at = self.limit().and_then(|limit| self.now().checked_add(limit).ok());
        Some(request)
    }

    /// Stores a request; waits for ever where that is somebody else's business by now.
    async fn ask(&self, request: &NewBlocker) -> BlockerRecord {
        loop {
            match self.tools.blockers.ask(&self.tools.claim.lease, request).await {
                Ok(record) => return record,
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    /// Waits for somebody to answer.
    async fn wait(&self, mut record: BlockerRecord, blocker: &Blocker) -> Decision {
        let mut orders = self.tools.orders.clone();
        lock(&self.stored).insert(record.request.request_id.clone());
        loop {
            orders.borrow_and_update();
            match record.state {
                BlockerState::Open => {
                    tokio::select! {
                        changed = orders.changed() => if changed.is_err() { pending::<()>().await },
                        () = self.expiry(&record) => {
                            if self.expire(&record).await {
                                return self.give_up(blocker);
                            }
                        }
                    }
                }
                BlockerState::Answered | BlockerState::Delivered => return self.answer(&record),
                BlockerState::Expired => return self.give_up(blocker),
                // It was withdrawn, and the server asks it nevertheless.
                _ => return Decision::Leave,
            }
            record = match self.stored(&record.request.request_id).await {
                Some(record) => record,
                None => return Decision::Leave,
            };
        }
    }

    fn answer(&self, record: &BlockerRecord) -> Decision {
        match Answer::of(record) {
            Ok(Some(answer)) => answer.into(),
            Ok(None) => Decision::Leave,
            Err(error) => {
                self.tools.reporter.warn("reading an answer", record.turn, &error);
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
        let (lease, id) = (&self.tools.claim.lease, &record.request.request_id);
        loop {
            match self.tools.blockers.settle(lease, id, BlockerState::Expired).await {
                Ok(is_expired) => return is_expired,
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    fn give_up(&self, blocker: &Blocker) -> Decision {
        match &self.tools.policy.expiry {
            Expiry::Refuse { message } => Decision::reject_because(message),
            Expiry::EndTurn => {
                *lock(&self.expired) = Some(blocker.clone());
                self.tools.token.cancel();
                Decision::Leave
            }
        }
    }

    async fn stored(&self, request_id: &str) -> Option<BlockerRecord> {
        loop {
            match self.tools.blockers.blockers(self.tools.claim.turn.id).await {
                Ok(records) => {
                    return records.into_iter().find(|record| record.request.request_id == request_id);
                }
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    /// Says what became of a stored request that the server does not ask any more.
    async fn settle(&self, request_id: &str, told: Option<&BlockerAnswer>) {
        let lease = &self.tools.claim.lease;
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
            match self.tools.blockers.settle(lease, request_id, *end).await {
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
        tracing::warn!(turn = %self.tools.claim.turn.id, %error, "a request could not be stored or read");
        sleep(PAUSE).await;
    }

    fn now(&self) -> Timestamp {
        let millis = i64::try_from(self.tools.clock.unix_millis()).unwrap_or(i64::MAX);
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
