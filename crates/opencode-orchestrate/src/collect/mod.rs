//! From what a turn has left to artifacts that are stored.
//!
//! What tools say and what is in the agent's folder become one list of files, each of which goes one way:
//!
//! ```text
//! the file                                          becomes
//! a transform applies to it                         what the transform renders, under the transform's name
//! its name belongs to a transform, or to the host   nothing: an agent's bytes never get a trusted name
//! it was uploaded, and is as it was                 nothing: it is the person's own
//! anything else                                     an artifact with the same name, unless nobody asked for such
//! ```
//!
//! The last write wins: a file that was changed takes the place of what was stored before. So any number of workers may
//! collect one turn, and again after a failure: what is there already is not stored twice. A file that cannot be had
//! costs that file, and is told with the reason, as is everything that a limit leaves out.

mod attach;
mod budget;
mod candidate;
mod collected;
mod opened;
mod source;
mod survey;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use opencode_store::artifact::{ArtifactName, ArtifactStore};

use self::attach::{Attacher, Done};
use self::budget::Budget;
use self::candidate::Candidate;
pub use self::collected::{Collected, LeftOut, WhyLeftOut};
pub use self::source::CollectFrom;
use self::survey::survey;
use crate::sandbox::{ListOptions, SandboxOptions};
use crate::transform::Transforms;

/// How many files are stored at once: as many as a database may commit together.
const AT_ONCE: usize = 64;

/// How many bytes these have together, unless it is a single one.
const BYTES_AT_ONCE: u64 = 16 * 1024 * 1024;

/// How many artifacts a turn has at most, unless that is set.
const MAX_FILES: usize = 100;

/// How many bytes the artifacts of a turn have at most, unless that is set.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Collects the files of turns. Cheap to clone.
///
/// # Examples
///
/// ```
/// use opencode_orchestrate::collect::{CollectFrom, MessageArtifacts};
/// use opencode_orchestrate::sandbox::Sandbox;
/// # use opencode_store::{Store, session::Subject, turn::Admission};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Store::memory();
/// # let prompt = serde_json::json!("Write a report.").into();
/// # let admission = Admission::new(Subject::new("acme", "1")?, "msg_1".parse()?, prompt);
/// # let turn = store.turns().admit(&admission).await?.turn.id;
/// # let folder = tempfile::tempdir()?;
/// let sandbox = Sandbox::create(folder.path().join("conversation-42"))?;
/// sandbox.write(&"report.md".parse()?, b"# Report")?;
///
/// let files = MessageArtifacts::new(store.artifacts()?);
/// let collected = files.collect(CollectFrom::new(turn).sandbox(&sandbox)).await;
/// assert_eq!(collected.stored[0].name.as_str(), "report.md");
/// for left_out in &collected.left_out {
///     println!("{left_out}: {}", left_out.why);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Where turns are carried by a [`TurnRunner`](crate::turn::TurnRunner), it collects by itself:
/// [`with_files`](crate::turn::TurnRunner::with_files).
#[derive(Debug, Clone)]
pub struct MessageArtifacts {
    artifacts: Arc<dyn ArtifactStore>,
    transforms: Option<Transforms>,
    stores_plain_files: bool,
    max_files: usize,
    max_bytes: u64,
    listing: ListOptions,
    sandbox: SandboxOptions,
}

impl MessageArtifacts {
    /// Collects everything into this place.
    #[must_use]
    pub fn new(artifacts: Arc<dyn ArtifactStore>) -> Self {
        Self {
            artifacts,
            transforms: None,
            stores_plain_files: true,
            max_files: MAX_FILES,
            max_bytes: MAX_BYTES,
            listing: ListOptions::default().recursive(),
            sandbox: SandboxOptions::default(),
        }
    }

    /// Sets what renders some of the files.
    #[must_use]
    pub fn with_transforms(mut self, transforms: Transforms) -> Self {
        self.transforms = Some(transforms);
        self
    }

    /// Stores only what is rendered: files to which no transform applies are passed over unsaid.
    #[must_use]
    pub const fn rendered_only(mut self) -> Self {
        self.stores_plain_files = false;
        self
    }

    /// Sets how many artifacts a turn has at most: 100 unless set. Those that it has already count.
    #[must_use]
    pub const fn with_max_files(mut self, files: usize) -> Self {
        self.max_files = files;
        self
    }

