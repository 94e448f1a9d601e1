//! Where fetched programs are kept between runs.

#![expect(clippy::disallowed_methods, reason = "this is where the cache directory is found")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::RealError;
use super::platform;

/// The directory that holds, or will hold, one version.
pub(super) fn version_directory(version: &str) -> Result<PathBuf, RealError> {
    let valid = !version.is_empty()
        && version.starts_with(|first: char| first.is_ascii_digit())
        && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !valid {
        return Err(RealError::BadVersion { version: version.to_owned() });
    }
    let root = root(|name| std::env::var_os(name)).ok_or(RealError::NoCacheDirectory)?;
    Ok(root.join("opencode-host").join(format!("opencode-ai-{version}")))
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

fn root(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A relative value is to be ignored, says the XDG base directory specification.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(path) = absolute("XDG_CACHE_HOME") {
        return Some(path);
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    let home = absolute("HOME")?;
    Some(if cfg!(target_os = "macos") { home.join("Library").join("Caches") } else { home.join(".cache") })
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

    #[cfg(target_os = "linux")]
    #[test]
    fn the_xdg_directory_wins_unless_it_is_relative() {
        let with = |xdg: &'static str| {
            root(move |name| match name {
                "XDG_CACHE_HOME" => Some(xdg.into()),
                "HOME" => Some("/srv/somebody".into()),
                _ => None,
            })
        };
        assert_eq!(with("/caches"), Some("/caches".into()));
        assert_eq!(with("caches"), Some("/srv/somebody/.cache".into()));
    }
}
