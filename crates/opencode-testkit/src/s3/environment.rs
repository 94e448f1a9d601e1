//! What the environment says about S3, and where our own server is kept.

#![expect(clippy::disallowed_methods, reason = "this is where a run says which endpoint its tests share")]

use std::path::{Path, PathBuf};

use super::error::S3Error;
use crate::machine::cache;

/// The environment variable that names a running endpoint by its base address.
pub const URL_VARIABLE: &str = "OPENCODE_TEST_S3_URL";

/// The version of moto that [`install`](super::install) fetches and that everything here was
/// checked against.
pub const MOTO_VERSION: &str = "5.2.5";

/// The endpoint that the whole run shares, if there is one.
pub(super) fn shared_url() -> Option<String> {
    let url = std::env::var(URL_VARIABLE).ok()?;
    let url = url.trim_end_matches('/');
    (!url.is_empty()).then(|| url.to_owned())
}

/// The directory that holds, or will hold, our version.
pub(super) fn directory() -> Result<PathBuf, S3Error> {
    let kept = cache::directory().ok_or(S3Error::NoCacheDirectory)?;
    Ok(kept.join(format!("moto-{MOTO_VERSION}")))
}

/// Where the interpreter of a virtual environment is.
pub(super) fn python_of(directory: &Path) -> PathBuf {
    if cfg!(windows) {
        directory.join("Scripts").join("python.exe")
    } else {
        directory.join("bin").join("python")
    }
}
