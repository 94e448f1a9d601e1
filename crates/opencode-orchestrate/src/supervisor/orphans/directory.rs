//! Where records are kept.

#![expect(clippy::disallowed_methods, reason = "this is where the directory of the user's state is found")]

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Our directory below that of the user's state, or `None` where that is unknown.
pub(super) fn of_the_user() -> Option<PathBuf> {
    root(|name| std::env::var_os(name)).map(|root| root.join("opencode-host").join("servers"))
}

fn root(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    // A relative value is to be ignored, says the XDG base directory specification.
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return absolute("LOCALAPPDATA");
    }
    absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local").join("state")))
}

/// Makes it where it is missing, for this user alone.
pub(super) fn make(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_xdg_directory_wins_unless_it_is_relative() {
        let with = |xdg: Option<&'static str>| {
            root(move |name| match name {
                "XDG_STATE_HOME" => xdg.map(Into::into),
                "HOME" => Some("/srv/somebody".into()),
                _ => None,
            })
        };
        assert_eq!(with(Some("/states")), Some("/states".into()));
        assert_eq!(with(Some("states")), Some("/srv/somebody/.local/state".into()));
        assert_eq!(with(None), Some("/srv/somebody/.local/state".into()));
        assert_eq!(root(|_| None), None);
    }
}
