//! What turns used.

use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::reply::Usage;

use crate::session::SessionRowId;
use crate::turn::TurnId;

/// What one step used. A step is counted once, however often it is told.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StepUsage {
    /// The part that ended the step.
    pub step_id: PartId,
    /// The session of the tree in which the step was made.
    pub session_id: SessionId,
    /// What it used; `steps` is taken as 1.
    pub usage: Usage,
}

impl StepUsage {
    /// What one step used.
    #[must_use]
    pub fn new(step_id: PartId, session_id: SessionId, usage: Usage) -> Self {
        Self { step_id, session_id, usage }
    }
}

/// What usage is summed over. Sub-agents are included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UsageOf {
    /// One turn.
    Turn(TurnId),
    /// Every turn of a session.
    Session(SessionRowId),
    /// Every turn of a record of the host, whichever agents it had.
    Record {
        /// The scope of the subject.
        scope: String,
        /// The key of the subject.
        key: String,
    },
    /// Every turn of a scope.
    Scope(String),
}

/// Dollars are stored as billionths, so that a sum does not depend on its order.
const NANOS: f64 = 1e9;

/// A cost as it is stored. What is no amount of money counts as nothing: a provider's catalogue may say anything.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn nanos(dollars: f64) -> i64 {
    let nanos = (dollars * NANOS).round();
    if nanos > 0.0 && nanos < 9e18 { nanos as i64 } else { 0 }
}

#[expect(clippy::cast_precision_loss, reason = "more than 53 bits of billionths are nine million dollars")]
pub(crate) fn dollars(nanos: i64) -> f64 {
    nanos as f64 / NANOS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_kept_to_the_billionth_and_nonsense_costs_nothing() {
        assert_eq!(nanos(0.000_000_123), 123);
        assert!((dollars(nanos(1.25)) - 1.25).abs() < f64::EPSILON);
        for nonsense in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 1e300] {
            assert_eq!(nanos(nonsense), 0);
        }
    }
}
