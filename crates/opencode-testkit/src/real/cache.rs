//! Where a fetched server is kept between runs.

use std::path::{Path, PathBuf};

use super::error::RealError;
use super::platform;
use crate::machine;

/// The directory that holds, or will hold, one version.
pub(super) fn version_directory(version: &str) -> Result<PathBuf, RealError> {
    let valid = !version.is_empty()
        && version.starts_with(|first: char| first.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !valid {
        return Err(RealError::BadVersion { version: version.to_owned() });
    }
    let kept = machine::cache::directory().ok_or(RealError::NoCacheDirectory)?;
    Ok(kept.join(format!("opencode-ai-{version}")))
}

/// The program inside a version's directory, if one of this machine's packages is there.
pub(super) fn program_in(directory: &Path) -> Result<Option<PathBuf>, RealError> {
    Ok(platform::packages()?
        .iter()
        .map(|package| program_of(directory, package))
        .find(|program| program.is_file()))
}

/// Where npm puts the program of one package below a prefix.
pub(super) fn program_of(directory: &Path, package: &str) -> PathBuf {
    directory.join("node_modules").join(package).join("bin").join(platform::program_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_with_a_path_in_it_is_refused() {
        for version in ["", "../1", "1/2", "latest", "1.0 --force"] {
            assert!(
                matches!(version_directory(version), Err(RealError::BadVersion { .. })),
                "{version:?} was taken"
            );
        }
    }
}
