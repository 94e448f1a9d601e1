//! What a server is started with.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where the environment of the server is made from ours"
)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::mark::Mark;
use super::{DataDirectory, StartError, SupervisorOptions};

/// What a program needs of the surrounding environment to run at all; the last ones are for Windows.
pub(crate) const PASSED_ON: [&str; 26] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS", //
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "TEMP",
];

/// The program, as it is found now.
pub(super) fn binary(options: &SupervisorOptions) -> Result<PathBuf, StartError> {
    let wanted = options.binary.clone().unwrap_or_else(|| "opencode".into());
    which::which(&wanted).map_err(|_| StartError::NoBinary { binary: wanted })
}

/// The command that starts it.
pub(super) fn command(
    options: &SupervisorOptions,
    binary: &Path,
    password: &str,
    mark: &Mark,
) -> Result<Command, StartError> {
    let mut command = Command::new(binary);
    command.env_clear();
    let passed_on = PASSED_ON.iter().map(OsString::from).chain(options.passed_on.iter().cloned());
    for name in passed_on {
        if let Some(value) = std::env::var_os(&name) {
            command.env(name, value);
        }
    }
    if let DataDirectory::Private(path) = &options.data {
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
        ] {
            let path = path.join(folder);
            std::fs::create_dir_all(&path)
                .map_err(|source| StartError::Directory { path: path.clone(), source })?;
            command.env(name, path);
        }
    }
    if let Some(directory) = &options.directory {
        let found = std::fs::metadata(directory);
        found.map_err(|source| StartError::Directory { path: directory.clone(), source })?;
        command.current_dir(directory);
    }
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    // In the environment and not among the arguments, which everybody on the machine can read.
    command.env("OPENCODE_SERVER_PASSWORD", password).env_remove("OPENCODE_SERVER_USERNAME");
    mark.put_on(&mut command);
    command.args(["serve", "--hostname", "127.0.0.1", "--port", "0"]);
    Ok(command)
}
