//! Whether a worktree may go, decided without IO.

use std::fmt;
use std::time::Duration;

use super::{Risk, WorktreeError};

/// What is known of a folder where worktrees are.
#[derive(Debug)]
pub(super) struct Facts {
    /// Whether git knows it as a worktree, and it was made here.
    pub(super) is_ours: bool,
    /// Whether a session that lives names it.
    pub(super) is_live: bool,
    /// How long ago somebody asked for it; none when that is not known.
    pub(super) age: Option<Duration>,
    pub(super) looked: Looked,
}

/// What is known of what would be lost.
#[derive(Debug)]
pub(super) enum Looked {
    /// Nobody has looked yet, because it costs the most.
    NotYet,
    /// This.
    Found(Risk),
    /// Somebody has looked, and it could not be told.
    Failed(WorktreeError),
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Verdict {
    Keep(Why),
    /// Look at what would be lost.
    Look,
    Remove,
}

/// Why a folder is kept.
#[derive(Debug)]
#[non_exhaustive]
pub enum Why {
    /// It is no worktree that was made here.
    NotOurs,
    /// A session that lives names it.
    Live,
    /// Somebody has asked for it not long ago; none when it is not known when.
    Young(Option<Duration>),
    /// Something would be lost.
    AtRisk(Risk),
    /// It cannot be told what would be lost, or it cannot be removed.
    Unknown(WorktreeError),
}

/// Decides about a folder. It goes only when everything is known, and speaks for it.
pub(super) fn judge(facts: Facts, orphaned_after: Duration) -> Verdict {
    if !facts.is_ours {
        return Verdict::Keep(Why::NotOurs);
    }
    if facts.is_live {
        return Verdict::Keep(Why::Live);
    }
    if facts.age.is_none_or(|age| age < orphaned_after) {
        return Verdict::Keep(Why::Young(facts.age));
    }
    match facts.looked {
        Looked::NotYet => Verdict::Look,
        Looked::Failed(error) => Verdict::Keep(Why::Unknown(error)),
        Looked::Found(risk) if risk.is_at_risk() => Verdict::Keep(Why::AtRisk(risk)),
        Looked::Found(_) => Verdict::Remove,
    }
}

impl fmt::Display for Why {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOurs => formatter.write_str("it was not made here"),
            Self::Live => formatter.write_str("its session lives"),
            Self::Young(Some(age)) => write!(formatter, "it was asked for {} seconds ago", age.as_secs()),
            Self::Young(None) => formatter.write_str("it is not known when it was asked for"),
            Self::AtRisk(risk) => write!(formatter, "something would be lost: {risk}"),
            Self::Unknown(error) => error.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Operation;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn facts() -> Facts {
        Facts { is_ours: true, is_live: false, age: Some(HOUR), looked: Looked::Found(Risk::default()) }
    }

    fn kept(facts: Facts) -> String {
        match judge(facts, HOUR) {
            Verdict::Keep(why) => why.to_string(),
            verdict => panic!("{verdict:?}"),
        }
    }

    #[test]
    fn what_nobody_needs_goes() {
        assert!(matches!(judge(facts(), HOUR), Verdict::Remove));
    }

    #[test]
    fn each_reason_alone_keeps_it() {
        assert_eq!(kept(Facts { is_ours: false, ..facts() }), "it was not made here");
        assert_eq!(kept(Facts { is_live: true, ..facts() }), "its session lives");
        let age = Some(Duration::from_millis(3_599_999));
        assert_eq!(kept(Facts { age, ..facts() }), "it was asked for 3599 seconds ago");
        assert_eq!(kept(Facts { age: None, ..facts() }), "it is not known when it was asked for");
        let looked = Looked::Found(Risk { untracked: 1, ..Risk::default() });
        assert_eq!(
            kept(Facts { looked, ..facts() }),
            "something would be lost: 1 file that git does not know"
        );
        let looked = Looked::Failed(WorktreeError::Broken { path: "/w".into() });
        assert!(kept(Facts { looked, ..facts() }).contains("/w"));
    }

    #[test]
    fn nobody_looks_at_what_is_kept_anyway() {
        let not_yet = || Facts { looked: Looked::NotYet, ..facts() };
        assert!(matches!(judge(not_yet(), HOUR), Verdict::Look));
        assert!(matches!(judge(Facts { is_live: true, ..not_yet() }, HOUR), Verdict::Keep(Why::Live)));
        assert!(matches!(judge(Facts { age: None, ..not_yet() }, HOUR), Verdict::Keep(Why::Young(None))));
    }

    fn risks() -> impl Strategy<Value = Risk> {
        let operation = proptest::option::of(Just(Operation::Merge));
        (0..2_usize, 0..2_usize, 0..2_u64, operation, any::<[bool; 2]>()).prop_map(
            |(changed, untracked, commits, operation, [is_locked, has_submodules])| Risk {
                changed,
                untracked,
                commits,
                operation,
                is_locked,
                has_submodules,
                ..Risk::default()
            },
        )
    }

    fn looks() -> impl Strategy<Value = Option<Option<Risk>>> {
        proptest::option::of(proptest::option::of(risks()))
    }

    proptest! {
        /// Whatever is known: nothing dirty, live, young, unknown or of somebody else is ever removed.
        #[test]
        fn nothing_is_removed_that_somebody_may_miss(
            is_ours: bool,
            is_live: bool,
            age in proptest::option::of(0..4_u64),
            limit in 0..4_u64,
            found in looks(),
        ) {
            let (age, limit) = (age.map(Duration::from_secs), Duration::from_secs(limit));
            let may_go = is_ours
                && !is_live
                && age.is_some_and(|age| age >= limit)
                && matches!(&found, Some(Some(risk)) if *risk == Risk::default());
            let looked = match found {
                None => Looked::NotYet,
                Some(None) => Looked::Failed(WorktreeError::Broken { path: "/w".into() }),
                Some(Some(risk)) => Looked::Found(risk),
            };
            let is_removed = matches!(judge(Facts { is_ours, is_live, age, looked }, limit), Verdict::Remove);
            prop_assert_eq!(is_removed, may_go);
        }
    }
}
