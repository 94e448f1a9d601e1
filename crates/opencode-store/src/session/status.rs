//! What is known of a session's state.

use std::fmt;

/// What is known of a session's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionStatus {
    /// A turn runs in it.
    Active,
    /// Nothing runs in it.
    Idle,
    /// The server that held it ended unexpectedly. The session is most likely still there: OpenCode keeps sessions on
    /// disk, so it is used again and only replaced when the server says that it does not know it.
    Crashed,
    /// The host is done with it. The next turn opens it again.
    Closed,
}

impl SessionStatus {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Idle => "idle",
            Self::Crashed => "crashed",
            Self::Closed => "closed",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Idle, Self::Crashed, Self::Closed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }

    /// Whether a session in this state may be said to be in that one.
    ///
    /// What the host has closed is not reopened by a late report of a crash or of idleness, only by work.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        !matches!((self, next), (Self::Closed, Self::Crashed | Self::Idle))
    }
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::SessionStatus::{Active, Closed, Crashed, Idle};

    /// b17: a crash that is noticed late does not reopen what the host has closed.
    #[test]
    fn b17_closed_is_left_only_for_work() {
        assert!(!Closed.may_become(Crashed));
        assert!(!Closed.may_become(Idle));
        assert!(Closed.may_become(Active));
        for from in [Active, Idle, Crashed] {
            for to in [Active, Idle, Crashed, Closed] {
                assert!(from.may_become(to), "{from} to {to}");
            }
        }
    }
}
