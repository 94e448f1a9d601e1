//! The files that tools of a turn have changed, before anybody looks at what is in them.

use std::collections::HashSet;

use bytes::Bytes;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::{Reply, ReplyPart};

use super::artifacts::FileOrigin;
use super::calls::{Effect, FileChange, changes_of};
use super::dropped::DropReason;
use super::path;

/// A file that tools have changed and not removed, as the last call that was about it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// Absolute where the server says so, and else as the model wrote it.
    pub(crate) path: String,
    /// The path as people are shown it.
    pub(crate) shown: String,
    /// Which kind of tool changed it.
    pub(crate) origin: FileOrigin,
    /// All that is in it, if the call says that.
    pub(crate) said: Option<Bytes>,
    /// The session whose agent changed it.
    pub(crate) session_id: SessionId,
    /// The message with the call.
    pub(crate) message_id: MessageId,
    /// The same for all ways to write the path.
    key: String,
}

impl ChangedFile {
    /// The last component of the path, without detours.
    pub(crate) fn name(&self) -> &str {
        path::name(&self.key)
    }

    /// What is in it, as far as calls say that.
    pub(crate) fn said(&self) -> Result<Bytes, DropReason> {
        let reason =
            if self.origin == FileOrigin::Patched { DropReason::Patched } else { DropReason::Edited };
        self.said.clone().ok_or(reason)
    }
}

/// The files that tools of a turn have changed and not removed: each path once, in the order in which they were changed
/// last. Sub-agents' are among them, and nothing is read.
pub(crate) fn changed_files(reply: &Reply) -> Vec<ChangedFile> {
    let mut changes = Vec::new();
    for part in calls(reply) {
        let of_call = part.tool().map(changes_of).unwrap_or_default();
        changes.extend(of_call.into_iter().map(|change| (part, change)));
    }
    // The V2 runtime says of some calls where a file is, and of others only where it is below the session's directory.
    let root = changes.iter().find_map(|(_, change)| change.root.clone());

    // The last of each path, in the order in which they happened.
    let mut known = HashSet::new();
    let mut files: Vec<ChangedFile> = Vec::new();
    for (part, change) in changes.into_iter().rev() {
        let key = path::key(root.as_deref(), &change.path);
        if known.insert(key.clone()) {
            files.extend(changed_file(part, change, key));
        }
    }
    files.reverse();
    files
}

/// Nothing of a file that was removed.
fn changed_file(part: &ReplyPart, change: FileChange, key: String) -> Option<ChangedFile> {
    let FileChange { path, shown, effect, .. } = change;
    let (origin, said) = match effect {
        Effect::Written(content) => (FileOrigin::Written, Some(content)),
        Effect::Changed(origin) => (origin, None),
        Effect::Removed => return None,
    };
    let (session_id, message_id) = (part.part.session_id.clone(), part.part.message_id.clone());
    Some(ChangedFile { path, shown, origin, said, session_id, message_id, key })
}

/// The calls of all sessions, in the order in which they ended.
pub(super) fn calls(reply: &Reply) -> Vec<&ReplyPart> {
    let mut parts: Vec<&ReplyPart> =
        reply.sessions().iter().flat_map(|session| reply.parts_of(&session.id)).collect();
    parts.retain(|part| part.tool().is_some());
    // Calls of one step run side by side, and those of sub-agents beside others.
    parts.sort_by_key(|part| {
        let ended = part.tool().and_then(|tool| tool.state.time.as_ref()?.end);
        (ended, part.part.message_id.clone(), part.part.id.clone())
    });
    parts
}
