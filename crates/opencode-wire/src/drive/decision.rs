//! What is answered when an agent asks.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::api::PermissionAnswer;
use crate::model::PermissionRequest;
use crate::reply::Blocker;

/// The answer to a question or a permission request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Leave it open: somebody else answers, or the limit for human waits ends the turn.
    Leave,
    /// Let it happen this time.
    AllowOnce,
    /// Let it happen, and everything that matches the request's `always` patterns, in every session of the
    /// directory, until the server restarts.
    AllowAlways,
    /// Refuse. The turn ends here without a message; with one the model reads it and goes on.
    Reject {
        /// What the model is told. Questions are refused without a message.
        message: Option<String>,
    },
    /// Answer a question: for each of its questions the chosen labels, or words of one's own.
    Answer(Vec<Vec<String>>),
}

impl Decision {
    /// Refuses, and tells the model why, so that it goes on another way.
    #[must_use]
    pub fn reject_because(message: impl Into<String>) -> Self {
        Self::Reject { message: Some(message.into()) }
    }

    /// Chooses one label for each question.
    #[must_use]
    pub fn answer<T: Into<String>>(labels: impl IntoIterator<Item = T>) -> Self {
        Self::Answer(labels.into_iter().map(|label| vec![label.into()]).collect())
    }
}

/// Decides what is answered; asked once for each request.
pub(super) type Decider = Arc<dyn Fn(Blocker) -> BoxFuture<'static, Decision> + Send + Sync>;

/// Ready-made ways to decide, for [`PromptBuilder::on_blocker`](super::PromptBuilder::on_blocker).
///
/// # Examples
///
/// ```no_run
/// # async fn example(session: opencode_wire::api::SessionHandle) -> opencode_wire::Result<()> {
/// use opencode_wire::drive::policy;
///
/// let turn = session.prompt("Tidy up.").on_blocker(policy::reject_all).await?;
/// # Ok(())
/// # }
/// ```
pub mod policy {
    use super::{Blocker, Decision};

    /// Refuses everything: for programs that nobody watches.
    #[expect(clippy::unused_async, reason = "it stands where a person's answer is awaited")]
    pub async fn reject_all(_: Blocker) -> Decision {
        Decision::Reject { message: None }
    }

    /// Allows everything once, and takes the first option of each question. Only for agents that cannot do harm.
    #[expect(clippy::unused_async, reason = "it stands where a person's answer is awaited")]
    pub async fn allow_all(blocker: Blocker) -> Decision {
        match blocker {
            Blocker::Permission(_) => Decision::AllowOnce,
            Blocker::Question(request) => Decision::Answer(
                request
                    .questions
                    .iter()
                    .map(|question| {
                        question.options.first().map(|option| option.label.clone()).into_iter().collect()
                    })
                    .collect(),
            ),
        }
    }
}

/// How the server wants a decision about a permission.
pub(super) fn permission_answer(decision: Decision, request: &PermissionRequest) -> PermissionAnswer {
    match decision {
        Decision::AllowOnce => PermissionAnswer::once(),
        Decision::AllowAlways => PermissionAnswer::always(),
        Decision::Reject { message: Some(message) } => PermissionAnswer::reject_because(message),
        Decision::Reject { message: None } => PermissionAnswer::reject(),
        Decision::Leave | Decision::Answer(_) => {
            tracing::warn!(request = %request.id, "a permission request cannot be answered like a question: refused");
            PermissionAnswer::reject()
        }
    }
}
