//! Which directories a server still needs to hold in memory, decided without IO.
//!
//! A server makes an instance for each directory that it hears of, with watchers, language servers and a catalogue of
//! its own, and never lets go of it by itself.

use std::collections::HashMap;
use std::time::Duration;

/// The directories of one server. Instants are durations since an origin that never goes back.
#[derive(Debug, Default)]
pub(super) struct Directories {
    uses: HashMap<String, Use>,
}

#[derive(Debug)]
struct Use {
    count: usize,
    used_at: Duration,
    /// Whether the server is being asked to forget it: nothing is begun in it meanwhile.
    is_closing: bool,
}

impl Directories {
    /// Notes that somebody uses a directory; `false` when it has to be waited for.
    pub(super) fn enter(&mut self, directory: &str, now: Duration) -> bool {
        let entry = Use { count: 0, used_at: now, is_closing: false };
        let entry = self.uses.entry(directory.to_owned()).or_insert(entry);
        if !entry.is_closing {
            entry.count += 1;
        }
        !entry.is_closing
    }

    /// Notes that somebody uses it no longer.
    pub(super) fn leave(&mut self, directory: &str, now: Duration) {
        if let Some(entry) = self.uses.get_mut(directory) {
            entry.count = entry.count.saturating_sub(1);
            entry.used_at = now;
        }
    }

    /// Takes out those that nobody has used for so long. Nobody gets in before [`closed`](Self::closed).
    pub(super) fn close_unused(&mut self, after: Duration, now: Duration) -> Vec<String> {
        let is_due =
            |entry: &Use| entry.count == 0 && !entry.is_closing && now.saturating_sub(entry.used_at) >= after;
        let due = self.uses.iter_mut().filter(|(_, entry)| is_due(entry));
        due.map(|(directory, entry)| {
            entry.is_closing = true;
            directory.clone()
        })
        .collect()
    }

    /// Notes that the server has forgotten a directory, or has not.
    pub(super) fn closed(&mut self, directory: &str, is_forgotten: bool, now: Duration) {
        if is_forgotten {
            self.uses.remove(directory);
        } else if let Some(entry) = self.uses.get_mut(directory) {
            entry.is_closing = false;
            entry.used_at = now;
        }
    }

    /// The server was ended, and has forgotten all.
    pub(super) fn clear(&mut self) {
        self.uses.clear();
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(60);

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn only_what_nobody_uses_is_forgotten_and_nobody_gets_in_meanwhile() {
        let mut directories = Directories::default();
        assert!(
            directories.enter("/a", at(0))
                && directories.enter("/a", at(0))
                && directories.enter("/b", at(0))
        );
        directories.leave("/a", at(10));
        directories.leave("/b", at(10));
        assert!(directories.close_unused(AFTER, at(69)).is_empty(), "not for long enough");
        assert_eq!(directories.close_unused(AFTER, at(70)), ["/b"], "somebody is in the other");
        assert!(directories.close_unused(AFTER, at(70)).is_empty(), "it is on its way");
        assert!(!directories.enter("/b", at(71)), "a turn would be aborted");
        directories.closed("/b", true, at(72));
        assert!(directories.enter("/b", at(73)));
        assert_eq!(directories.len(), 2);
    }

    #[test]
    fn what_could_not_be_forgotten_is_tried_again_later() {
        let mut directories = Directories::default();
        assert!(directories.enter("/a", at(0)));
        directories.leave("/a", at(0));
        assert_eq!(directories.close_unused(AFTER, at(60)), ["/a"]);
        directories.closed("/a", false, at(61));
        assert!(directories.close_unused(AFTER, at(120)).is_empty());
        assert_eq!(directories.close_unused(AFTER, at(121)), ["/a"]);
    }
}
