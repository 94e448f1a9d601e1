//! Hearing what a turn says, at once and with the whole reply at hand.

use std::sync::Arc;

use opencode_store::turn::TurnId;
use opencode_wire::reply::{Change, Reply};

/// Hears what a turn says while it is followed here. It is called on the turn's own task, and must not wait.
pub(crate) trait Listen: Send + Sync {
    /// The turn is followed from here on, with a reply that begins anew.
    fn began(&self);
    /// The reply has changed.
    fn heard(&self, change: &Change, reply: &Reply);
    /// The turn has ended, and this is all that it has said.
    fn ended(&self, reply: &Reply);
}

/// Who hears what one turn says.
#[derive(Clone)]
pub(super) struct Tap {
    turn: TurnId,
    listener: Arc<dyn Listen>,
}

impl Tap {
    pub(super) fn new(turn: TurnId, listener: Arc<dyn Listen>) -> Self {
        Self { turn, listener }
    }

    /// Who is to hear that turn.
    pub(super) fn of(&self, turn: TurnId) -> Option<&dyn Listen> {
        (self.turn == turn).then_some(self.listener.as_ref())
    }
}
