//! A program of somebody else: a manifest and one file.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::release::unpacked::Unpacked;

/// Writes the program `name` beside the packages.
///
/// `dependencies` are the lines of that table; `{version}` in them is the version that was packaged.
pub(super) fn write(packages: &mut Unpacked, name: &str, dependencies: &str, main: &str) -> Result<()> {
    let folder = packages.path().join(name);
    fs::create_dir_all(folder.join("src"))?;
    let dependencies = dependencies.replace("{version}", env!("CARGO_PKG_VERSION"));
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{dependencies}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), main)
        .with_context(|| format!("cannot write the program `{name}`"))?;
    packages.add(name)
}

/// `cargo build` or `cargo run` of it; the latter says nothing but what the program says.
pub(super) fn cargo(packages: &Unpacked, task: &str, name: &str) -> Result<Command> {
    let mut command = packages.cargo()?;
    command.args([task, "--quiet", "--package", name]);
    Ok(command)
}
