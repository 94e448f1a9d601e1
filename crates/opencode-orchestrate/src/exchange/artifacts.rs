//! The files that tools wrote, and those that were left out.

use bytes::Bytes;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::Reply;

use super::attached::attachments;
use super::changes::{ChangedFile, changed_files};
use super::dropped::{self, DropReason, Dropped};
use super::options::ToolArtifactsOptions;
use super::path;

/// The files that tools wrote, and those that were left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ToolArtifacts {
    /// Files with what is in them: first what was written, edited and patched, each path once, in the order of the last
    /// changes; then what calls have returned, in their order.
    pub files: Vec<ToolFile>,
    /// What was left out: one for each message and reason.
    pub dropped: Vec<Dropped>,
}

/// A file that a tool wrote or returned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolFile {
    /// Where the agent wrote it, absolute where the server says so; of an attachment its name, which more than one may
    /// have. These are the agent's words: check them.
    pub path: String,
    /// All that is in it.
    pub content: Bytes,
    /// How it came about.
    pub origin: FileOrigin,
    /// The session whose agent wrote it.
    pub session_id: SessionId,
    /// The message with the call.
    pub message_id: MessageId,
}

/// How a file came about: what the last tool did that was about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileOrigin {
    /// `write` wrote it as a whole.
    Written,
    /// `edit` replaced something in it.
    Edited,
    /// `apply_patch` made or changed it.
    Patched,
    /// A tool returned it to the model, such as a picture.
    Attached,
}

impl ToolFile {
    /// The last component of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        path::name(&self.path)
    }
}

/// What a place where files are says of a path: what is there, or that nothing is, or why it may not be told.
pub(super) type Looked = Result<Option<Bytes>, DropReason>;

/// The files as calls say them.
pub(super) fn collect(reply: &Reply, options: &ToolArtifactsOptions) -> ToolArtifacts {
    gather(reply, options, ChangedFile::said)
}

/// The files as they are where the agent works. What commands of a shell and formatters did after the last call is in
/// them; what is not there is as calls say it.
///
/// `look` gets paths as the server says them.
pub(super) fn collect_in(
    reply: &Reply,
    options: &ToolArtifactsOptions,
    mut look: impl FnMut(&str) -> Looked,
) -> ToolArtifacts {
    gather(reply, options, |file| {
        let reason = match look(&file.path) {
            Ok(Some(bytes)) => return Ok(bytes),
            // It is there, and what a call has said may be older.
            Err(reason @ DropReason::TooLarge { .. }) => return Err(reason),
            Ok(None) => DropReason::Gone,
            Err(reason) => reason,
        };
        file.said.clone().ok_or(reason)
    })
}

fn gather(
    reply: &Reply,
    options: &ToolArtifactsOptions,
    mut bytes_of: impl FnMut(&ChangedFile) -> Result<Bytes, DropReason>,
) -> ToolArtifacts {
    let limit = options.max_file_bytes();
    let mut artifacts = ToolArtifacts::default();
    for file in changed_files(reply).into_iter().filter(|file| !options.is_excluded(file.name())) {
        let content = bytes_of(&file).and_then(|bytes| DropReason::unless_larger(bytes, limit));
        let ChangedFile { path, shown, origin, session_id, message_id, .. } = file;
        match content {
            Ok(content) => {
                artifacts.files.push(ToolFile { path, content, origin, session_id, message_id });
            }
            Err(reason) => dropped::add(&mut artifacts.dropped, &session_id, &message_id, reason, shown),
        }
    }
    for attachment in attachments(reply).into_iter().filter(|file| !options.is_excluded(&file.name)) {
        let (session_id, message_id) = (attachment.session_id, attachment.message_id);
        match attachment.bytes(limit) {
            Ok(content) => artifacts.files.push(ToolFile {
                path: attachment.name,
                content,
                origin: FileOrigin::Attached,
                session_id: session_id.clone(),
                message_id: message_id.clone(),
            }),
            Err(reason) => {
                dropped::add(&mut artifacts.dropped, session_id, message_id, reason, attachment.name);
            }
        }
    }
    artifacts
}
