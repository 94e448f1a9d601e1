//! When to ask the server how things are.

use std::time::Duration;

/// The first delay between two questions about the same thing; doubled each time.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Questions to the server: one at a time, soon if there is a reason, and now and then if there is none.
#[derive(Debug)]
pub(super) struct Inquiry {
    poll_after: Duration,
    /// When to ask because there is a reason to.
    ask_at: Option<Duration>,
    /// When to ask although there is none: nothing was heard for a while.
    poll_at: Option<Duration>,
    /// How often it was asked since something was heard.
    asked: u32,
    asking: bool,
}

impl Inquiry {
    pub(super) const fn new(poll_after: Duration) -> Self {
        Self { poll_after, ask_at: None, poll_at: None, asked: 0, asking: false }
    }

    /// Something was heard: there is no need to ask for a while.
    pub(super) fn heard(&mut self, now: Duration) {
        self.poll_at = Some(now + self.poll_after);
        self.asked = 0;
    }

    /// There is nothing to ask for a while.
    pub(super) fn rest(&mut self, now: Duration) {
        self.poll_at = Some(now + self.poll_after);
    }

    /// What was asked before is of no importance for what is asked next.
    pub(super) const fn reset(&mut self) {
        self.asked = 0;
    }

    /// Asks after a delay, or earlier if that is planned.
    pub(super) fn soon(&mut self, now: Duration, delay: Duration) {
        let at = now + delay;
        self.ask_at = Some(self.ask_at.map_or(at, |planned| planned.min(at)));
    }

    /// Asks once more, later each time, but not later than a limit.
    pub(super) fn again(&mut self, now: Duration, limit: Option<Duration>) {
        let delay = FIRST_DELAY.saturating_mul(1 << self.asked.min(6)).min(MAX_DELAY);
        self.asked = self.asked.saturating_add(1);
        self.soon(now, limit.map_or(delay, |limit| delay.min(limit)));
    }

    /// Whether to ask now; if so, an answer is awaited from here on.
    pub(super) fn begin(&mut self, now: Duration) -> bool {
        if self.next().is_none_or(|at| at > now) {
            return false;
        }
        self.asking = true;
        self.ask_at = None;
        self.rest(now);
        true
    }

    /// An answer has come, or none will.
    pub(super) const fn end(&mut self) {
        self.asking = false;
    }

    /// When to ask; `None` while an answer is awaited.
    pub(super) fn next(&self) -> Option<Duration> {
        self.ask_at.into_iter().chain(self.poll_at).min().filter(|_| !self.asking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn one_question_at_a_time_and_none_is_forgotten() {
        let mut inquiry = Inquiry::new(millis(30_000));
        assert_eq!(inquiry.next(), None);
        inquiry.soon(millis(10), millis(250));
        inquiry.soon(millis(20), millis(1000));
        assert!(!inquiry.begin(millis(259)));
        assert!(inquiry.begin(millis(260)));
        inquiry.soon(millis(300), Duration::ZERO);
        assert_eq!(inquiry.next(), None, "an answer is awaited");
        inquiry.end();
        assert!(inquiry.begin(millis(301)));
        inquiry.end();
        assert_eq!(inquiry.next(), Some(millis(30_301)));
    }

    #[test]
    fn repeated_questions_come_later_each_time() {
        let mut inquiry = Inquiry::new(millis(600_000));
        let mut delays = Vec::new();
        for _ in 0..8 {
            inquiry.again(Duration::ZERO, None);
            delays.push(inquiry.next().unwrap().as_millis());
            assert!(inquiry.begin(millis(5000)));
            inquiry.end();
        }
        assert_eq!(delays, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        inquiry.again(Duration::ZERO, Some(millis(70)));
        assert_eq!(inquiry.next(), Some(millis(70)));
    }
}
