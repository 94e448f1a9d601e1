//! Where fetched programs are kept between runs.

#![expect(clippy::disallowed_methods, reason = "this is where the cache directory is found")]

use std::ffi::OsString;
use std::path::PathBuf;

/// Our directory below the user's cache directory, or `None` where that is unknown.
pub(crate) fn directory() -> Option<PathBuf> {
    root(|name| std::env::var_os(name)).map(|root| root.join("opencode-host"))
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

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
