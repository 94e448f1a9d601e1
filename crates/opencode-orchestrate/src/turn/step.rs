//! What a worker does with a turn: the one rule by which a prompt is posted at most once.

use opencode_store::turn::TurnState;
use opencode_wire::turn::{Ending, Loss};

/// What a worker does with a turn that it has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Post the prompt: nobody can have done so.
    Prompt,
    /// Ask the server for the prompt: somebody was about to post it, and did not come to see it there.
    Ask,
    /// Follow the prompt, which is on the server.
    Follow,
}

/// What is done first with a turn that was claimed in this state.
pub(super) const fn first(state: TurnState) -> Step {
    match state {
        TurnState::Prompting => Step::Ask,
        TurnState::Running => Step::Follow,
        _ => Step::Prompt,
    }
}

/// Whether a turn that is not followed any more has ended. Otherwise somebody looks again later, under a new lease.
pub(super) const fn has_ended(was_posted_here: bool, ending: &Ending) -> bool {
    match ending {
        // Our own request may still be on its way.
        Ending::Lost(Loss::NotStored) => !was_posted_here,
        Ending::Lost(Loss::Unfollowed) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g01_only_a_turn_that_nobody_can_have_prompted_is_prompted_unasked() {
        for (state, step) in [
            (TurnState::Claimed, Step::Prompt),
            (TurnState::Prompting, Step::Ask),
            (TurnState::Running, Step::Follow),
        ] {
            assert_eq!(first(state), step, "{state}");
        }
    }

    #[test]
    fn g12_a_turn_of_which_nothing_is_known_has_not_ended() {
        for was_posted_here in [true, false] {
            assert!(has_ended(was_posted_here, &Ending::Completed));
            assert!(has_ended(was_posted_here, &Ending::Lost(Loss::Abandoned)));
            assert!(!has_ended(was_posted_here, &Ending::Lost(Loss::Unfollowed)));
        }
        // What was seen on the server, and is not there any more, was removed by somebody.
        assert!(has_ended(false, &Ending::Lost(Loss::NotStored)));
        assert!(!has_ended(true, &Ending::Lost(Loss::NotStored)));
    }
}
