//! The names of files that are side by side.

use std::collections::HashSet;

use super::{folded, numbered};

/// The names of files that are side by side, of which no file system takes two for one.
#[derive(Debug, Default)]
pub(crate) struct NameSet(HashSet<String>);

impl NameSet {
    /// Takes a name. `false` when another file has it.
    pub(crate) fn take(&mut self, name: &str) -> bool {
        self.0.insert(folded(name))
    }

    /// Takes a name, or the first numbered one that no other file has.
    pub(crate) fn take_free(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        let mut number = 1;
        while !self.take(&free) {
            number += 1;
            free = numbered(name, number);
        }
        free
    }
}
