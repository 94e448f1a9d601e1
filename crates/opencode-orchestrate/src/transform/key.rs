//! The secrets by which the host knows what it has rendered.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretBox};

use super::stamp::Claim;

/// A secret by which the host knows what it has rendered. It is kept out of `Debug`, and overwritten when it is dropped.
///
/// Whoever knows it can make a browser show anything in the host's name. Turns are counted by store, so give each store
/// a key of its own.
#[derive(Clone)]
pub struct StampKey(Arc<SecretBox<[u8; 32]>>);

impl StampKey {
    /// Takes 32 random bytes that only the host knows.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::init_with(|| key)))
    }

    pub(super) fn stamp(&self, claim: &Claim<'_>) -> blake3::Hash {
        blake3::keyed_hash(self.0.expose_secret(), &claim.encoded())
    }
}

impl fmt::Debug for StampKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StampKey(..)")
    }
}

/// The key that stamps, and older ones whose stamps still count.
///
/// To change the key, add the new one everywhere as an older one first, then make it the current one, and leave the old
/// one out once nothing that it has stamped has to be shown any more.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::transform::{StampKey, StampKeys};
///
/// # let (this_year, last_year) = ([2; 32], [1; 32]);
/// let keys = StampKeys::new(StampKey::new(this_year)).with_older(StampKey::new(last_year));
/// ```
#[derive(Debug, Clone)]
pub struct StampKeys {
    current: StampKey,
    older: Vec<StampKey>,
}

impl StampKeys {
    /// One key that stamps, and whose stamps alone count.
    #[must_use]
    pub const fn new(current: StampKey) -> Self {
        Self { current, older: Vec::new() }
    }

    /// Adds a key that stamps nothing, and whose stamps count.
    #[must_use]
    pub fn with_older(mut self, key: StampKey) -> Self {
        self.older.push(key);
        self
    }

    pub(super) fn stamp(&self, claim: &Claim<'_>) -> blake3::Hash {
        self.current.stamp(claim)
    }

    /// Whether one of the keys has stamped a claim. How long it takes tells nothing about the right stamp.
    pub(super) fn verify(&self, claim: &Claim<'_>, stamp: blake3::Hash) -> bool {
        std::iter::once(&self.current).chain(&self.older).any(|key| key.stamp(claim) == stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_not_printed() {
        let keys = StampKeys::new(StampKey::new([7; 32])).with_older(StampKey::new([8; 32]));
        insta::assert_snapshot!(format!("{keys:?}"), @"StampKeys { current: StampKey(..), older: [StampKey(..)] }");
    }
}
