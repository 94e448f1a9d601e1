//! What is known of a version of the server.

use std::fmt;

use super::ServerVersion;
use super::proven::PROVEN;

/// What is known of a server's version: whether this version of the crate was tried on it.
///
/// Every version is worked with as well as can be. What was tried, and what does not work on which version, is listed
/// in `docs/COMPATIBILITY.md` of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Standing {
    /// It was tried on this very version.
    Proven,
    /// It was tried on an older version and on a newer one.
    Between {
        /// The next older one.
        older: ServerVersion,
        /// The next newer one.
        newer: ServerVersion,
    },
    /// It is newer than every version that was tried.
    Newer {
        /// The newest that was tried.
        newest: ServerVersion,
    },
    /// It is older than every version that was tried.
    Older {
        /// The oldest that was tried.
        oldest: ServerVersion,
    },
    /// It is not written in numbers, as that of a local build.
    Unnumbered,
}

impl Standing {
    /// What is known of a version; `None` is one that is not written in numbers.
    #[must_use]
    pub fn of(version: Option<ServerVersion>) -> Self {
        let Some(version) = version else { return Self::Unnumbered };
        let newer = PROVEN.partition_point(|tried| *tried < version);
        match (newer.checked_sub(1).and_then(|older| PROVEN.get(older)), PROVEN.get(newer)) {
            (_, Some(tried)) if *tried == version => Self::Proven,
            (Some(older), Some(newer)) => Self::Between { older: *older, newer: *newer },
            (Some(newest), None) => Self::Newer { newest: *newest },
            (None, Some(oldest)) => Self::Older { oldest: *oldest },
            (None, None) => Self::Unnumbered,
        }
    }

    /// Whether the crate was tried on this very version.
    #[must_use]
    pub const fn is_proven(&self) -> bool {
        matches!(self, Self::Proven)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven => formatter.write_str("proven"),
            Self::Between { older, newer } => write!(formatter, "unproven: between {older} and {newer}"),
            Self::Newer { newest } => {
                write!(formatter, "unproven: newer than {newest}, the newest that was tried")
            }
            Self::Older { oldest } => {
                write!(formatter, "unproven: older than {oldest}, the oldest that was tried")
            }
            Self::Unnumbered => formatter.write_str("unproven: not a version in numbers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_were_tried_are_in_order_and_proven() {
        assert!(PROVEN.is_sorted(), "{PROVEN:?}");
        for version in PROVEN {
            assert_eq!(Standing::of(Some(*version)), Standing::Proven, "{version}");
        }
    }

    #[test]
    fn a_version_that_was_not_tried_says_what_is_near_it() {
        let (oldest, newest) = (PROVEN[0], PROVEN[PROVEN.len() - 1]);
        let next = ServerVersion { patch: newest.patch + 1, ..newest };
        assert_eq!(Standing::of(Some(next)), Standing::Newer { newest });
        assert!(Standing::of(Some(next)).to_string().contains("unproven: newer than"));
        assert_eq!(Standing::of(Some((0, 1, 0).into())), Standing::Older { oldest });
        assert_eq!(Standing::of(None), Standing::Unnumbered);
        let between = PROVEN.windows(2).find(|pair| pair[0].minor != pair[1].minor);
        if let Some([older, newer]) = between {
            let version = ServerVersion { patch: older.patch + 1, ..*older };
            assert_eq!(Standing::of(Some(version)), Standing::Between { older: *older, newer: *newer });
        }
    }
}
