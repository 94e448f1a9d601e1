//! The files that calls of tools wrote, and those that are known by name only.

use std::collections::HashSet;
use std::fmt;

use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::{Reply, ReplyPart};

pub use super::calls::DropReason;
use super::calls::{Effect, FileChange, changes_of};

/// How many paths are named of what was left out.
const MAX_PATHS: usize = 5;

/// The files that calls of tools wrote, and those that are known by name only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ToolArtifacts {
    /// Files with what is in them: each path once, as it was written last, in the order of these writes.
    pub files: Vec<WrittenFile>,
    /// What was left out, one for each call that changed files without saying what is in them.
    pub dropped: Vec<Dropped>,
}

/// A file that a call of `write` contains.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenFile {
    /// Where the agent wrote it; absolute where the server says so. These are the agent's words: check them.
    pub path: String,
    /// All that is in it.
    pub content: String,
    /// The session whose agent wrote it.
    pub session_id: SessionId,
    /// The message with the call.
    pub message_id: MessageId,
}

impl WrittenFile {
    /// The last component of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        name(&self.path)
    }
}

/// Files that a call changed without saying what is in them. One that a later call wrote whole is not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// How many files.
    pub count: usize,
    /// The first five of them, relative to the project where the server says so.
    pub paths: Vec<String>,
    /// The session whose agent changed them.
    pub session_id: SessionId,
    /// The message with the call.
    pub message_id: MessageId,
    /// Why it is not known what is in them.
    pub reason: DropReason,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tool = match self.reason {
            DropReason::Patched => "apply_patch",
            DropReason::Edited => "edit",
        };
        write!(formatter, "{} of {tool} left out: {}", self.count, self.paths.join(", "))?;
        let more = self.count - self.paths.len();
        if more > 0 { write!(formatter, " and {more} more") } else { Ok(()) }
    }
}

/// What the last call that was about a file did to it.
struct Last<'a> {
    key: String,
    part: &'a ReplyPart,
    change: FileChange,
}

pub(super) fn collect(reply: &Reply, exclude: &[&str]) -> ToolArtifacts {
    let mut changes = all_changes(reply);
    // The last of each path, in the order in which they happened.
    let mut known = HashSet::new();
    changes.reverse();
    changes.retain(|last| known.insert(last.key.clone()));
    changes.reverse();
    changes.retain(|last| !exclude.contains(&name(&last.key)));

    let mut artifacts = ToolArtifacts::default();
    let mut previous = None;
    for Last { part, change: FileChange { path, shown, effect }, .. } in changes {
        let (session_id, message_id) = (part.part.session_id.clone(), part.part.message_id.clone());
        match effect {
            Effect::Written(content) => {
                artifacts.files.push(WrittenFile { path, content, session_id, message_id });
            }
            Effect::Changed(reason) => {
                let same_call = previous.replace(&part.part.id) == Some(&part.part.id);
                match artifacts.dropped.last_mut().filter(|_| same_call) {
                    Some(dropped) => {
                        dropped.count += 1;
                        if dropped.paths.len() < MAX_PATHS {
                            dropped.paths.push(shown);
                        }
                    }
                    None => artifacts.dropped.push(Dropped {
                        count: 1,
                        paths: vec![shown],
                        session_id,
                        message_id,
                        reason,
                    }),
                }
            }
            Effect::Removed => {}
        }
    }
    artifacts
}

/// What all calls of all sessions did to files, in the order in which they ended.
fn all_changes(reply: &Reply) -> Vec<Last<'_>> {
    let mut parts: Vec<&ReplyPart> =
        reply.sessions().iter().flat_map(|session| reply.parts_of(&session.id)).collect();
    parts.retain(|part| part.tool().is_some());
    // Calls of one step run side by side, and those of sub-agents beside others.
    parts.sort_by_key(|part| {
        let ended = part.tool().and_then(|tool| tool.state.time.as_ref()?.end);
        (ended, part.part.message_id.clone(), part.part.id.clone())
    });
    let changes_of = |part: &&ReplyPart| part.tool().map(changes_of).unwrap_or_default();
    let mut changes = Vec::new();
    for part in parts {
        changes.extend(changes_of(&part).into_iter().map(|change| Last {
            key: key(&change.path),
            part,
            change,
        }));
    }
    changes
}

/// The same for all ways to write one path.
fn key(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut components: Vec<&str> = Vec::new();
    for component in path.split('/') {
        match (component, components.last()) {
            ("" | ".", _) => {}
            ("..", None) if !root.is_empty() => {}
            ("..", Some(last)) if *last != ".." => drop(components.pop()),
            (other, _) => components.push(other),
        }
    }
    format!("{root}{}", components.join("/"))
}

/// Whoever takes care of a name takes care of it on every system, so both separators end a folder.
fn name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_however_it_is_written() {
        for (path, same) in [
            ("a/b", "a/b"),
            ("./a//b/", "a/b"),
            ("x/../a/./b", "a/b"),
            ("../../a", "../../a"),
            ("/p/../../a", "/a"),
            ("", ""),
        ] {
            assert_eq!(key(path), same, "{path}");
        }
    }

    #[test]
    fn the_name_of_a_file_has_no_folders() {
        assert_eq!([name("/a/b.md"), name("b.md"), name("C:\\a\\b.md")], ["b.md"; 3]);
    }
}
