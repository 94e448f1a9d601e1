//! Where the workspace is, what cargo knows about it, and how to call cargo in it.

#![expect(clippy::disallowed_methods, reason = "cargo tells by the environment where things are")]

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The folder that holds the workspace's `Cargo.toml`.
///
/// Asked from cargo's environment first, so that a binary which was moved together with its tree still finds it.
pub(crate) fn root() -> PathBuf {
    let manifest_dir =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    Path::new(&manifest_dir).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that runs us, to be started in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut command = tool("CARGO", "cargo");
    command.current_dir(root());
    command
}

/// The rustc that cargo would use.
pub(crate) fn rustc() -> Command {
    let mut command = tool("RUSTC", "rustc");
    command.current_dir(root());
    command
}

/// The workspace's own packages, their targets, features and direct dependencies.
///
/// # Errors
///
/// When `cargo metadata` fails, as it does on a broken manifest.
pub(crate) fn metadata() -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo metadata does not understand the workspace")
}

/// Where cargo builds, of this workspace.
///
/// # Errors
///
/// As [`metadata`].
pub(crate) fn target_directory() -> Result<PathBuf> {
    Ok(metadata()?.target_directory.into_std_path_buf())
}

fn tool(variable: &str, fallback: &str) -> Command {
    Command::new(env::var_os(variable).unwrap_or_else(|| OsString::from(fallback)))
}
