//! How far a turn has come.

use std::fmt;

/// How far a turn has come.
///
/// ```text
/// queued ⇄ ready → claimed → prompting → running → ended
///    └───────┴─────────┴──────────┴─────────┴──────▶┘
/// ```
///
/// At most one turn of a session is in `ready`, `claimed`, `prompting` or `running`, apart from those that were
/// steered into it; as long as one waits, there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TurnState {
    /// It waits behind another turn of its session.
    Queued,
    /// It is the next of its session, and can be claimed.
    Ready,
    /// Somebody works on it, and has posted nothing yet.
    Claimed,
    /// Its prompt may be on the server: it was about to be posted, and nobody has seen it there.
    Prompting,
    /// Its prompt is on the server.
    Running,
    /// It has ended, and never changes again.
    Ended,
}

impl TurnState {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Ready, Self::Claimed, Self::Prompting, Self::Running, Self::Ended];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Ready => "ready",
            Self::Claimed => "claimed",
            Self::Prompting => "prompting",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether somebody works on it.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Claimed | Self::Prompting | Self::Running)
    }

    /// Whether nobody has begun with it.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Queued | Self::Ready)
    }

    /// Whether the one who works on it may say that it has come so far. Saying the same twice is allowed.
    #[must_use]
    pub const fn may_advance_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Claimed | Self::Prompting, Self::Prompting)
                | (Self::Claimed | Self::Prompting | Self::Running, Self::Running)
        )
    }
}

impl fmt::Display for TurnState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_never_goes_back_and_never_leaves_its_end() {
        for from in TurnState::ALL {
            for to in TurnState::ALL {
                let goes_on = from.is_active() && to.is_active() && to as u8 >= from as u8;
                // Claiming is not advancing.
                let expected = goes_on && to != TurnState::Claimed;
                assert_eq!(from.may_advance_to(to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for state in TurnState::ALL {
            assert_eq!(TurnState::from_word(state.as_str()), Some(state));
        }
        assert_eq!(TurnState::from_word("finished"), None);
    }
}
