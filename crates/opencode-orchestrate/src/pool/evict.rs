//! Which servers are ended, decided without IO.

use std::time::Duration;

/// What is known of a local server that runs. Instants are durations since an origin that never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing<'a> {
    pub(super) name: &'a str,
    /// How many use it.
    pub(super) uses: usize,
    /// When somebody used it last.
    pub(super) used_at: Duration,
}

impl Standing<'_> {
    const fn is_idle(&self) -> bool {
        self.uses == 0
    }
}

/// Those that nobody has used for so long.
pub(super) fn idle<'a>(
    standings: &[Standing<'a>],
    after: Duration,
    now: Duration,
) -> impl Iterator<Item = &'a str> {
    let is_due =
        move |standing: &&Standing<'_>| standing.is_idle() && now.saturating_sub(standing.used_at) >= after;
    standings.iter().filter(is_due).map(|standing| standing.name)
}

/// The one that makes room for another: used by nobody, and longest ago. `None` when all are used.
pub(super) fn least_recently_used<'a>(standings: &[Standing<'a>]) -> Option<&'a str> {
    let idle = standings.iter().filter(|standing| standing.is_idle());
    Some(idle.min_by_key(|standing| standing.used_at)?.name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn standing(name: &str, uses: usize, used_at: u64) -> Standing<'_> {
        Standing { name, uses, used_at: Duration::from_secs(used_at) }
    }

    #[test]
    fn what_was_used_longest_ago_goes_first_and_what_is_used_stays() {
        let all = [standing("a", 0, 30), standing("b", 0, 10), standing("c", 1, 0)];
        assert_eq!(least_recently_used(&all), Some("b"));
        let idle: Vec<_> = idle(&all, Duration::from_secs(60), Duration::from_secs(80)).collect();
        assert_eq!(idle, ["b"], "one minute has passed for it, and not for the other");
        assert_eq!(least_recently_used(&[standing("c", 1, 0)]), None);
    }

    proptest! {
        #[test]
        fn a_server_that_is_used_is_never_ended(uses in prop::collection::vec((0_usize..3, 0_u64..100), 0..8), now in 0_u64..500) {
            let names: Vec<String> = (0..uses.len()).map(|number| number.to_string()).collect();
            let all: Vec<_> =
                names.iter().zip(&uses).map(|(name, (uses, at))| standing(name, *uses, *at)).collect();
            let now = Duration::from_secs(now);
            let gone = idle(&all, Duration::from_secs(60), now).chain(least_recently_used(&all));
            for name in gone {
                let number: usize = name.parse().unwrap();
                prop_assert_eq!(uses[number].0, 0);
            }
        }
    }
}
