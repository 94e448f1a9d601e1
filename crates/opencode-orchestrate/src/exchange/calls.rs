//! What a call of a tool did to files, as far as it says so itself.

use opencode_wire::model::{Json, ToolPart, ToolStatus};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What became of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileChange {
    /// Absolute where the server says so, and else as the model wrote it.
    pub(super) path: String,
    /// The path as people are shown it.
    pub(super) shown: String,
    pub(super) effect: Effect,
}

/// What a call did to a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// This is all that is in it.
    Written(String),
    /// It has changed, and what is in it is not said.
    Changed(DropReason),
    /// It is not there any more.
    Removed,
}

/// Why it is not known what is in a file that a call has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// `apply_patch` changed it: a patch says what changes, and not what is there then.
    Patched,
    /// `edit` changed it: an edit says what is replaced, and not what is around it.
    Edited,
}

/// What a completed call did to files; nothing for any other call.
pub(super) fn changes_of(call: &ToolPart) -> Vec<FileChange> {
    if call.state.status != ToolStatus::Completed {
        return Vec::new();
    }
    match call.tool.as_str() {
        "write" => written(call).into_iter().collect(),
        "edit" | "multiedit" => edited(call).into_iter().collect(),
        "apply_patch" => patched(call),
        _ => Vec::new(),
    }
}

fn written(call: &ToolPart) -> Option<FileChange> {
    #[derive(Deserialize)]
    struct Input {
        #[serde(rename = "filePath")]
        file_path: String,
        content: String,
    }
    #[derive(Deserialize)]
    struct Metadata {
        filepath: String,
    }
    let input: Input = read(call.state.input.as_ref())?;
    let told = read(call.state.metadata.as_ref()).map(|metadata: Metadata| metadata.filepath);
    change(call, told, input.file_path, Effect::Written(input.content))
}

fn edited(call: &ToolPart) -> Option<FileChange> {
    #[derive(Deserialize)]
    struct Input {
        #[serde(rename = "filePath")]
        file_path: String,
    }
    #[derive(Deserialize)]
    struct Metadata {
        filediff: FileDiff,
    }
    #[derive(Deserialize)]
    struct FileDiff {
        file: String,
    }
    let input: Input = read(call.state.input.as_ref())?;
    let told = read(call.state.metadata.as_ref()).map(|metadata: Metadata| metadata.filediff.file);
    change(call, told, input.file_path, Effect::Changed(DropReason::Edited))
}

/// The title of a call that is about one file is the path that people are shown.
fn change(call: &ToolPart, told: Option<String>, asked: String, effect: Effect) -> Option<FileChange> {
    let path = told.filter(|path| !path.trim().is_empty()).unwrap_or(asked);
    let title = call.state.title.clone().filter(|title| !title.trim().is_empty());
    let shown = title.unwrap_or_else(|| path.clone());
    (!path.trim().is_empty()).then_some(FileChange { path, shown, effect })
}

fn patched(call: &ToolPart) -> Vec<FileChange> {
    #[derive(Deserialize)]
    struct Metadata {
        files: Vec<Json>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File {
        file_path: Option<String>,
        relative_path: Option<String>,
        move_path: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    let metadata: Option<Metadata> = read(call.state.metadata.as_ref());
    let mut changes = Vec::new();
    for file in metadata.map(|metadata| metadata.files).unwrap_or_default() {
        let Some(file) = read::<File>(Some(&file)) else { continue };
        let is_deleted = file.kind.as_deref() == Some("delete");
        let Some(path) = file.file_path.or_else(|| file.relative_path.clone()) else { continue };
        let target = file.move_path.clone().unwrap_or_else(|| path.clone());
        if is_deleted || file.move_path.is_some() {
            changes.push(FileChange { shown: path.clone(), path, effect: Effect::Removed });
        }
        if !is_deleted {
            let shown = file.relative_path.unwrap_or_else(|| target.clone());
            changes.push(FileChange { path: target, shown, effect: Effect::Changed(DropReason::Patched) });
        }
    }
    changes
}

/// Calls of tools that do not exist are completed too, and have another shape.
fn read<T: DeserializeOwned>(json: Option<&Json>) -> Option<T> {
    json?.parse().ok()
}
