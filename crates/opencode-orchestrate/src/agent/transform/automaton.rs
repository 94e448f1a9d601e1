//! Finds many strings at once in a text that comes byte by byte.

use std::collections::VecDeque;

/// The strings that are looked for, as a trie whose nodes know where to go on when a string does not.
///
/// It is the automaton of Aho and Corasick. There are well-kept ones, but none of them tells what this is for: how much
/// of the text seen last may be the beginning of a string, and so has to be held back.
pub(super) struct Automaton {
    nodes: Vec<Node>,
    /// Where each byte leads from the root.
    roots: Box<[u32; 256]>,
}

#[derive(Default)]
struct Node {
    /// Where bytes lead, by byte. Not filled for the root.
    next: Vec<(u8, u32)>,
    /// The longest other end of what was read that is the beginning of a string.
    fallback: u32,
    /// How much was read since the root: as much may be the beginning of a string.
    depth: u32,
    /// The longest string that ends here; 0 where none does.
    longest: u32,
}

/// Where a text begins.
pub(super) const ROOT: u32 = 0;

impl Automaton {
    /// Looks for those strings. Empty ones are not looked for.
    pub(super) fn new<'a>(strings: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut automaton = Self { nodes: vec![Node::default()], roots: Box::new([ROOT; 256]) };
        for string in strings {
            automaton.insert(string);
        }
        automaton.link();
        automaton
    }

    fn insert(&mut self, string: &[u8]) {
        let mut at = ROOT;
        for &byte in string {
            at = match self.child(at, byte) {
                Some(child) => child,
                None => self.add(at, byte),
            };
        }
        let node = &mut self.nodes[at as usize];
        node.longest = node.depth;
    }

    fn add(&mut self, parent: u32, byte: u8) -> u32 {
        let child = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let depth = self.nodes[parent as usize].depth + 1;
        self.nodes.push(Node { depth, ..Node::default() });
        if parent == ROOT {
            self.roots[usize::from(byte)] = child;
        } else {
            self.nodes[parent as usize].next.push((byte, child));
        }
        child
    }

    /// Links each node to its fallback, those nearest to the root first, because the others lean on them.
    fn link(&mut self) {
        let mut line: VecDeque<u32> = self.roots.iter().copied().filter(|&child| child != ROOT).collect();
        while let Some(at) = line.pop_front() {
            for (byte, child) in self.nodes[at as usize].next.clone() {
                let fallback = self.step(self.nodes[at as usize].fallback, byte);
                let longest = self.nodes[fallback as usize].longest;
                let node = &mut self.nodes[child as usize];
                node.fallback = fallback;
                node.longest = node.longest.max(longest);
                line.push_back(child);
            }
        }
    }

    fn child(&self, at: u32, byte: u8) -> Option<u32> {
        if at == ROOT {
            return Some(self.roots[usize::from(byte)]).filter(|&child| child != ROOT);
        }
        self.nodes[at as usize].next.iter().find(|(known, _)| *known == byte).map(|(_, child)| *child)
    }

    /// Where the next byte leads. Falls back no further than was read, so a text costs its length.
    pub(super) fn step(&self, mut at: u32, byte: u8) -> u32 {
        loop {
            match self.child(at, byte) {
                Some(child) => return child,
                None if at == ROOT => return ROOT,
                None => at = self.nodes[at as usize].fallback,
            }
        }
    }

    /// How many of the last bytes may be the beginning of a string.
    pub(super) fn depth(&self, at: u32) -> usize {
        self.nodes[at as usize].depth as usize
    }

    /// How many of the last bytes are the longest string that ends here.
    pub(super) fn longest(&self, at: u32) -> Option<usize> {
        Some(self.nodes[at as usize].longest as usize).filter(|&longest| longest > 0)
    }

    /// Whether a string begins with that byte.
    pub(super) fn begins(&self, byte: u8) -> bool {
        self.roots[usize::from(byte)] != ROOT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After each byte of a text: how much of it may be a beginning, and the longest string that has ended.
    fn walk(strings: &[&str], text: &str) -> Vec<(usize, usize)> {
        let automaton = Automaton::new(strings.iter().map(|string| string.as_bytes()));
        let mut at = ROOT;
        text.bytes()
            .map(|byte| {
                at = automaton.step(at, byte);
                (automaton.depth(at), automaton.longest(at).unwrap_or(0))
            })
            .collect()
    }

    #[test]
    fn beginnings_and_ends_are_known_at_every_byte() {
        assert_eq!(
            walk(&["he", "she", "hers", ""], "ushers"),
            [(0, 0), (1, 0), (2, 0), (3, 3), (3, 0), (4, 4)]
        );
        assert_eq!(walk(&["aab", "a"], "aaab"), [(1, 1), (2, 1), (2, 1), (3, 3)]);
        assert_eq!(walk(&["abcd", "bc"], "abcx"), [(1, 0), (2, 0), (3, 2), (0, 0)]);
    }
}
