//! The files of a turn that is over: they are stored before its end is, so that whoever hears of the end finds them.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use opencode_store::turn::Claim;
use opencode_wire::reply::Reply;
use tokio::time::timeout;

use super::TurnRunner;
use crate::collect::{CollectFrom, Collected, MessageArtifacts, WhyLeftOut};
use crate::hooks::HookLine;
use crate::sandbox::{Sandbox, SandboxError};
use crate::trace;
use crate::upload::UploadedFiles;

/// How long the files of a turn may take. What is stored by then stays.
const LONGEST: Duration = Duration::from_secs(120);

/// Why files may be missing.
#[derive(Debug, thiserror::Error)]
#[error("the files of the turn were not collected within {LONGEST:?}")]
struct TooLong;

/// The turn whose files are collected.
pub(super) struct FilesOf<'a> {
    pub(super) runner: &'a TurnRunner,
    pub(super) claim: &'a Claim,
    /// The directory of its session.
    pub(super) directory: Option<String>,
    pub(super) reply: &'a Reply,
    pub(super) hooks: Option<&'a HookLine>,
    /// When this worker began with the turn.
    pub(super) began: Instant,
}

impl FilesOf<'_> {
    /// Collects what the turn has left, if that is wanted. Whatever goes wrong is told, and changes nothing about how
    /// the turn has ended.
    pub(super) async fn collect(self) {
        let Some(files) = self.runner.files() else { return };
        let (turn, reporter) = (self.claim.turn.id, self.runner.reporter());
        match timeout(LONGEST, self.collect_into(files)).await {
            Ok(collected) => {
                trace::files_collected(self.claim, &collected);
                if let Some(trouble) = &collected.trouble {
                    reporter.warn("collecting files", turn, trouble);
                }
                if let Some(hooks) = self.hooks {
                    hooks.note_files(Arc::new(collected));
                }
            }
            Err(_) => reporter.warn("collecting files", turn, &TooLong),
        }
    }

    async fn collect_into(&self, files: &MessageArtifacts) -> Collected {
        if !self.reply.is_accepted() {
            return Collected::default();
        }
        let mut from = CollectFrom::new(self.claim.turn.id)
            .reply(self.reply)
            .since(self.prompted_at())
            .uploads(UploadedFiles::of_prompt(&self.claim.prompt));
        let directory = self.directory.clone().unwrap_or_default();
        if self.directory.is_some() {
            from = from.directory(&directory);
        }
        // What the folder has got since the turn joined another one was written by that one, or by both.
        let is_head = self.claim.turn.joined_to.is_none();
        let opened =
            if is_head && self.directory.is_some() { open(files, directory.clone()).await } else { Ok(None) };
        let (sandbox, trouble) = match opened {
            Ok(sandbox) => (sandbox, None),
            Err(error) => (None, Some(error)),
        };
        if let Some(sandbox) = &sandbox {
            from = from.sandbox(sandbox);
        }
        let mut collected = files.collect(from).await;
        if let Some(error) = trouble {
            collected.leave_out(directory, WhyLeftOut::Sandbox(error));
        }
        collected
    }

    /// A time before the agent wrote anything. The clock of this machine is that of its files, more likely than the
    /// store's, which says it for a turn that somebody else has prompted.
    fn prompted_at(&self) -> Timestamp {
        let began = || Timestamp::try_from(SystemTime::now() - self.began.elapsed());
        self.claim.turn.prompted_at.or_else(|| began().ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// The folder of a session, if it is on this machine.
async fn open(files: &MessageArtifacts, directory: String) -> Result<Option<Sandbox>, SandboxError> {
    let options = files.sandbox_options().clone();
    let path = directory.clone().into();
    let opened = tokio::task::spawn_blocking(move || Sandbox::open_with(directory, &options));
    let failed =
        |error| SandboxError::Io { doing: "opening the folder", path, source: std::io::Error::other(error) };
    match opened.await.map_err(failed)? {
        Ok(sandbox) => Ok(Some(sandbox)),
        // The server is on another machine.
        Err(error) if error.is_not_there() => Ok(None),
        Err(error) => Err(error),
    }
}
