//! `cargo xtask codegen`: from the server's own description of its API to committed Rust.
//!
//! The description (OpenAPI 3.1) lies in `crates/opencode-wire/openapi`, where [`spec`](crate::spec) puts it. What is written from it is never edited:
//! where the server disagrees with its description, [`fixups`] says so by name.

mod alike;
mod api;
mod comforts;
mod fixups;
mod items;
mod names;
mod operation;
mod outputs;
mod place;
mod refusal;
mod shape;
mod shared;
mod stream;
mod unions;
mod write;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

pub(crate) use self::write::is_generated;
use crate::spec::document::Document;
use crate::{process, workspace};

/// Arguments of `cargo xtask codegen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Compare with what is committed, and write nothing
    #[arg(long)]
    check: bool,
}

/// A file that is generated.
#[derive(Debug, PartialEq, Eq)]
struct Output {
    /// Path from the workspace root.
    path: String,
    text: String,
}

/// A generated file that is not what would be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Path from the workspace root.
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Writes what the description says, or compares; `false` when something committed is not what would be written.
///
/// # Errors
///
/// When the description cannot be read, says something that is not understood, or a fix-up does not fit.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let root = workspace::root();
    if arguments.check {
        return Ok(match first_difference(&root)? {
            Some(Difference { path, message }) => {
                process::forward(&format!("{path}: {message}"));
                false
            }
            None => true,
        });
    }
    let outputs = outputs(&root)?;
    for stale in stale(&root, &outputs)? {
        fs::remove_file(root.join(&stale)).with_context(|| format!("cannot remove {stale}"))?;
    }
    for output in &outputs {
        let path = root.join(&output.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder of {}", output.path))?;
        }
        fs::write(&path, &output.text).with_context(|| format!("cannot write {}", output.path))?;
    }
    process::forward(&format!("codegen: {} files", outputs.len()));
    Ok(true)
}

/// What is wrong with the first generated file that is not what would be written now.
///
/// # Errors
///
/// As [`run`].
pub(crate) fn first_difference(root: &Path) -> Result<Option<Difference>> {
    let outputs = outputs(root)?;
    for output in &outputs {
        let committed = fs::read_to_string(root.join(&output.path)).unwrap_or_default();
        // A checkout on Windows may have other line ends.
        let committed = committed.replace("\r\n", "\n");
        if committed != output.text {
            let line =
                committed.lines().zip(output.text.lines()).take_while(|(left, right)| left == right).count();
            let message = format!(
                "is not what the description of the API says from line {} on; run `cargo xtask codegen`",
                line + 1
            );
            return Ok(Some(Difference { path: output.path.clone(), message }));
        }
    }
    let stale = stale(root, &outputs)?;
    let message = || "nothing generates it any more; run `cargo xtask codegen`".to_owned();
    Ok(stale.into_iter().next().map(|path| Difference { path, message: message() }))
}

fn outputs(root: &Path) -> Result<Vec<Output>> {
    let document = Document::load(root)?;
    outputs::of(&document)
}

/// Files with the mark of a generated one that would not be written now.
fn stale(root: &Path, outputs: &[Output]) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for folder in [write::REQUESTS, write::TYPES] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = format!("{folder}/{}", entry?.file_name().to_string_lossy());
            let generated = fs::read_to_string(root.join(&path)).is_ok_and(|text| write::is_generated(&text));
            if generated && !outputs.iter().any(|output| output.path == path) {
                stale.push(path);
            }
        }
    }
    stale.sort();
    Ok(stale)
}

#[cfg(test)]
mod tests;
