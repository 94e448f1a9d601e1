//! What a worker is at, and which scopes it turns to next.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use opencode_store::turn::Lease;

/// The turns that a worker is at, by the tasks that carry them.
#[derive(Debug)]
pub(super) struct Load<K> {
    turns: HashMap<K, (String, Lease)>,
}

impl<K: Hash + Eq> Load<K> {
    pub(super) fn new() -> Self {
        Self { turns: HashMap::new() }
    }

    pub(super) fn begin(&mut self, task: K, scope: String, lease: Lease) {
        self.turns.insert(task, (scope, lease));
    }

    pub(super) fn end(&mut self, task: &K) {
        self.turns.remove(task);
    }

    pub(super) fn len(&self) -> usize {
        self.turns.len()
    }

    pub(super) fn into_leases(self) -> impl Iterator<Item = Lease> {
        self.turns.into_values().map(|(_, lease)| lease)
    }

    /// Which scopes are left out in one claim after the other, until one gives a turn: first all that have turns here,
    /// then those that have more than the fewest, and so on. So no scope gets a second place while another waits for
    /// its first. Scopes that have as many as they may are always left out.
    pub(super) fn rounds(&self, most: usize) -> Vec<Vec<String>> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (scope, _) in self.turns.values() {
            *counts.entry(scope).or_default() += 1;
        }
        let mut levels: BTreeSet<usize> = counts.values().copied().filter(|count| *count < most).collect();
        levels.insert(0);
        let beyond = |level: usize| {
            let scopes = counts.iter().filter(move |(_, count)| **count > level);
            scopes.map(|(scope, _)| (*scope).to_owned()).collect()
        };
        levels.into_iter().map(beyond).collect()
    }
}

#[cfg(test)]
mod tests {
    use opencode_store::turn::TurnId;

    use super::*;

    fn load(scopes: &[&str]) -> Load<usize> {
        let mut load = Load::new();
        for (task, scope) in scopes.iter().enumerate() {
            load.begin(task, (*scope).to_owned(), Lease::new(TurnId::new(1), "worker", 1));
        }
        load
    }

    #[test]
    fn a_worker_without_turns_leaves_nobody_out() {
        assert_eq!(load(&[]).rounds(usize::MAX), [Vec::<String>::new()]);
    }

    #[test]
    fn scopes_with_fewer_turns_come_first() {
        let mut load = load(&["a", "b", "a", "a"]);
        assert_eq!(load.rounds(usize::MAX), [vec!["a", "b"], vec!["a"], vec![]]);
        load.end(&1);
        assert_eq!((load.len(), load.rounds(usize::MAX)), (3, vec![vec!["a".to_owned()], vec![]]));
    }

    #[test]
    fn a_scope_that_has_as_many_as_it_may_is_always_left_out() {
        assert_eq!(load(&["a", "a", "b"]).rounds(2), [vec!["a", "b"], vec!["a"]]);
        assert_eq!(load(&["a", "b"]).rounds(1), [vec!["a", "b"]]);
    }
}