    /// Sets how many bytes the artifacts of a turn have at most, together: 256 MiB unless set.
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets which files of the folder are collected: those in folders too unless set, without hidden ones.
    ///
    /// The patterns are about files that tools say as well. [`CollectFrom::since`] takes the place of the time in it.
    #[must_use]
    pub fn with_listing(mut self, listing: ListOptions) -> Self {
        self.listing = listing;
        self
    }

    /// Sets how the folders of turns are opened that a runner carries, and how many bytes a file has at most.
    #[must_use]
    pub fn with_sandbox_options(mut self, options: SandboxOptions) -> Self {
        self.sandbox = options;
        self
    }

    pub(crate) const fn sandbox_options(&self) -> &SandboxOptions {
        &self.sandbox
    }

    /// Collects the files of a turn.
    ///
    /// Transforms come first, then what tools say, then what is in the folder, the files of the folder itself before
    /// those in folders: so it is the last that a limit leaves out.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves some files stored and others not; each of them whole. Collecting again stores the rest.
    pub async fn collect(&self, from: CollectFrom<'_>) -> Collected {
        let mut collected = Collected::default();
        let there = match self.artifacts.artifacts(from.turn).await {
            Ok(there) => there,
            Err(error) => {
                collected.trouble = Some(error);
                return collected;
            }
        };
        let listing = self.listing.clone();
        let listing = from.since.map_or(listing.clone(), |since| listing.changed_since(since));
        let files = survey(&from, listing, self.sandbox.max_file_bytes, &mut collected).await;
        let (to_render, to_store) = self.sort(files, &mut collected);
        let mut budget = Budget::new(&there, self.max_files, self.max_bytes);
        let attacher = Attacher {
            artifacts: self.artifacts.as_ref(),
            transforms: self.transforms.as_ref(),
            from: &from,
            there: there.into_iter().map(|artifact| (artifact.name.clone(), artifact)).collect(),
        };
        let mut waiting = to_render.into_iter().chain(to_store).peekable();
        let mut running = FuturesOrdered::new();
        let mut bytes = 0_u64;
        loop {
            // No more at once than may still be stored, so that a file that cannot be had takes no other one's place.
            while running.len() < AT_ONCE && collected.trouble.is_none() {
                let Some(file) = waiting.peek() else { break };
                let size = file.candidate.size;
                if !running.is_empty() && bytes.saturating_add(size) > BYTES_AT_ONCE {
                    break;
                }
                let reserved = budget.reserve(&file.destination, size);
                if matches!(reserved, Ok(false)) {
                    break;
                }
                let Some(file) = waiting.next() else { break };
                if let Err(why) = reserved {
                    collected.leave_out(file.candidate.name.as_str(), why);
                    continue;
                }
                bytes = bytes.saturating_add(size);
                running.push_back(async { (attacher.attach(&file).await, file) });
            }
            let Some((done, file)) = running.next().await else { break };
            bytes = bytes.saturating_sub(file.candidate.size);
            budget.settle(&file.destination, done.as_ref().ok().and_then(Done::artifact));
            note(&mut collected, &file, done);
        }
        collected
    }

    /// Which way each file goes.
    fn sort(&self, files: Vec<Candidate>, collected: &mut Collected) -> (Vec<Work>, Vec<Work>) {
        let (mut to_render, mut to_store) = (Vec::new(), Vec::new());
        for candidate in files {
            let transforms = self.transforms.as_ref();
            if let Some(destination) = transforms.and_then(|all| all.destination_of(&candidate.name)) {
                to_render.push(Work { destination: destination.clone(), is_rendered: true, candidate });
            } else if transforms.is_some_and(|all| all.owns(&candidate.name)) {
                collected.leave_out(candidate.name.as_str(), WhyLeftOut::Owned);
            } else if self.stores_plain_files {
                to_store.push(Work { destination: candidate.name.clone(), is_rendered: false, candidate });
            }
        }
        (to_render, to_store)
    }
}

/// A file, and what becomes of it.
#[derive(Debug)]
struct Work {
    candidate: Candidate,
    /// The name of the artifact.
    destination: ArtifactName,
    is_rendered: bool,
}

fn note(collected: &mut Collected, file: &Work, done: Result<Done, WhyLeftOut>) {
    match done {
        Ok(Done::Stored(artifact)) => collected.stored.push(artifact),
        Ok(Done::Unchanged(artifact)) => collected.unchanged.push(artifact),
        Ok(Done::PassedOver) => {}
        Err(WhyLeftOut::Store(error)) if error.is_transient() => {
            collected.trouble.get_or_insert(error);
        }
        Err(why) => collected.leave_out(file.candidate.name.as_str(), why),
    }
}
