//! The OpenCode program: where it may be, and which one is taken.

#![expect(clippy::disallowed_methods, reason = "this is where the person says which server is meant")]

use std::path::{Path, PathBuf};

use super::error::RealError;
use super::phase::Phase;
use super::{PINNED_VERSION, cache, install, platform};
use crate::machine::path;

/// An OpenCode program on this machine, and how it came to be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    path: PathBuf,
    source: BinarySource,
}

/// How a [`Binary`] came to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BinarySource {
    /// The caller named it.
    Given,
    /// The environment variable `OPENCODE_BIN` named it.
    Environment,
    /// It is the `opencode` that the `PATH` leads to.
    Path,
    /// It was fetched by [`install`](super::install), now or in an earlier run.
    Cache,
}

impl Binary {
    /// A program at a place that the caller knows.
    ///
    /// Nothing is checked before it is started.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), BinarySource::Given)
    }

    /// The program file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it came to be chosen.
    #[must_use]
    pub fn source(&self) -> BinarySource {
        self.source
    }

    pub(super) fn new(path: PathBuf, source: BinarySource) -> Self {
        Self { path, source }
    }
}

/// Finds an OpenCode program without fetching anything.
///
/// The first of these that exists: the file that `OPENCODE_BIN` names, `opencode` on the `PATH`,
/// the [pinned version](PINNED_VERSION) in the user's cache directory.
/// An empty `OPENCODE_BIN` counts as unset.
///
/// # Errors
///
/// [`RealError::NotFound`] where there is none, and [`RealError::NotAFile`] where `OPENCODE_BIN`
/// is set and wrong: a variable that somebody set on purpose is never passed over.
pub fn locate() -> Result<Binary, RealError> {
    if let Some(path) = std::env::var_os("OPENCODE_BIN").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(Binary::new(path, BinarySource::Environment))
        } else {
            Err(RealError::NotAFile { path })
        };
    }
    if let Some(path) = path::find(platform::program_name()) {
        return Ok(Binary::new(path, BinarySource::Path));
    }
    cached(PINNED_VERSION)?.ok_or(RealError::NotFound)
}

/// Finds an OpenCode program, and fetches the [pinned version](PINNED_VERSION) once if there is
/// none.
///
/// # Errors
///
/// What [`locate`] and [`install`](super::install) say, without `locate`'s
/// [`RealError::NotFound`] where `npm` is at hand.
///
/// # Cancel safety
///
/// As [`install`](super::install).
pub async fn locate_or_install(progress: impl Fn(Phase) + Send + Sync) -> Result<Binary, RealError> {
    match locate() {
        Err(RealError::NotFound) => install::install(PINNED_VERSION, progress).await,
        found_or_wrong => found_or_wrong,
    }
}

/// The program of one version in the user's cache directory.
pub(super) fn cached(version: &str) -> Result<Option<Binary>, RealError> {
    let directory = match cache::version_directory(version) {
        Err(RealError::NoCacheDirectory) => return Ok(None),
        directory => directory?,
    };
    match cache::program_in(&directory) {
        // A platform without packages may still have a program by the other two ways.
        Err(RealError::UnsupportedPlatform { .. }) => Ok(None),
        program => Ok(program?.map(|path| Binary::new(path, BinarySource::Cache))),
    }
}
