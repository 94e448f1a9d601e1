//! What each crate offers, a line for each item: whoever changes it sees it in the diff.
//!
//! The lists are read from what rustdoc writes as JSON, a format that is not stable yet: with a Rust of another format
//! nothing is compared, and that is said.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo starts this program as rustdoc, and the environment says so"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use cargo_metadata::Metadata;

use super::Violation;
use crate::{process, workspace};

/// Where the lists are, from the workspace root.
const FOLDER: &str = "xtask/api";

/// The format of rustdoc that `public-api` reads, and the Rust that writes it.
const FORMAT: (u64, &str) = (57, "1.95");

/// Says to this program that it stands for rustdoc.
const AS_RUSTDOC: &str = "XTASK_AS_RUSTDOC";

/// Generated, and compared with the description of the API instead.
const GENERATED: &str = "opencode_wire::operations::";

/// Compares the lists, or writes them.
///
/// # Errors
///
/// When the documentation cannot be made, or a list cannot be read or written.
pub(crate) fn check(root: &Path, metadata: &Metadata, bless: bool) -> Result<Vec<Violation>> {
    let packages = metadata.workspace_packages().into_iter();
    let published = packages.filter(|package| package.publish.as_deref() != Some(&[]));
    let names: Vec<&str> = published.map(|package| package.name.as_str()).collect();
    document()?;
    let mut violations = Vec::new();
    for name in names {
        let json = metadata.target_directory.join("doc").join(format!("{}.json", name.replace('-', "_")));
        let Some(list) = list(json.as_std_path())? else { return Ok(violations) };
        let path = format!("{FOLDER}/{name}.txt");
        if bless {
            fs::create_dir_all(root.join(FOLDER)).with_context(|| format!("cannot make {FOLDER}"))?;
            fs::write(root.join(&path), list).with_context(|| format!("cannot write {path}"))?;
        } else {
            // A checkout on Windows may have other line ends.
            let committed = fs::read_to_string(root.join(&path)).unwrap_or_default().replace("\r\n", "\n");
            violations.extend(difference(&committed, &list).map(|message| Violation::of(&path, message)));
        }
    }
    Ok(violations)
}

/// Has rustdoc write what the crates offer: the whole workspace's, so that what was compiled for its documentation is
/// good for this too.
fn document() -> Result<()> {
    let mut command = workspace::cargo();
    command.args(["doc", "--quiet", "--workspace", "--all-features", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-Z unstable-options --output-format json");
    command.env("RUSTDOC", std::env::current_exe().context("this program has no path")?).env(AS_RUSTDOC, "1");
    process::read_stdout(&mut command).map(drop)
}

/// Runs rustdoc and lets it do what is not stable yet, if it is as that that cargo has started this program.
///
/// The compiler must not be told so: many crates ask for it when they are built, and would be built anew each time.
pub(crate) fn as_rustdoc() -> Option<ExitCode> {
    std::env::var_os(AS_RUSTDOC)?;
    let mut rustdoc = Command::new("rustdoc");
    rustdoc.args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").env_remove(AS_RUSTDOC);
    let worked = rustdoc.status().is_ok_and(|status| status.success());
    Some(if worked { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The lines of one crate; `None` if this Rust's rustdoc writes another format.
fn list(json: &Path) -> Result<Option<String>> {
    #[derive(serde::Deserialize)]
    struct Head {
        format_version: u64,
    }
    let text = fs::read_to_string(json).with_context(|| format!("cannot read {}", json.display()))?;
    let head: Head = serde_json::from_str(&text).context("what rustdoc writes has no format")?;
    if head.format_version != FORMAT.0 {
        process::forward(&format!(
            "tidy: what the crates offer was not compared: it takes the rustdoc of Rust {}, which writes format {}, and \
             this one writes {}",
            FORMAT.1, FORMAT.0, head.format_version
        ));
        return Ok(None);
    }
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    let lines = api.items().map(ToString::to_string).filter(|line| !line.contains(GENERATED));
    Ok(Some(lines.map(|line| line + "\n").collect()))
}

/// The first line of each that the other has not.
fn difference(committed: &str, now: &str) -> Option<String> {
    let only_in = |one: &str, other: &str| -> Option<String> {
        let known: std::collections::HashSet<&str> = other.lines().collect();
        one.lines().find(|line| !known.contains(line)).map(str::to_owned)
    };
    let new = only_in(now, committed).map(|line| format!("`{line}` is new"));
    let gone = only_in(committed, now).map(|line| format!("`{line}` is gone"));
    let told: Vec<_> = gone.into_iter().chain(new).collect();
    if told.is_empty() {
        return None;
    }
    Some(format!("{}: if that is meant, run `cargo xtask tidy --bless`", told.join(", and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_and_what_is_gone_is_told() {
        assert_eq!(difference("a\nb\n", "b\na\n"), None);
        let told = difference("pub fn a()\npub fn b()\n", "pub fn b()\npub fn c()\n").unwrap();
        assert!(told.contains("`pub fn a()` is gone, and `pub fn c()` is new"), "{told}");
        assert!(difference("", "pub fn a()\n").is_some());
    }
}
