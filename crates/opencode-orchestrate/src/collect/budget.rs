//! How much more a turn may have.

use std::collections::HashMap;

use opencode_store::artifact::{Artifact, ArtifactName};

use super::WhyLeftOut;

/// How many files and bytes a turn may have, and has.
///
/// What is about to be stored is reserved first, so that what is stored at the same time stays within the limits.
#[derive(Debug)]
pub(super) struct Budget {
    max_files: usize,
    max_bytes: u64,
    /// The sizes of what is stored.
    stored: HashMap<ArtifactName, u64>,
    /// The same of what is about to be.
    reserved: HashMap<ArtifactName, u64>,
}

impl Budget {
    pub(super) fn new(there: &[Artifact], max_files: usize, max_bytes: u64) -> Self {
        let stored = there.iter().map(|artifact| (artifact.name.clone(), artifact.size)).collect();
        Self { max_files, max_bytes, stored, reserved: HashMap::new() }
    }

    /// Takes a place. `false` when there may be one once it is known what becomes of those that are reserved.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(super) fn reserve(&mut self, name: &ArtifactName, size: u64) -> Result<bool, WhyLeftOut> {
        if self.reserved.contains_key(name) {
            return Ok(false);
        }
        let is_new = |others: &HashMap<ArtifactName, u64>| usize::from(!others.contains_key(name));
        let new_reserved = self.reserved.keys().filter(|name| !self.stored.contains_key(*name)).count();
        let files = self.stored.len() + is_new(&self.stored);
        let others: u64 = self.stored.iter().filter(|(other, _)| *other != name).map(|(_, size)| *size).sum();
        let reserved: u64 = self.reserved.values().sum();
        let bytes = others.saturating_add(size);
        if files > self.max_files {
            return Err(WhyLeftOut::TooManyFiles { limit: self.max_files });
        }
        if bytes > self.max_bytes {
            return Err(WhyLeftOut::TooManyBytes { limit: self.max_bytes });
        }
        if files + new_reserved > self.max_files || bytes.saturating_add(reserved) > self.max_bytes {
            return Ok(false);
        }
        self.reserved.insert(name.clone(), size);
        Ok(true)
    }

    /// Gives a place back, or keeps it for what was stored.
    pub(super) fn settle(&mut self, name: &ArtifactName, stored: Option<&Artifact>) {
        self.reserved.remove(name);
        if let Some(artifact) = stored {
            self.stored.insert(name.clone(), artifact.size);
        }
    }
}
