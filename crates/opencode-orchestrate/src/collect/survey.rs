//! Which files there are: what tools say and what is in the folder, as one list.

use std::collections::{HashMap, HashSet};

use opencode_store::artifact::ArtifactName;

use super::candidate::{Candidate, Content};
use super::told::{Place, Told, told};
use super::{CollectFrom, Collected, WhyLeftOut};
use crate::exchange::DropReason;
use crate::file_name::NameSet;
use crate::sandbox::{FoundFile, ListOptions, Listing, Refusal, Sandbox, SandboxError};

/// What the folder says.
#[derive(Debug, Default)]
struct Found {
    listing: Listing,
    /// The sizes of files that tools say to be there.
    asked: HashMap<ArtifactName, Result<u64, Refusal>>,
}

/// The files of a turn, each once: those that tools say, and then those that are in the folder besides.
///
/// A file that is in the folder is had from there: whatever wrote it last, that is it. The rest is as tools say it.
pub(super) async fn survey(
    from: &CollectFrom<'_>,
    listing: ListOptions,
    max_file_bytes: u64,
    collected: &mut Collected,
) -> Vec<Candidate> {
    let limit = from.sandbox.map_or(max_file_bytes, Sandbox::max_file_bytes);
    let mut told = from.reply.map(|reply| told(reply, from, limit)).unwrap_or_default();
    told.retain(|told| match &told.place {
        Place::Folder(name) => listing.wants(name),
        Place::Elsewhere(_) => true,
    });
    let found = match from.sandbox {
        Some(sandbox) => match look(sandbox, listing, &told).await {
            Ok(found) => found,
            Err(error) => {
                collected.leave_out(sandbox.path().to_string_lossy(), error.into());
                Found::default()
            }
        },
        None => Found::default(),
    };
    merge(told, found, collected)
}

/// Looks into the folder.
async fn look(sandbox: &Sandbox, listing: ListOptions, told: &[Told]) -> Result<Found, SandboxError> {
    let names: Vec<ArtifactName> = told
        .iter()
        .filter_map(|told| match &told.place {
            Place::Folder(name) => Some(name.clone()),
            Place::Elsewhere(_) => None,
        })
        .collect();
    let (sandbox, path) = (sandbox.clone(), sandbox.path().to_owned());
    let looked = tokio::task::spawn_blocking(move || {
        let listing = sandbox.list(&listing)?;
        let size = |name: &ArtifactName| match sandbox.file(name) {
            Ok(file) => Ok(file.size()),
            Err(refused) => Err(refused.why),
        };
        let asked = names.into_iter().map(|name| (name.clone(), size(&name))).collect();
        Ok(Found { listing, asked })
    });
    looked.await.map_err(|error| SandboxError::Io {
        doing: "reading",
        path,
        source: std::io::Error::other(error),
    })?
}

fn merge(told: Vec<Told>, found: Found, collected: &mut Collected) -> Vec<Candidate> {
    let Found { listing, mut asked } = found;
    let known: HashSet<String> = asked.keys().map(ToString::to_string).collect();
    let mut candidates = Vec::new();
    let mut elsewhere = Vec::new();
    for Told { place, shown, said } in told {
        let name = match place {
            Place::Folder(name) => name,
            Place::Elsewhere(name) => {
                elsewhere.push((name, shown, said));
                continue;
            }
        };
        let content = match (asked.remove(&name), said) {
            (Some(Ok(size)), _) => Ok((size, Content::InSandbox)),
            // It is there, and what a call has said may be older.
            (Some(Err(why @ Refusal::TooLarge { .. })), _) => Err(why.into()),
            (_, Ok(bytes)) => Ok((bytes.len() as u64, Content::Said(bytes))),
            (Some(Err(why)), Err(_)) => Err(WhyLeftOut::Dropped(DropReason::of(why))),
            (None, Err(reason)) => Err(WhyLeftOut::Dropped(reason)),
        };
        match content {
            Ok((size, content)) => candidates.push(Candidate { name, size, content }),
            Err(why) => collected.leave_out(shown, why),
        }
    }
    candidates.extend(listed(listing.files, &known));
    for refused in listing.skipped.into_iter().filter(|refused| !known.contains(&refused.name)) {
        collected.leave_out(refused.name, refused.why.into());
    }
    collected.left_out_more += listing.skipped_more;
    // The files of the folder keep their names.
    let mut names = NameSet::default();
    for candidate in &candidates {
        names.take(candidate.name.as_str());
    }
    for (name, shown, said) in elsewhere {
        match said {
            // A name that is safe is one.
            Ok(bytes) => candidates.extend(names.take_free(&name).parse().map(|name| Candidate {
                name,
                size: bytes.len() as u64,
                content: Content::Said(bytes),
            })),
            Err(reason) => collected.leave_out(shown, WhyLeftOut::Dropped(reason)),
        }
    }
    candidates
}

/// The files of the folder that no tool has said, those with the fewest folders above them first.
fn listed(mut files: Vec<FoundFile>, known: &HashSet<String>) -> impl Iterator<Item = Candidate> {
    files.retain(|file| !known.contains(file.name.as_str()));
    // The order of the names is kept among those of one depth.
    files.sort_by_key(|file| file.name.as_str().matches('/').count());
    files.into_iter().map(|file| Candidate { name: file.name, size: file.size, content: Content::InSandbox })
}
