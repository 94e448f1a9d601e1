//! Fetching the server with npm, once per machine and version.

use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

use super::binary::{Binary, BinarySource, cached};
use super::error::RealError;
use super::phase::Phase;
use super::{cache, platform};
use crate::machine::install_lock::InstallLock;
use crate::machine::output::tail_of;
use crate::machine::path;

/// Fetches one version of OpenCode into the user's cache directory, or takes the one that is
/// there already.
///
/// The directory is `opencode-host/opencode-ai-<version>` below `XDG_CACHE_HOME`, `~/.cache`,
/// `~/Library/Caches` or `%LOCALAPPDATA%`.
/// Only the package of this platform is fetched, because the launcher package would bring a second
/// 180 MB build along.
/// No package script is run.
/// Processes that ask at the same time fetch once and share.
///
/// # Errors
///
/// [`RealError::NotFound`] without `npm`, [`RealError::Install`] with what npm printed where it
/// failed, [`RealError::Unusable`] where the fetched program does not run here.
///
/// # Cancel safety
///
/// Dropping the future ends npm and removes what it had fetched so far; the cache directory is
/// only ever filled by one rename at the end.
pub async fn install(version: &str, progress: impl Fn(Phase) + Send + Sync) -> Result<Binary, RealError> {
    let directory = cache::version_directory(version)?;
    if let Some(binary) = cached(version)? {
        return Ok(binary);
    }
    let packages = platform::packages()?;
    let npm = path::find(if cfg!(windows) { "npm.cmd" } else { "npm" }).ok_or(RealError::NotFound)?;
    let parent = directory.parent().unwrap_or(&directory);
    std::fs::create_dir_all(parent).map_err(RealError::prepare(parent))?;

    let lock_file = parent.join(format!("opencode-ai-{version}.lock"));
    let lock = InstallLock::take(&lock_file, || {
        progress(Phase::WaitingForInstall { version: version.to_owned() });
    })
    .await
    .map_err(RealError::prepare(&lock_file))?;
    // The process that held the lock before has most likely done the work.
    if let Some(binary) = cached(version)? {
        return Ok(binary);
    }
    let (staging, package) = fetch_first_that_runs(&npm, parent, version, &packages, &progress).await?;
    if let Err(source) = std::fs::rename(staging.path(), &directory) {
        // Where locks do not work (network file systems, Windows), another process may have won.
        return cached(version)?.ok_or(RealError::Prepare { path: directory, source });
    }
    // The directory has moved away from under its guard; there is nothing left to delete.
    let _moved = staging.keep();
    drop(lock);
    Ok(Binary::new(cache::program_of(&directory, package), BinarySource::Cache))
}

/// Every candidate gets a directory of its own, so that one that does not run is not found later
/// beside the one that does.
async fn fetch_first_that_runs<'a>(
    npm: &Path,
    parent: &Path,
    version: &str,
    packages: &'a [String],
    progress: &(impl Fn(Phase) + Send + Sync),
) -> Result<(TempDir, &'a str), RealError> {
    let mut refusal = String::new();
    for package in packages {
        let staging = tempfile::Builder::new()
            .prefix(".fetching-")
            .tempdir_in(parent)
            .map_err(RealError::prepare(parent))?;
        progress(Phase::Installing {
            package: package.clone(),
            version: version.to_owned(),
            into: parent.to_path_buf(),
        });
        fetch(npm, staging.path(), package, version).await?;
        let program = cache::program_of(staging.path(), package);
        progress(Phase::Checking { binary: program.clone() });
        match check(&program).await {
            Ok(()) => return Ok((staging, package)),
            Err(output) => refusal = output,
        }
    }
    Err(RealError::Unusable { version: version.to_owned(), output: refusal })
}

async fn fetch(npm: &Path, prefix: &Path, package: &str, version: &str) -> Result<(), RealError> {
    let failed = |output: String| RealError::Install {
        package: package.to_owned(),
        version: version.to_owned(),
        output,
    };
    let finished = tokio::process::Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .arg("--prefix")
        .arg(prefix)
        .arg(format!("{package}@{version}"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(error.to_string()))?;
    if finished.status.success() {
        Ok(())
    } else {
        Err(failed(tail_of(&[finished.stdout, finished.stderr].concat())))
    }
}

/// Runs the program once: a build for another processor or C library is found out here, and not
/// as a server that never becomes ready.
async fn check(program: &Path) -> Result<(), String> {
    let private = tempfile::tempdir().map_err(|error| error.to_string())?;
    let finished = tokio::process::Command::new(program)
        .arg("--version")
        .env("HOME", private.path())
        .env("USERPROFILE", private.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_STATE_HOME")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| error.to_string())?;
    if finished.status.success() {
        Ok(())
    } else {
        Err(tail_of(&[finished.stdout, finished.stderr].concat()))
    }
}
