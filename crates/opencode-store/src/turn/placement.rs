//! Where an admitted turn stands in its session: the one rule for every database.

use super::{Delivery, TurnId, TurnState};

/// The turn of a session that is next or runs; there is one as long as any turn of the session is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) turn: TurnId,
    pub(crate) state: TurnState,
}

/// Where an admitted turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// It is the next one.
    Ready,
    /// It waits behind the head.
    Queued,
    /// It waits, and the head is told that there is something to join.
    Steering(TurnId),
    /// It takes the place of a head that nobody has begun with.
    Overtaking(TurnId),
    /// It waits, and the head is stopped.
    Interrupting(TurnId),
    /// It is refused because of the head.
    Busy(TurnId),
}

impl Placement {
    /// The state that the new turn begins in.
    pub(crate) const fn state(self) -> TurnState {
        match self {
            Self::Ready | Self::Overtaking(_) => TurnState::Ready,
            _ => TurnState::Queued,
        }
    }
}

/// Places a new turn.
pub(crate) fn place(delivery: Delivery, head: Option<Head>) -> Placement {
    let Some(head) = head else { return Placement::Ready };
    match (delivery, head.state.is_active()) {
        (Delivery::Reject, _) => Placement::Busy(head.turn),
        (Delivery::Steer, true) => Placement::Steering(head.turn),
        // The head has not begun. It was there first, and is what the new one is to be steered into.
        (Delivery::Queue, _) | (Delivery::Steer, false) => Placement::Queued,
        (Delivery::Interrupt, true) => Placement::Interrupting(head.turn),
        (Delivery::Interrupt, false) => Placement::Overtaking(head.turn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_session_takes_every_delivery() {
        for delivery in [Delivery::Reject, Delivery::Queue, Delivery::Steer, Delivery::Interrupt] {
            assert_eq!(place(delivery, None), Placement::Ready);
        }
    }

    /// Part of g04: a busy session follows the turn's delivery.
    #[test]
    fn g04_a_busy_session_follows_the_delivery() {
        let turn = TurnId::new(1);
        let waiting = Some(Head { turn, state: TurnState::Ready });
        for state in [TurnState::Claimed, TurnState::Prompting, TurnState::Running] {
            let running = Some(Head { turn, state });
            assert_eq!(place(Delivery::Queue, running), Placement::Queued);
            assert_eq!(place(Delivery::Steer, running), Placement::Steering(turn));
            assert_eq!(place(Delivery::Interrupt, running), Placement::Interrupting(turn));
            assert_eq!(place(Delivery::Reject, running), Placement::Busy(turn));
        }
        assert_eq!(place(Delivery::Queue, waiting), Placement::Queued);
        assert_eq!(place(Delivery::Steer, waiting), Placement::Queued);
        assert_eq!(place(Delivery::Interrupt, waiting), Placement::Overtaking(turn));
        assert_eq!(place(Delivery::Reject, waiting), Placement::Busy(turn));
    }
}
