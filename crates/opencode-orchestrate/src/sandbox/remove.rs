//! Taking a file away.

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use opencode_store::artifact::ArtifactName;

use super::facts::{Facts, Identity, Kind};
use super::parent::parent;
use super::{Refusal, Refused};

/// Takes away a file or a link; if it has to be a certain one, no other.
pub(super) fn remove(root: &Dir, name: &ArtifactName, only: Option<Identity>) -> Result<bool, Refused> {
    let removed = parent(root, name).and_then(|(folder, file_name)| {
        let found = folder.symlink_metadata(file_name).map_err(|error| Refusal::of(&error))?;
        let found = Facts::of(&found);
        if only.is_some_and(|only| only != found.identity) {
            return Err(Refusal::NotThere);
        }
        if found.kind == Kind::Folder {
            return Err(Refusal::Folder);
        }
        folder.remove_file_or_symlink(file_name).map_err(|error| Refusal::of(&error))
    });
    match removed {
        Ok(()) => Ok(true),
        Err(Refusal::NotThere) => Ok(false),
        Err(why) => Err(Refused::new(name.as_str(), why)),
    }
}
