//! Who answers what agents ask.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use opencode_store::turn::TurnId;
use opencode_wire::drive::Decision;
use opencode_wire::reply::Blocker;

use crate::rules::Rules;

/// Something that an agent asks, and for which its turn waits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Asked {
    /// The turn that waits.
    pub turn: TurnId,
    /// The scope of the turn's subject.
    pub scope: String,
    /// The key of the turn's subject.
    pub key: String,
    /// What is asked; of a sub-agent, the session is its own.
    pub blocker: Blocker,
}

/// Decides what is answered, where no rule does.
pub(crate) type Handler = Arc<dyn Fn(Asked) -> BoxFuture<'static, Decision> + Send + Sync>;

/// What happens to a request that nobody has answered in time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Expiry {
    /// The turn is stopped, and ends as [`Unanswered`](opencode_store::turn::EndKind::Unanswered).
    #[default]
    EndTurn,
    /// The request is refused, and the agent goes on without. A permission is refused with this message, which the
    /// model reads; a question without one.
    Refuse {
        /// What the model is told.
        message: String,
    },
}

/// Who answers what agents ask, of the whole tree of sessions of a turn.
///
/// 1. What the rules say about a permission is done. The last one that matches counts, and what none matches is
///    refused.
/// 2. What they want asked, and every question, goes to the handler, if there is one.
/// 3. What the handler leaves is stored, and waits for an [`answer`](super::answer) from any process, for as long as
///    was set. It outlives the worker: whoever takes over the turn goes on waiting.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use opencode_orchestrate::blocker::{BlockerPolicy, Expiry};
/// use opencode_orchestrate::rules::Rules;
///
/// let policy = BlockerPolicy::default()
///     .with_rules(Rules::deny_all().allow("read").ask("bash"))
///     .with_questions()
///     .with_limit(Duration::from_secs(15 * 60))
///     .with_expiry(Expiry::EndTurn);
/// ```
#[derive(Clone, Default)]
pub struct BlockerPolicy {
    pub(crate) rules: Rules,
    pub(crate) asks_questions: bool,
    pub(crate) handler: Option<Handler>,
    pub(crate) limit: Option<Duration>,
    pub(crate) expiry: Expiry,
}

impl BlockerPolicy {
    /// Everything is asked.
    #[must_use]
    pub fn ask() -> Self {
        Self::default().with_rules(Rules::deny_all().ask("*")).with_questions()
    }

    /// Sets the rules for permissions. Without any, all are refused.
    #[must_use]
    pub fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Lets agents ask questions. Without it, they are refused.
    #[must_use]
    pub fn with_questions(mut self) -> Self {
        self.asks_questions = true;
        self
    }

    /// Sets who is asked first. [`Decision::Leave`] stores the request, and lets it wait for somebody else; so does a
    /// handler that panics.
    ///
    /// The future is dropped when the request is answered elsewhere, and when the turn ends. A worker that takes over
    /// a turn asks again, unless the request was stored.
    #[must_use]
    pub fn with_handler<F, D>(mut self, handler: F) -> Self
    where
        F: Fn(Asked) -> D + Send + Sync + 'static,
        D: Future<Output = Decision> + Send + 'static,
    {
        self.handler =
            Some(Arc::new(move |asked| -> BoxFuture<'static, Decision> { Box::pin(handler(asked)) }));
        self
    }

    /// Sets how long a stored request waits for an answer, counted from when it was stored. Unless set, it is the
    /// limit for human waits of the turn's [deadlines](opencode_wire::turn::Deadlines): an hour.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets what happens to a request that nobody has answered in time; the turn ends unless set.
    #[must_use]
    pub fn with_expiry(mut self, expiry: Expiry) -> Self {
        self.expiry = expiry;
        self
    }

    /// What is answered without asking anybody; `None` when somebody is to be asked.
    pub(crate) fn verdict(&self, blocker: &Blocker) -> Option<Decision> {
        match blocker {
            Blocker::Permission(request) => self.rules.decide(request).into_decision(),
            Blocker::Question(_) if self.asks_questions => None,
            // What this version does not know cannot be shown to anybody.
            _ => Some(Decision::Reject { message: None }),
        }
    }
}

impl fmt::Debug for BlockerPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BlockerPolicy")
            .field("rules", &self.rules)
            .field("asks_questions", &self.asks_questions)
            .field("has_handler", &self.handler.is_some())
            .field("limit", &self.limit)
            .field("expiry", &self.expiry)
            .finish()
    }
}
