//! The environment variables of a server.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where the environment of the server is made from ours"
)]

use std::ffi::OsString;
use std::process::Command;

use super::home::PrivateHome;

/// The user name that goes with the password.
pub(super) const USERNAME: &str = "opencode";

/// What a program needs from the surrounding environment to run at all; the second line is for
/// Windows.
const PASSED_ON: [&str; 8] = [
    "LANG",
    "TZ", //
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "NUMBER_OF_PROCESSORS",
];

/// Switches that keep a server away from the network and from everything outside its home.
///
/// The embedded web pages stay on: without them the server would hand unknown routes to its
/// maker's site.
const QUIET: [&str; 8] = [
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_PURE",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
    "OPENCODE_DISABLE_CLAUDE_CODE",
    "OPENCODE_DISABLE_EXTERNAL_SKILLS",
    "OPENCODE_DISABLE_PROJECT_CONFIG",
];

/// Gives the server an environment in which only the private home exists.
pub(super) fn isolate(command: &mut Command, home: &PrivateHome) {
    command.env_clear();
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if std::env::var_os("LANG").is_none() {
        command.env("LANG", "C.UTF-8");
    }
    command
        .env("PATH", path_behind(home))
        .env("HOME", home.home())
        .env("USERPROFILE", home.home())
        .env("LOCALAPPDATA", home.cache())
        .env("APPDATA", home.config())
        .env("XDG_CONFIG_HOME", home.config())
        .env("XDG_DATA_HOME", home.data())
        .env("XDG_STATE_HOME", home.state())
        .env("XDG_CACHE_HOME", home.cache())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("OPENCODE_MODELS_PATH", home.catalogue());
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, home.temporary());
    }
    for name in QUIET {
        command.env(name, "1");
    }
}

/// Sets, or makes sure of the absence of, the password that the server will ask for.
pub(super) fn protect(command: &mut Command, password: Option<&str>) {
    // A user name in the surrounding environment would change what the password goes with.
    command.env("OPENCODE_SERVER_USERNAME", USERNAME);
    match password {
        Some(password) => command.env("OPENCODE_SERVER_PASSWORD", password),
        None => command.env_remove("OPENCODE_SERVER_PASSWORD"),
    };
}

fn path_behind(home: &PrivateHome) -> OsString {
    let outer = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::iter::once(home.programs()).chain(std::env::split_paths(&outer));
    // A directory with a separator in its name cannot be in a PATH; then the outer one must do.
    std::env::join_paths(directories).unwrap_or(outer)
}
