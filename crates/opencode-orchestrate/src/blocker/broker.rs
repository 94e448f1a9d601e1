//! Finds somebody who answers what the agents of a turn ask.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opencode_store::blocker::BlockerStore;
use opencode_store::turn::Claim;
use opencode_store::{Error, ErrorKind};
use opencode_wire::drive::{CancellationToken, Decision};
use opencode_wire::ids::Clock;
use opencode_wire::reply::{Blocker, BlockerAnswer, BlockerId, Reply};
use opencode_wire::turn::FollowPolicy;
use tokio::sync::watch;
use tokio::time::Instant;

use super::desk::{Desk, Waited, lock};
use super::{Asked, BlockerPolicy, Expiry};
use crate::report::Reporter;

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
    policy: BlockerPolicy,
    /// Stops the turn.
    token: CancellationToken,
    desk: Desk,
    /// The request that nobody has answered in time, for which the turn is stopped.
    expired: Mutex<Option<Blocker>>,
}

impl Broker {
    pub(crate) fn new(tools: BrokerTools) -> Self {
        let BrokerTools { blockers, claim, policy, limit, orders, token, reporter, clock } = tools;
        let limit = policy.limit.or(limit);
        let desk = Desk { blockers, claim, limit, orders, reporter, clock, stored: Mutex::default() };
        Self(Arc::new(Inner { policy, token, desk, expired: Mutex::default() }))
    }

    /// Decides requests, one future each.
    pub(crate) fn decider(&self) -> impl Fn(Blocker) -> BoxFuture<'static, Decision> + Send + Sync + use<> {
        let inner = Arc::clone(&self.0);
        move |blocker| Box::pin(Arc::clone(&inner).decide(blocker))
    }

    /// The limits of the turn, of which the broker keeps that for human waits.
    pub(crate) fn relax(&self, mut policy: FollowPolicy) -> FollowPolicy {
        policy.deadlines.human = self.0.desk.limit.map(|limit| limit.saturating_add(BACKSTOP));
        policy
    }

    /// The request for which the turn was stopped, because nobody has answered it in time.
    pub(crate) fn expired(&self) -> Option<Blocker> {
        lock(&self.0.expired).clone()
    }

    /// Takes note that nobody waits for an answer any more.
    pub(crate) async fn closed(&self, id: &BlockerId, answer: Option<&BlockerAnswer>) {
        self.0.desk.close(&id.to_string(), answer).await;
    }

    /// Compares what an earlier owner has stored with what the server still asks, once.
    pub(crate) async fn reconcile(&self, reply: &Reply) {
        self.0.desk.reconcile(reply).await;
    }
}

impl Inner {
    async fn decide(self: Arc<Self>, blocker: Blocker) -> Decision {
        // Somebody may have been asked by an earlier owner, and may have answered since.
        if self.desk.claim.is_take_over()
            && let Some(waited) = self.desk.find(&blocker).await
        {
            return self.decision(waited, &blocker);
        }
        if let Some(decision) = self.policy.verdict(&blocker) {
            return decision;
        }
        match self.ask_handler(&blocker).await {
            Decision::Leave => {}
            decision => return decision,
        }
        match self.desk.lay(&blocker).await {
            Some(waited) => self.decision(waited, &blocker),
            None => Decision::Reject { message: None },
        }
    }

    async fn ask_handler(&self, blocker: &Blocker) -> Decision {
        let Some(handler) = &self.policy.handler else { return Decision::Leave };
        let claim = &self.desk.claim;
        let subject = &claim.session.subject;
        let asked = Asked {
            turn: claim.turn.id,
            scope: subject.scope().to_owned(),
            key: subject.key().to_owned(),
            blocker: blocker.clone(),
        };
        // The call itself may panic as well as what it returns.
        let deciding = async { handler(asked).await };
        AssertUnwindSafe(deciding).catch_unwind().await.unwrap_or_else(|_| {
            let error = Error::new(ErrorKind::Unsupported, "the handler of requests panicked");
            self.desk.reporter.warn("deciding a request", claim.turn.id, &error);
            Decision::Leave
        })
    }

    fn decision(&self, waited: Waited, blocker: &Blocker) -> Decision {
        match (waited, &self.policy.expiry) {
            (Waited::Decided(decision), _) => decision,
            (Waited::Expired, Expiry::Refuse { message }) => Decision::reject_because(message),
            (Waited::Expired, Expiry::EndTurn) => {
                *lock(&self.expired) = Some(blocker.clone());
                self.token.cancel();
                Decision::Leave
            }
        }
    }
}
