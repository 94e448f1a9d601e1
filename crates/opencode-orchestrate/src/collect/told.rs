//! The files that tools say, with the names that they get.

use std::collections::HashSet;

use bytes::Bytes;
use opencode_store::artifact::ArtifactName;
use opencode_wire::reply::Reply;

use super::CollectFrom;
use crate::exchange::DropReason;
use crate::exchange::attached::attachments;
use crate::exchange::changes::changed_files;
use crate::file_name::safe_name;
use crate::sandbox::name_of;

/// A file as tools say it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) place: Place,
    /// As people are shown it.
    pub(super) shown: String,
    /// What is in it, as far as calls say that.
    pub(super) said: Result<Bytes, DropReason>,
}

/// Where a file is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Under this name in the folder of the agent.
    Folder(ArtifactName),
    /// Elsewhere, or nowhere but in the call. It gets a name that begins like this, and that no other file has.
    Elsewhere(String),
}

/// The files that tools say, in the order in which they were changed last, then what tools have returned.
pub(super) fn told(reply: &Reply, from: &CollectFrom<'_>, max_file_bytes: u64) -> Vec<Told> {
    let place_of = |path: &str, name: &str| {
        let in_folder = match (from.sandbox, from.directory) {
            (Some(sandbox), _) => sandbox.name_of(path),
            (None, Some(directory)) => name_of(directory.as_ref(), path),
            (None, None) => None,
        };
        in_folder.map_or_else(|| Place::Elsewhere(safe_name(name)), Place::Folder)
    };
    let changed = changed_files(reply).into_iter().map(|file| Told {
        place: place_of(&file.path, file.name()),
        said: file.said().and_then(|bytes| DropReason::unless_larger(bytes, max_file_bytes)),
        shown: file.shown,
    });
    let attached = attachments(reply).into_iter().map(|file| Told {
        place: Place::Elsewhere(safe_name(&file.name)),
        said: file.bytes(max_file_bytes),
        shown: file.name,
    });
    once(changed.chain(attached).collect())
}

/// Each name once, as it was said last: an agent may say one path in two ways.
fn once(mut told: Vec<Told>) -> Vec<Told> {
    let mut known = HashSet::new();
    told.reverse();
    told.retain(|told| match &told.place {
        Place::Folder(name) => known.insert(name.clone()),
        Place::Elsewhere(_) => true,
    });
    told.reverse();
    told
}
