//! How a text that was told in pieces is reconciled with a text that is told whole.

/// What a snapshot means for the text that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reconciled<'a> {
    /// It says nothing new.
    Same,
    /// It is older than what is known, and says nothing.
    Stale,
    /// It continues what is known.
    Grew(&'a str),
    /// It contradicts what is known; the snapshot is right.
    Replaced,
}

/// Compares a snapshot with the text that is known.
///
/// A snapshot that is not final and shorter than the known text is the beginning told again: servers send one
/// before the first delta, and messages fetched in the middle of a turn show the text as it was when it began.
/// A final one is right whatever it says, because providers lose the last deltas and servers trim.
pub(super) fn reconcile<'a>(known: &str, snapshot: &'a str, is_final: bool) -> Reconciled<'a> {
    match snapshot.strip_prefix(known) {
        Some("") => Reconciled::Same,
        Some(rest) => Reconciled::Grew(rest),
        None if !is_final && known.starts_with(snapshot) => Reconciled::Stale,
        None => Reconciled::Replaced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case() {
        assert_eq!(reconcile("", "", false), Reconciled::Same);
        assert_eq!(reconcile("ab", "ab", true), Reconciled::Same);
        assert_eq!(reconcile("ab", "abc", false), Reconciled::Grew("c"));
        assert_eq!(reconcile("ab", "abc", true), Reconciled::Grew("c"));
        assert_eq!(reconcile("ab", "", false), Reconciled::Stale);
        assert_eq!(reconcile("ab ", "ab", true), Reconciled::Replaced);
        assert_eq!(reconcile("ab", "xy", false), Reconciled::Replaced);
    }
}
