//! What a host is told while a turn runs, and when it has ended.

mod line;

use async_trait::async_trait;
use opencode_store::turn::TurnRecord;
use opencode_wire::reply::Change;

pub(crate) use self::line::HookLine;
use crate::collect::Collected;
use crate::turn::TurnOutcome;

/// What a hook gives back: an error is reported, and changes nothing about the turn.
pub type HookResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// What a host is told while a turn runs, and when it has ended. Every method has a default that does nothing.
///
/// Hooks are called one after the other, on a task of their own: a slow one does not hold up the turn, and one that
/// fails, panics or takes longer than 30 seconds is [reported](crate::report::ErrorReporter) and passed over.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use opencode_orchestrate::hooks::{HookResult, TurnHooks};
/// use opencode_orchestrate::turn::TurnOutcome;
///
/// struct Mail;
///
/// #[async_trait]
/// impl TurnHooks for Mail {
///     async fn on_finished(&self, outcome: &TurnOutcome) -> HookResult {
///         println!("turn {} has ended: {}", outcome.turn.id, outcome.end().message);
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait TurnHooks: Send + Sync + 'static {
    /// Whether changes are of interest. Without it they are not even queued.
    fn wants_changes(&self) -> bool {
        false
    }

    /// The reply has changed. Only called when [`wants_changes`](Self::wants_changes) says so.
    ///
    /// Whoever is more than a thousand changes behind misses some, and is told so by a
    /// [`Gap`](opencode_wire::reply::ChangeKind::Gap) in their place.
    async fn on_change(&self, _turn: &TurnRecord, _change: &Change) -> HookResult {
        Ok(())
    }

    /// The turn is active: for those who reap what is not. Called with the first change, and then at most
    /// [as often as was set](crate::turn::RunOptions::activity_every), whether or not a call failed.
    async fn on_activity(&self, _turn: &TurnRecord) -> HookResult {
        Ok(())
    }

    /// The server that the turn ran on is gone: it has died, or was given up. The turn is carried on with the next one,
    /// which has its session still, and says there how it ends.
    async fn on_server_lost(&self, _turn: &TurnRecord) -> HookResult {
        Ok(())
    }

    /// The files of the turn were collected, and stored: what is new, and what was left out, with the reasons. Only where
    /// [that is done](crate::turn::TurnRunner::with_files); again for a turn that was taken over meanwhile.
    async fn on_files(&self, _turn: &TurnRecord, _collected: &Collected) -> HookResult {
        Ok(())
    }

    /// The answer is whole and stored. Called once, before [`on_finished`](Self::on_finished).
    async fn on_finalized(&self, _outcome: &TurnOutcome) -> HookResult {
        Ok(())
    }

    /// The turn has ended, in whichever way, and that is stored: with the end as it is stored, which a request to stop
    /// may have changed.
    ///
    /// Called once for a turn, by the worker that has ended it, after all other hooks. A process that dies between
    /// storing and calling does not call it: what must not be missed belongs into the store's own log of ended turns.
    async fn on_finished(&self, _outcome: &TurnOutcome) -> HookResult {
        Ok(())
    }
}
