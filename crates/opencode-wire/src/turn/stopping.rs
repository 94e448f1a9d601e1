//! How a turn is brought to its end, by whatever ends it.

use std::time::Duration;

use super::follower::{Follower, Phase};
use super::{Action, CancelledBy, Ending, Limit, Loss};
use crate::reply::{Blocker, Changes, Snapshot};

/// Why a turn is aborted.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reason {
    Cancel,
    Limit(Limit),
    Unanswered(Box<Blocker>),
}

impl Follower {
    pub(super) fn cancel(&mut self, now: Duration) -> Changes {
        self.cancelled = true;
        let mut changes = Changes::default();
        match &self.phase {
            Phase::Subscribing { attach: false } => {
                // Nothing was posted: there is nothing to stop.
                let ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };
                self.finish(now, ending, None, &mut changes);
            }
            Phase::Subscribing { attach: true } | Phase::Following => self.abort(now, Reason::Cancel),
            // The end of the post is awaited: an abort that overtakes it would stop nothing.
            Phase::Prompting | Phase::Aborting { .. } | Phase::Done => {}
        }
        changes
    }

    pub(super) fn abort(&mut self, now: Duration, reason: Reason) {
        self.stop(now);
        self.phase = Phase::Aborting { reason, until: now + self.policy.abort_wait };
        self.doubt = None;
        self.inquiry.reset();
    }

    pub(super) fn finish(
        &mut self,
        now: Duration,
        ending: Ending,
        snapshot: Option<&Snapshot>,
        changes: &mut Changes,
    ) {
        for exchange in snapshot.iter().flat_map(|snapshot| &snapshot.exchanges) {
            changes.extend(self.reply.settle(exchange));
        }
        changes.extend(self.reply.close_blockers());
        let confirmed = !matches!(ending, Ending::Cancelled { confirmed: false, .. });
        let ending = match std::mem::replace(&mut self.phase, Phase::Done) {
            // Whatever was found when it stopped: it stopped because of this.
            Phase::Aborting { reason, .. } => match (reason, ending) {
                (_, ending @ Ending::Lost(Loss::SessionGone)) => ending,
                (Reason::Cancel, _) => Ending::Cancelled { by: CancelledBy::Caller, confirmed },
                (Reason::Limit(limit), _) => Ending::Limit { limit, confirmed },
                (Reason::Unanswered(blocker), _) => Ending::Unanswered { blocker, confirmed },
            },
            _ => ending,
        };
        if ending == Ending::Lost(Loss::SessionGone) {
            // A session that is deleted while it works goes on for ever, unless it is aborted.
            self.stop(now);
        }
        self.ended = Some((ending, now.saturating_sub(self.started.unwrap_or(now))));
    }

    /// Asks for an abort of every session of the turn.
    pub(super) fn stop(&mut self, now: Duration) {
        let sessions = self.reply.sessions().iter().map(|session| session.id.clone()).collect();
        self.aborts += 1;
        self.over_at = now.saturating_add(self.policy.abort_wait);
        self.actions.push_back(Action::Abort(sessions));
    }
}
