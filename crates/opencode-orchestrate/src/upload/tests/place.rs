//! A folder with a sandbox in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use opencode_store::artifact::ArtifactName;
use tempfile::TempDir;

use crate::sandbox::{Sandbox, SandboxOptions};
use crate::upload::{Upload, UploadError, UploadLimits, UploadedFiles};

/// A folder with a sandbox in it, and room for what is outside.
pub(super) struct Place {
    pub(super) folder: TempDir,
    pub(super) sandbox: Sandbox,
}

impl Place {
    pub(super) fn new() -> Self {
        Self::with(&SandboxOptions::default())
    }

    pub(super) fn with(options: &SandboxOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::create_with(folder.path().join("box"), options).unwrap();
        Self { folder, sandbox }
    }

    pub(super) fn outside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn inside(&self, name: &str) -> PathBuf {
        self.sandbox.path().join(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.inside(name)).unwrap()
    }

    /// Everything that is in the sandbox, hidden or not.
    pub(super) fn entries(&self) -> Vec<String> {
        entries(self.sandbox.path())
    }

    pub(super) async fn store<'a>(
        &self,
        uploads: impl IntoIterator<Item = Upload<'a>> + Send,
    ) -> Result<UploadedFiles, UploadError> {
        UploadedFiles::store(&self.sandbox, uploads, &UploadLimits::default()).await
    }
}

pub(super) fn entries(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

pub(super) fn name(name: &str) -> ArtifactName {
    name.parse().unwrap()
}

pub(super) fn names(files: &UploadedFiles) -> Vec<&str> {
    files.files().iter().map(|file| file.name.as_str()).collect()
}

/// An upload that does something when its first bytes were taken and the others are asked for.
pub(super) fn meanwhile<'a>(original: &str, action: impl FnOnce() + Send + 'a) -> Upload<'a> {
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"first "))]);
    let second = stream::once(async move {
        action();
        Ok(Bytes::from_static(b"second"))
    });
    Upload::new(original, first.chain(second))
}
