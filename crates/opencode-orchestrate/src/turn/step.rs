//! What a worker does next with a turn: the one rule by which a prompt is posted at most once.

use opencode_store::turn::TurnState;
use opencode_wire::turn::{Ending, Loss};

/// What a worker does with a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Post the prompt: nobody can have done so.
    Prompt,
    /// Look for the prompt on the server, and follow it: somebody was about to post it, or has.
    Look,
}

/// What follows when a turn is not followed any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The turn ends so.
    End,
    /// The prompt is posted: whoever noted that it was about to be posted did not get to it.
    Prompt,
    /// Somebody looks again later, under a new lease.
    LetGo,
}

/// What is done first with a turn that was claimed in this state.
pub(super) const fn first(state: TurnState) -> Step {
    match state {
        TurnState::Prompting | TurnState::Running => Step::Look,
        _ => Step::Prompt,
    }
}

/// What follows from the way in which following ended, for a turn that was claimed in this state.
pub(super) const fn next(step: Step, claimed_in: TurnState, ending: &Ending) -> Next {
    match (ending, step, claimed_in) {
        // The lease of whoever was about to post it has ended, and with that any request of theirs.
        (Ending::Lost(Loss::NotStored), Step::Look, TurnState::Prompting) => Next::Prompt,
        // Our own request may still be on its way.
        (Ending::Lost(Loss::NotStored), Step::Prompt, _) | (Ending::Lost(Loss::Unfollowed), _, _) => {
            Next::LetGo
        }
        _ => Next::End,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g01_only_a_turn_that_nobody_can_have_prompted_is_prompted_unseen() {
        for (state, step) in [
            (TurnState::Claimed, Step::Prompt),
            (TurnState::Prompting, Step::Look),
            (TurnState::Running, Step::Look),
        ] {
            assert_eq!(first(state), step, "{state}");
        }
    }

    #[test]
    fn g01_a_prompt_is_posted_again_only_when_it_was_looked_for_and_never_seen() {
        let not_stored = Ending::Lost(Loss::NotStored);
        for (step, state, expected) in [
            (Step::Look, TurnState::Prompting, Next::Prompt),
            // It was seen once, so somebody has removed it.
            (Step::Look, TurnState::Running, Next::End),
            (Step::Prompt, TurnState::Claimed, Next::LetGo),
            (Step::Prompt, TurnState::Prompting, Next::LetGo),
        ] {
            assert_eq!(next(step, state, &not_stored), expected, "{step:?} {state}");
        }
        for state in [TurnState::Claimed, TurnState::Prompting, TurnState::Running] {
            for step in [Step::Prompt, Step::Look] {
                assert_eq!(next(step, state, &Ending::Completed), Next::End);
                assert_eq!(next(step, state, &Ending::Lost(Loss::Abandoned)), Next::End);
                assert_eq!(next(step, state, &Ending::Lost(Loss::Unfollowed)), Next::LetGo);
            }
        }
    }
}
