//! Whether a request to mint is satisfied, has to wait, or may go ahead: the one rule for every database.

use super::{ContextLost, MintRequest, SessionRecord};
use crate::millis::Millis;

/// What to do with a request to mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MintDecision {
    /// The session that is there fits.
    Bound,
    /// Somebody else's attempt runs until then.
    Taken(Millis),
    /// Go ahead.
    Claim(Option<ContextLost>),
}

/// Decides about a request, given the row and the end of the attempt that is under way, if there is one.
///
/// A session that crashed or was closed is used again: the server keeps sessions on disk, and only its own word
/// proves that one is gone.
pub(crate) fn decide(
    session: &SessionRecord,
    mint_until: Option<Millis>,
    request: &MintRequest,
    now: Millis,
) -> MintDecision {
    let lost = match (&session.upstream_id, &session.fingerprint) {
        (None, _) => None,
        // Somebody else has replaced it since the caller looked: theirs is taken.
        (Some(_), _) if request.replacing.is_some_and(|seen| seen == session.generation) => {
            Some(ContextLost::Gone)
        }
        (Some(_), Some(bound)) if bound.binding != request.fingerprint.binding => {
            Some(ContextLost::Reconfigured)
        }
        (Some(_), _) => return MintDecision::Bound,
    };
    match mint_until {
        Some(until) if until > now => MintDecision::Taken(until),
        _ => MintDecision::Claim(lost),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opencode_wire::ids::SessionId;

    use super::super::{ConfigFingerprint, SessionRowId, SessionStatus, Subject};
    use super::*;
    use crate::millis::timestamp;

    fn bound(generation: u64, binding: &str) -> SessionRecord {
        SessionRecord {
            upstream_id: Some(SessionId::from_wire("ses_1")),
            generation,
            fingerprint: Some(ConfigFingerprint::new(binding, "p")),
            ..unbound()
        }
    }

    fn unbound() -> SessionRecord {
        SessionRecord::new(SessionRowId::new(1), Subject::new("s", "k").unwrap(), timestamp(0))
    }

    fn request(binding: &str) -> MintRequest {
        let fingerprint = ConfigFingerprint::new(binding, "other");
        MintRequest::new(Subject::new("s", "k").unwrap(), fingerprint, "t", Duration::from_secs(1))
    }

    #[test]
    fn an_unbound_subject_is_minted_by_one_at_a_time() {
        assert_eq!(decide(&unbound(), None, &request("a"), 5), MintDecision::Claim(None));
        assert_eq!(decide(&unbound(), Some(6), &request("a"), 5), MintDecision::Taken(6));
        assert_eq!(decide(&unbound(), Some(5), &request("a"), 5), MintDecision::Claim(None));
    }

    /// b9: a crash is no proof that the session is gone.
    #[test]
    fn b09_a_crashed_or_closed_session_is_used_again() {
        for status in [SessionStatus::Crashed, SessionStatus::Closed] {
            let session = SessionRecord { status, ..bound(1, "a") };
            assert_eq!(decide(&session, None, &request("a"), 5), MintDecision::Bound);
        }
    }

    #[test]
    fn another_directory_is_another_session_and_other_rules_are_not() {
        assert_eq!(
            decide(&bound(1, "b"), None, &request("a"), 5),
            MintDecision::Claim(Some(ContextLost::Reconfigured))
        );
        assert_eq!(decide(&bound(1, "a"), None, &request("a"), 5), MintDecision::Bound);
    }

    #[test]
    fn only_the_generation_that_was_seen_gone_is_replaced() {
        let gone = request("a").replacing(1);
        assert_eq!(decide(&bound(1, "a"), None, &gone, 5), MintDecision::Claim(Some(ContextLost::Gone)));
        assert_eq!(decide(&bound(1, "a"), Some(9), &gone, 5), MintDecision::Taken(9));
        assert_eq!(decide(&bound(2, "a"), None, &gone, 5), MintDecision::Bound);
    }
}
