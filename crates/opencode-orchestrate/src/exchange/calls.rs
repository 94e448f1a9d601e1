//! What a call of a tool did to files, as far as it says so itself.
//!
//! The V1 runtime says it in `metadata`, the V2 runtime in `structured`, and each names its fields in its own way.

use bytes::Bytes;
use opencode_wire::model::{ToolPart, ToolStatus};

use super::artifacts::FileOrigin;
use super::fields::Fields;
use super::path;

/// What became of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileChange {
    /// Absolute where the server says so, and else as the model wrote it.
    pub(super) path: String,
    /// The path as people are shown it.
    pub(super) shown: String,
    /// Where relative paths begin, if the call tells that.
    pub(super) root: Option<String>,
    pub(super) effect: Effect,
}

/// What a call did to a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// This is all that is in it.
    Written(Bytes),
    /// It has changed, and what is in it is not said.
    Changed(FileOrigin),
    /// It is not there any more.
    Removed,
}

/// What a completed call did to files; nothing for any other call.
///
/// Calls of tools that do not exist are completed too, and have another shape.
pub(super) fn changes_of(call: &ToolPart) -> Vec<FileChange> {
    if call.state.status != ToolStatus::Completed {
        return Vec::new();
    }
    match call.tool.as_str() {
        "write" => written(call).into_iter().collect(),
        "edit" | "multiedit" => edited(call),
        "apply_patch" | "patch" => patched(&told(call)),
        _ => Vec::new(),
    }
}

/// What the tool itself says of the call.
fn told(call: &ToolPart) -> Fields {
    Fields::of(call.state.metadata.as_ref()).or(Fields::of(call.state.extra.get("structured")))
}

fn written(call: &ToolPart) -> Option<FileChange> {
    let (input, told) = (Fields::of(call.state.input.as_ref()), told(call));
    let content = input.string("content")?;
    let said = told.text(&["filepath", "target"]);
    let change = of_one(call, &told, said.or_else(|| asked(&input))?);
    Some(FileChange { effect: Effect::Written(content.into()), ..change })
}

fn edited(call: &ToolPart) -> Vec<FileChange> {
    let told = told(call);
    let listed = listed(&told, FileOrigin::Edited);
    if !listed.is_empty() {
        return listed;
    }
    let said = told.object("filediff").text(&["file"]);
    let path = said.or_else(|| asked(&Fields::of(call.state.input.as_ref())));
    path.map(|path| of_one(call, &told, path)).into_iter().collect()
}

fn patched(told: &Fields) -> Vec<FileChange> {
    listed(told, FileOrigin::Patched)
}

/// The path that the model wrote.
fn asked(input: &Fields) -> Option<String> {
    input.text(&["filePath", "path"])
}

/// The title of a call that is about one file is the path that people are shown.
fn of_one(call: &ToolPart, told: &Fields, path: String) -> FileChange {
    let title = call.state.title.clone().filter(|title| !title.trim().is_empty());
    let resource = told.text(&["resource"]);
    let root = resource.as_deref().and_then(|resource| path::root(&path, resource)).map(str::to_owned);
    let shown = title.or(resource).unwrap_or_else(|| path.clone());
    FileChange { path, shown, root, effect: Effect::Changed(FileOrigin::Edited) }
}

/// The files of a call that lists them. What V2 has `applied` says where the files are, and its `files` do not.
fn listed(told: &Fields, origin: FileOrigin) -> Vec<FileChange> {
    let applied = told.list("applied");
    let files = if applied.is_empty() { told.list("files") } else { applied };
    let mut changes = Vec::new();
    for file in files {
        let relative = file.text(&["relativePath", "resource", "file"]);
        let Some(path) = file.text(&["filePath", "target"]).or_else(|| relative.clone()) else { continue };
        let is_deleted = matches!(file.text(&["type", "status"]).as_deref(), Some("delete" | "deleted"));
        let moved = file.text(&["movePath"]);
        let resource = file.text(&["resource"]);
        let root = resource.and_then(|resource| path::root(&path, &resource).map(str::to_owned));
        let target = moved.clone().unwrap_or_else(|| path.clone());
        if is_deleted || moved.is_some() {
            let (shown, root) = (path.clone(), root.clone());
            changes.push(FileChange { path, shown, root, effect: Effect::Removed });
        }
        if !is_deleted {
            let shown = relative.unwrap_or_else(|| target.clone());
            changes.push(FileChange { path: target, shown, root, effect: Effect::Changed(origin) });
        }
    }
    changes
}
