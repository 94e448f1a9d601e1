//! Packages as the registry gets them, made by cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;

use crate::process;
use crate::release::order;
use crate::workspace;

/// The first cargo that packages crates of which none is published yet.
const NEEDED_CARGO: (u32, u32) = (1, 90);

/// One packaged crate.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The `.crate` file.
    pub(crate) file: PathBuf,
    /// Its size, packed.
    pub(crate) bytes: u64,
}

impl Package {
    /// The one folder in it.
    pub(crate) fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Unpacks its folder into this one.
    pub(crate) fn unpack(&self, into: &Path) -> Result<()> {
        let copy = into.join(format!("{}.crate", self.folder()));
        fs::copy(&self.file, &copy).with_context(|| format!("cannot copy {}", self.file.display()))?;
        // With today's time on each file: by the time in the package, cargo would take a changed file for an old one.
        self.tar("-xzmf", &copy)?;
        fs::remove_file(copy)?;
        Ok(())
    }

    /// Runs tar beside the file, because some take the letter of a drive in a path for the name of a machine.
    fn tar(&self, task: &str, file: &Path) -> Result<String> {
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
            bail!("`{}` has no file", self.name);
        };
        process::read_stdout(Command::new("tar").current_dir(folder).arg(task).arg(name))
    }

    /// The paths of its files, from its top.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let listed = self.tar("-tzf", &self.file)?;
        let top = format!("{}/", self.folder());
        Ok(listed.lines().filter_map(|path| path.strip_prefix(&top)).map(str::to_owned).collect())
    }
}

/// Packages every published crate, in the order in which they would be published.
///
/// A tree with changes is packaged as it is; whether it may have any is another check.
///
/// # Errors
///
/// When cargo is too old, or does not package one of them.
pub(crate) fn all(metadata: &Metadata) -> Result<Vec<Package>> {
    if let Some(reason) = impossible()? {
        bail!(reason);
    }
    let names = order::of(metadata)?;
    // The index is at hand wherever the workspace was built, and then no network is needed.
    if !run(&names, &["--offline", "--quiet"])? && !run(&names, &[])? {
        bail!("cargo package failed; it has said why above");
    }
    let folder = workspace::target_directory()?.join("package");
    let version_of = |name: &str| {
        let packages = metadata.workspace_packages();
        let found = packages.into_iter().find(|package| package.name.as_str() == name);
        found.map(|package| package.version.to_string()).unwrap_or_default()
    };
    names
        .into_iter()
        .map(|name| {
            let version = version_of(&name);
            let file = folder.join(format!("{name}-{version}.crate"));
            let size = file.metadata().with_context(|| format!("cargo has not made {}", file.display()))?;
            Ok(Package { name, version, file, bytes: size.len() })
        })
        .collect()
}

/// Why nothing can be packaged here, where the cargo is too old for it.
pub(crate) fn impossible() -> Result<Option<String>> {
    Ok(too_old(&process::read_stdout(workspace::cargo().arg("--version"))?))
}

fn run(names: &[String], flags: &[&str]) -> Result<bool> {
    let mut command = workspace::cargo();
    command.args(["package", "--no-verify", "--allow-dirty"]).args(flags);
    for name in names {
        command.args(["--package", name]);
    }
    Ok(process::stream_lines(&mut command, process::forward)?.success())
}

/// Why this cargo cannot do it, by what it says of its version.
fn too_old(said: &str) -> Option<String> {
    let version = said.split_whitespace().nth(1)?;
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    let found = (numbers.next()?, numbers.next()?);
    let (major, minor) = NEEDED_CARGO;
    (found < NEEDED_CARGO).then(|| {
        format!("packaging crates that need each other takes cargo {major}.{minor} or newer, and this is {version}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_cargo_is_named_in_one_sentence() {
        assert_eq!(too_old("cargo 1.90.0 (840b83a10 2025-07-30)"), None);
        assert_eq!(too_old("cargo 2.0.0"), None);
        let reason = too_old("cargo 1.88.0 (873a06493 2025-05-10)").unwrap();
        assert!(reason.ends_with("takes cargo 1.90 or newer, and this is 1.88.0"), "{reason}");
    }
}
