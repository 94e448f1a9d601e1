//! The time limits of a turn, as a pure state machine.

use std::time::Duration;

use super::{Deadlines, Limit};

/// What has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    Limit(Limit),
    Human,
}

/// Watches the limits of one turn. Instants are durations since an origin of the caller's choice.
#[derive(Debug, Clone)]
pub(super) struct DeadlineWatch {
    deadlines: Deadlines,
    /// When the prompt was posted; later by every wait for a person.
    started: Option<Duration>,
    /// Since when the server is waited for once more.
    waiting: Option<Duration>,
    /// When the server began to work on it.
    admitted: Option<Duration>,
    spoken: bool,
    progressed: Duration,
    blocked: Option<Duration>,
}

impl DeadlineWatch {
    pub(super) const fn new(deadlines: Deadlines) -> Self {
        Self {
            deadlines,
            started: None,
            waiting: None,
            admitted: None,
            spoken: false,
            progressed: Duration::ZERO,
            blocked: None,
        }
    }

    pub(super) const fn start(&mut self, now: Duration) {
        if self.started.is_none() {
            self.started = Some(now);
            self.progressed = now;
        }
    }

    pub(super) fn admit(&mut self, now: Duration) {
        self.admitted.get_or_insert(now);
    }

    /// Begins again to wait for the server: it does nothing, although it had seemed to work on the prompt.
    pub(super) const fn await_admission(&mut self, since: Duration) {
        if self.admitted.take().is_some() {
            self.waiting = Some(since);
        }
    }

    /// Begins again to wait for the first output: another turn of the session has to end first.
    pub(super) const fn readmit(&mut self, now: Duration) {
        self.admitted = Some(now);
    }

    pub(super) const fn speak(&mut self) {
        self.spoken = true;
    }

    pub(super) const fn progress(&mut self, now: Duration) {
        self.progressed = now;
    }

    /// Begins or ends a wait for a person: the other limits count on from where they were.
    pub(super) fn set_blocked(&mut self, blocked: bool, now: Duration) {
        match (self.blocked, blocked) {
            (None, true) => self.blocked = Some(now),
            (Some(since), false) => {
                let pause = now.saturating_sub(since);
                // What happened during the wait counts from its end.
                let shift = |at: Duration| at.saturating_add(pause).min(now);
                self.started = self.started.map(shift);
                self.waiting = self.waiting.map(shift);
                self.admitted = self.admitted.map(shift);
                self.progressed = shift(self.progressed);
                self.blocked = None;
            }
            _ => {}
        }
    }

    /// The next limit and when it passes.
    pub(super) fn next(&self) -> Option<(Duration, Expired)> {
        let started = self.started?;
        if let Some(since) = self.blocked {
            return self.deadlines.human.map(|limit| (since + limit, Expired::Human));
        }
        let after = |from: Duration, length: Option<Duration>, limit| {
            length.map(|length| (from.saturating_add(length), Expired::Limit(limit)))
        };
        let phase = match self.admitted {
            None => after(self.waiting.unwrap_or(started), self.deadlines.admission, Limit::Admission),
            Some(admitted) if !self.spoken => {
                after(admitted, self.deadlines.first_output, Limit::FirstOutput)
            }
            Some(_) => after(self.progressed, self.deadlines.progress, Limit::Progress),
        };
        let total = after(started, self.deadlines.total, Limit::Total);
        phase.into_iter().chain(total).min_by_key(|(at, _)| *at)
    }

    pub(super) fn expired(&self, now: Duration) -> Option<Expired> {
        self.next().filter(|(at, _)| *at <= now).map(|(_, expired)| expired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn each_phase_has_its_limit() {
        let mut watch = DeadlineWatch::new(Deadlines::default());
        assert_eq!(watch.next(), None);
        watch.start(seconds(10));
        assert_eq!(watch.next(), Some((seconds(40), Expired::Limit(Limit::Admission))));
        watch.admit(seconds(12));
        assert_eq!(watch.next(), Some((seconds(192), Expired::Limit(Limit::FirstOutput))));
        watch.speak();
        watch.progress(seconds(3000));
        assert_eq!(watch.next(), Some((seconds(3600), Expired::Limit(Limit::Progress))));
        watch.progress(seconds(3500));
        assert_eq!(watch.next(), Some((seconds(3610), Expired::Limit(Limit::Total))));
        assert_eq!(watch.expired(seconds(3609)), None);
        assert_eq!(watch.expired(seconds(3610)), Some(Expired::Limit(Limit::Total)));
    }

    #[test]
    fn waiting_for_a_person_pauses_the_others() {
        let mut watch = DeadlineWatch::new(Deadlines { human: Some(seconds(5000)), ..Deadlines::default() });
        watch.start(seconds(0));
        watch.admit(seconds(1));
        watch.speak();
        watch.progress(seconds(100));
        watch.set_blocked(true, seconds(200));
        assert_eq!(watch.next(), Some((seconds(5200), Expired::Human)));
        watch.set_blocked(false, seconds(4200));
        assert_eq!(watch.next(), Some((seconds(4700), Expired::Limit(Limit::Progress))));
    }

    #[test]
    fn what_happens_during_a_wait_counts_from_its_end() {
        let mut watch = DeadlineWatch::new(Deadlines::default());
        watch.start(seconds(0));
        watch.admit(seconds(1));
        watch.speak();
        watch.set_blocked(true, seconds(200));
        // The answer itself is a sign of life, and comes before the end of the wait is noticed.
        watch.progress(seconds(3000));
        watch.set_blocked(false, seconds(3000));
        assert_eq!(watch.next(), Some((seconds(3600), Expired::Limit(Limit::Progress))));
    }
}
