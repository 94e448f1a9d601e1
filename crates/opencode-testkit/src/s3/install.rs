//! Fetching moto with pip, once per machine and version.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::environment::{self, MOTO_VERSION, python_of};
use super::error::S3Error;
use crate::machine::install_lock::InstallLock;
use crate::machine::output::tail_of;
use crate::machine::{path, skip};

/// What the server of moto imports besides moto itself.
///
/// Its own list for that, `moto[server]`, is for all services and several times as large.
const BESIDES: [&str; 2] = ["flask==3.1.3", "flask-cors==6.0.5"];

/// Fetches moto into the user's cache directory, or takes what is there already; returns the
/// Python that has it.
///
/// The directory is `opencode-host/moto-<version>`, beside the fetched OpenCode.
/// Processes that ask at the same time fetch once and share.
/// A line on the standard error says so before it begins.
///
/// # Errors
///
/// [`S3Error::NoPython`], [`S3Error::Environment`], and [`S3Error::Install`] with what pip printed.
///
/// # Cancel safety
///
/// Dropping the future ends pip and removes what it had fetched so far; the cache directory is
/// only ever filled by one rename at the end.
pub async fn install() -> Result<PathBuf, S3Error> {
    let directory = environment::directory()?;
    // A link to a Python that is no longer there is no file.
    let python = python_of(&directory);
    if python.is_file() {
        return Ok(python);
    }
    let base = ["python3", "python3.exe", "python.exe"].into_iter().find_map(path::find);
    let base = base.ok_or(S3Error::NoPython)?;
    let parent = directory.parent().unwrap_or(&directory);
    std::fs::create_dir_all(parent).map_err(S3Error::prepare(parent))?;

    let lock_file = parent.join(format!("moto-{MOTO_VERSION}.lock"));
    let waiting = || skip::say("waiting for another process that is fetching moto");
    let lock = InstallLock::take(&lock_file, waiting).await.map_err(S3Error::prepare(&lock_file))?;
    // The process that held the lock before has most likely done the work.
    if python.is_file() {
        return Ok(python);
    }
    if directory.exists() {
        std::fs::remove_dir_all(&directory).map_err(S3Error::prepare(&directory))?;
    }
    let staging =
        tempfile::Builder::new().prefix(".fetching-").tempdir_in(parent).map_err(S3Error::prepare(parent))?;
    skip::say(&format!("fetching moto {MOTO_VERSION} with pip into {}", parent.display()));
    fetch(&base, staging.path()).await?;
    // Only the scripts of a virtual environment know its place, and none of them is used.
    std::fs::rename(staging.path(), &directory).map_err(S3Error::prepare(&directory))?;
    // The directory has moved away from under its guard; there is nothing left to delete.
    let _moved = staging.keep();
    drop(lock);
    Ok(python)
}

async fn fetch(base: &Path, directory: &Path) -> Result<(), S3Error> {
    let mut arguments = vec!["-m".into(), "venv".into(), directory.as_os_str().to_owned()];
    run(base, &arguments).await?.map_err(|output| S3Error::Environment { output })?;

    arguments = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        .map(Into::into)
        .to_vec();
    arguments.push(format!("moto[s3]=={MOTO_VERSION}").into());
    arguments.extend(BESIDES.map(Into::into));
    let fetched = run(&python_of(directory), &arguments).await?;
    fetched.map_err(|output| S3Error::Install { version: MOTO_VERSION, output })
}

/// Runs Python to its end; what it printed is told where it failed.
async fn run(python: &Path, arguments: &[std::ffi::OsString]) -> Result<Result<(), String>, S3Error> {
    let finished = tokio::process::Command::new(python)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| S3Error::Spawn { program: python.to_path_buf(), source })?;
    let printed = || tail_of(&[finished.stdout, finished.stderr].concat());
    Ok(if finished.status.success() { Ok(()) } else { Err(printed()) })
}
