//! Proof that no durable event of a session was missed: their sequence numbers follow each other.

use std::collections::HashMap;

use crate::ids::SessionId;

/// The last sequence number of each session that somebody listens to.
///
/// Servers before 1.17 write 0 for all: equal numbers prove nothing, and say nothing.
#[derive(Debug, Default)]
pub(super) struct Proof {
    last: HashMap<SessionId, u64>,
    /// Whether two numbers of a session have risen, once there were two.
    rise: Option<bool>,
    /// What of that is not known to the client.
    news: Option<bool>,
}

impl Proof {
    /// Takes a number; true if numbers between the last one and this one are missing.
    pub(super) fn has_hole(&mut self, session: &str, seq: u64) -> bool {
        if let Some(last) = self.last.get_mut(session) {
            let has_hole = seq > last.saturating_add(1);
            let rises = seq > *last;
            *last = seq.max(*last);
            if self.rise.is_none() || (rises && self.rise == Some(false)) {
                (self.rise, self.news) = (Some(rises), Some(rises));
            }
            return has_hole;
        }
        self.last.insert(SessionId::from_wire(session), seq);
        false
    }

    /// Whether numbers rise, if that was not told before.
    pub(super) fn news(&mut self) -> Option<bool> {
        self.news.take()
    }

    /// Forgets sessions that nobody listens to any more.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&str) -> bool) {
        self.last.retain(|session, _| is_wanted(session.as_str()));
    }

    pub(super) fn len(&self) -> usize {
        self.last.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_whether_numbers_rise() {
        let mut proof = Proof::default();
        let mut after = |session: &str, seq| {
            proof.has_hole(session, seq);
            proof.news()
        };
        let news = [after("a", 0), after("b", 0), after("a", 0), after("a", 0), after("b", 1), after("a", 0)];
        assert_eq!(news, [None, None, Some(false), None, Some(true), None]);
    }

    #[test]
    fn holes_are_seen_and_constant_numbers_say_nothing() {
        let mut proof = Proof::default();
        let seen = [("a", 4), ("a", 5), ("b", 0), ("a", 7), ("a", 7), ("a", 6), ("a", 8), ("b", 0)];
        let holes: Vec<_> = seen.iter().map(|(session, seq)| proof.has_hole(session, *seq)).collect();
        assert_eq!(holes, [false, false, false, true, false, false, false, false]);
    }
}
