//! Whether a server is to be started again, decided without IO.

use std::time::Duration;

/// What is known of a server. Instants are durations since an origin that never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether its process has ended.
    pub(super) has_exited: bool,
    /// How many probes in a row had no answer.
    pub(super) failures: u32,
    /// Since when they have none.
    pub(super) failing_since: Option<Duration>,
    /// Whether turns run on it, or it has worked since the last probe: it may be slow, and not dead.
    pub(super) is_busy: bool,
}

/// What is to be done about a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Leave,
    /// It does not answer. It is looked at again before anything is done.
    Wait,
    /// It is to be started again.
    Restart(Why),
}

/// Why a server is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// Its process has ended.
    Exited,
    /// It does not answer, and nothing ran on it.
    Silent,
    /// It does not answer, and was given the time that a busy server gets.
    SilentWhileBusy,
}

/// Decides about a server.
///
/// One probe that goes unanswered says nothing: a server under load misses some. One that does nothing is given up after
/// `threshold` of them, and one that works after `grace` more, because what runs on it ends with it.
pub(super) fn judge(standing: Standing, threshold: u32, grace: Duration, now: Duration) -> Verdict {
    if standing.has_exited {
        return Verdict::Restart(Why::Exited);
    }
    let Some(since) = standing.failing_since.filter(|_| standing.failures > 0) else {
        return Verdict::Leave;
    };
    if standing.failures < threshold {
        return Verdict::Wait;
    }
    if !standing.is_busy {
        return Verdict::Restart(Why::Silent);
    }
    if now.saturating_sub(since) >= grace { Verdict::Restart(Why::SilentWhileBusy) } else { Verdict::Wait }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GRACE: Duration = Duration::from_secs(120);

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn silent(failures: u32, is_busy: bool) -> Standing {
        Standing { has_exited: false, failures, failing_since: Some(seconds(100)), is_busy }
    }

    #[test]
    fn g24_a_server_that_works_is_given_time() {
        for (standing, now, expected) in [
            (silent(1, false), 130, Verdict::Wait),
            (silent(3, false), 130, Verdict::Restart(Why::Silent)),
            (silent(3, true), 130, Verdict::Wait),
            (silent(30, true), 219, Verdict::Wait),
            (silent(30, true), 220, Verdict::Restart(Why::SilentWhileBusy)),
            (Standing { has_exited: true, ..silent(0, true) }, 100, Verdict::Restart(Why::Exited)),
        ] {
            assert_eq!(judge(standing, 3, GRACE, seconds(now)), expected, "{standing:?}");
        }
        let well = Standing { has_exited: false, failures: 0, failing_since: None, is_busy: true };
        assert_eq!(judge(well, 3, GRACE, seconds(100_000)), Verdict::Leave);
    }

    proptest! {
        /// Whatever is known: a process that lives and is busy is never ended within its grace, and no answer is held
        /// against it before the threshold.
        #[test]
        fn g24_nobody_is_ended_early(failures in 0_u32..10, is_busy: bool, waited in 0_u64..300) {
            let verdict = judge(silent(failures, is_busy), 3, GRACE, seconds(100 + waited));
            let is_early = failures < 3 || (is_busy && waited < 120);
            prop_assert!(!is_early || !matches!(verdict, Verdict::Restart(_)));
        }
    }
}
