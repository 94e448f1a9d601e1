//! What rules say.

use opencode_wire::drive::Decision;

/// What a rule says about what it matches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Let it happen.
    Allow,
    /// Refuse it.
    Deny {
        /// What the model is told, so that it goes on another way. Without it the turn ends at the refusal.
        message: Option<String>,
    },
    /// Ask a person.
    Ask,
}

impl Action {
    /// Refuses, and tells the model why.
    #[must_use]
    pub fn deny_because(message: impl Into<String>) -> Self {
        Self::Deny { message: Some(message.into()) }
    }
}

/// What all rules together say about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It may happen, this once.
    Allow,
    /// It must not happen.
    Deny {
        /// What the model is told, so that it goes on another way. Without it the turn ends at the refusal.
        message: Option<String>,
    },
    /// A person is to be asked.
    Ask,
}

impl Verdict {
    /// What is answered to the server; `None` where a person has to be asked first.
    ///
    /// What is allowed is allowed once: the server asks again, and the rules of that time are followed.
    #[must_use]
    pub fn into_decision(self) -> Option<Decision> {
        match self {
            Self::Allow => Some(Decision::AllowOnce),
            Self::Deny { message } => Some(Decision::Reject { message }),
            Self::Ask => None,
        }
    }
    /// The stricter of two.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Deny { message: one }, Self::Deny { message: other }) => {
                Self::Deny { message: one.or(other) }
            }
            (denied @ Self::Deny { .. }, _) | (_, denied @ Self::Deny { .. }) => denied,
            (Self::Ask, _) | (_, Self::Ask) => Self::Ask,
            (Self::Allow, Self::Allow) => Self::Allow,
        }
    }
}
