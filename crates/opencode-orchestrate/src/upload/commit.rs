//! Giving the files of a set their names: all of them, or none.

use opencode_store::artifact::ArtifactName;

use super::names::Names;
use super::receive::Received;
use super::{UploadError, UploadedFile};
use crate::sandbox::{Identity, Sandbox, SandboxError};

/// Gives all of them their names. What can be known before anything is replaced is looked at before.
pub(super) fn commit(sandbox: &Sandbox, mut received: Vec<Received>) -> Result<Committed, UploadError> {
    sandbox.verify()?;
    let mut naming = Names::default();
    for wanted in received.iter().filter_map(|received| received.wanted.as_ref()) {
        naming.take(wanted)?;
    }
    let mut names = Vec::with_capacity(received.len());
    for received in &mut received {
        let name = match &received.wanted {
            Some(wanted) => wanted.clone(),
            None => naming.free(&received.original)?,
        };
        received.file().set_name(&name);
        received.file().check_place().map_err(SandboxError::from)?;
        names.push(name);
    }
    let mut committed = Committed::new(sandbox);
    for (received, name) in received.into_iter().zip(names) {
        committed.add(received, name, &mut naming)?;
    }
    Ok(committed)
}

/// Files that have their names. Dropped without [`keep`](Self::keep), those that were not there before are gone again.
#[derive(Debug)]
pub(super) struct Committed {
    sandbox: Sandbox,
    files: Vec<UploadedFile>,
    identities: Vec<Identity>,
    /// Those that were not there before.
    new: Vec<(ArtifactName, Identity)>,
}

impl Committed {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        Self { sandbox: sandbox.clone(), files: Vec::new(), identities: Vec::new(), new: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        mut received: Received,
        mut name: ArtifactName,
        names: &mut Names,
    ) -> Result<(), UploadError> {
        let mut place = received.file().in_its_place();
        // A file system may take two names for one that are different here: a file never replaces one of its own set.
        while place.is_some_and(|found| self.identities.contains(&found)) {
            if received.wanted.is_some() {
                return Err(UploadError::NameTaken { name: name.to_string() });
            }
            name = names.free(&received.original)?;
            received.file().set_name(&name);
            place = received.file().in_its_place();
        }
        let identity = received.file().identity();
        let identity = identity.map_err(|error| received.file().failure(error))?;
        if place.is_none() {
            self.new.push((name.clone(), identity));
        }
        let (uploaded, file) = received.named(name);
        file.commit()?;
        self.identities.push(identity);
        self.files.push(uploaded);
        Ok(())
    }

    pub(super) fn keep(mut self) -> Vec<UploadedFile> {
        self.new.clear();
        std::mem::take(&mut self.files)
    }
}

impl Drop for Committed {
    fn drop(&mut self) {
        for (name, identity) in &self.new {
            let _gone = self.sandbox.remove_only(name, *identity);
        }
    }
}
