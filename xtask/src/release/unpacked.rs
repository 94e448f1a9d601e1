//! Packages, unpacked where nothing else is, and told to use each other.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::package::Package;
use crate::process;
use crate::workspace;

/// A temporary folder with the unpacked packages, and a workspace around them.
///
/// Our crates come from their packages, by a patch of the registry, and never from the repository.
/// All others come from the registry, in the versions of the repository's lock file, with its profiles, so that what
/// was compiled for the repository need not be compiled again.
#[derive(Debug)]
pub(crate) struct Unpacked {
    folder: TempDir,
    manifest: DocumentMut,
}

impl Unpacked {
    /// Unpacks them.
    pub(crate) fn new(packages: &[Package]) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("opencode-packages-")
            .tempdir()
            .context("cannot make a folder for the packages")?;
        for package in packages {
            package.unpack(folder.path())?;
        }
        let root = workspace::root();
        let repository = fs::read_to_string(root.join("Cargo.toml")).context("cannot read Cargo.toml")?;
        let manifest = around(packages, &repository)?;
        fs::copy(root.join("Cargo.lock"), folder.path().join("Cargo.lock"))
            .context("cannot copy Cargo.lock")?;
        let unpacked = Self { folder, manifest };
        unpacked.settle()?;
        Ok(unpacked)
    }

    /// Adds a crate of somebody else, which the caller has written into this folder.
    pub(crate) fn add(&mut self, folder: &str) -> Result<()> {
        if let Some(members) = self.manifest["workspace"]["members"].as_array_mut() {
            members.push(folder);
        }
        self.settle()
    }

    /// The folder that holds everything.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A cargo that is run there, and builds into the repository's own target directory.
    pub(crate) fn cargo(&self) -> Result<Command> {
        let mut command = workspace::cargo();
        command.current_dir(self.path()).env("CARGO_TARGET_DIR", workspace::target_directory()?);
        Ok(command)
    }

    /// Brings the manifest and the lock file up to date; without the network, where the index is at hand.
    fn settle(&self) -> Result<()> {
        fs::write(self.path().join("Cargo.toml"), self.manifest.to_string())?;
        let mut update = self.cargo()?;
        update.args(["update", "--workspace", "--quiet", "--offline"]);
        if process::read_stdout(&mut update).is_err() {
            process::read_stdout(self.cargo()?.args(["update", "--workspace", "--quiet"]))?;
        }
        Ok(())
    }
}

/// The manifest of the workspace around them.
fn around(packages: &[Package], repository: &str) -> Result<DocumentMut> {
    let repository: DocumentMut = repository.parse().context("Cargo.toml is not TOML")?;
    let mut manifest = DocumentMut::new();
    manifest["workspace"]["resolver"] = value("3");
    manifest["workspace"]["members"] = value(packages.iter().map(Package::folder).collect::<Array>());
    let mut patch = Table::new();
    for package in packages {
        patch[&package.name]["path"] = value(package.folder());
    }
    manifest["patch"]["crates-io"] = Item::Table(patch);
    if let Some(profiles) = repository.get("profile") {
        manifest["profile"] = profiles.clone();
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_come_from_their_packages_and_profiles_from_the_repository() {
        let wire = Package {
            name: "wire".to_owned(),
            version: "0.1.0".to_owned(),
            file: "wire-0.1.0.crate".into(),
            bytes: 0,
        };
        let manifest = around(&[wire], "[profile.dev]\ndebug = 0\n").unwrap();
        let members: Vec<_> = manifest["workspace"]["members"].as_array().unwrap().iter().collect();
        assert_eq!(members.iter().filter_map(|member| member.as_str()).collect::<Vec<_>>(), ["wire-0.1.0"]);
        assert_eq!(manifest["patch"]["crates-io"]["wire"]["path"].as_str(), Some("wire-0.1.0"));
        assert_eq!(manifest["profile"]["dev"]["debug"].as_integer(), Some(0));
    }
}
