//! Requests to stop a turn.

use super::{TurnEnd, TurnId};

/// Why a turn is to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Somebody cancelled it.
    Cancelled,
    /// A newer turn of the session takes its place.
    Superseded(TurnId),
}

impl StopReason {
    /// The words in the database: `cancelled`, or `superseded` and a number.
    #[must_use]
    pub fn to_words(self) -> String {
        match self {
            Self::Cancelled => "cancelled".to_owned(),
            Self::Superseded(by) => format!("superseded {by}"),
        }
    }

    /// Reads the words in the database.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        if words == "cancelled" {
            return Some(Self::Cancelled);
        }
        let number = words.strip_prefix("superseded ")?.parse().ok()?;
        Some(Self::Superseded(TurnId::new(number)))
    }
}

/// What became of a request to stop a turn.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StopRequested {
    /// Nobody had begun with it: it has ended.
    Withdrawn,
    /// Whoever works on it was told, now or earlier. It will end as stopped.
    Requested,
    /// It had ended before.
    AlreadyEnded(TurnEnd),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_read_back() {
        for reason in [StopReason::Cancelled, StopReason::Superseded(TurnId::new(7))] {
            assert_eq!(StopReason::from_words(&reason.to_words()), Some(reason));
        }
        assert_eq!(StopReason::from_words("superseded x"), None);
        assert_eq!(StopReason::from_words(""), None);
    }
}
