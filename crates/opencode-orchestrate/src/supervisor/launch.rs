//! Starting a server, until it answers.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where the environment of the server is made from ours"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use opencode_wire::Client;
use opencode_wire::ErrorKind;
use opencode_wire::api::{ListSessions, ServerVersion};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::output::Output;
use super::process::ServerProcess;
use super::{DataDirectory, StartError, SupervisorOptions};

/// What a program needs of the surrounding environment to run at all; the last ones are for Windows.
const PASSED_ON: [&str; 26] = [
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

/// How often a server that starts is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// A server that has answered.
pub(super) struct Launched {
    pub(super) process: ServerProcess,
    pub(super) client: Client,
    pub(super) version: String,
}

/// Starts a server. Dropping the future ends it again.
pub(super) async fn launch(options: SupervisorOptions) -> Result<Launched, StartError> {
    let password = password()?;
    let binary = binary(&options)?;
    let command = command(&options, &binary, &password)?;
    let output = Output::new(password.clone());
    let mut process = ServerProcess::spawn(command, output).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => StartError::NoBinary { binary: binary.clone() },
        _ => StartError::Spawn { binary, source },
    })?;
    let output = process.output.clone();
    let deadline = Instant::now() + options.ready_within;
    let answered = tokio::select! {
        biased;
        ended = process.wait() => match ended {
            Ok(status) => {
                // What it said last may still be in the pipe.
                sleep(ASK_EVERY).await;
                Err(StartError::Ended { status, output: output.tail() })
            }
            Err(_) => Err(not_ready(&options, &output)),
        },
        answered = answers(&options, &output, &password) => answered,
        () = tokio::time::sleep_until(deadline) => Err(not_ready(&options, &output)),
    };
    let (client, version) = answered?;
    Ok(Launched { process, client, version })
}

fn not_ready(options: &SupervisorOptions, output: &Output) -> StartError {
    let missing =
        if output.has_address() { "an answer" } else { "the line that says where the server listens" };
    StartError::NotReady { after: options.ready_within, missing, output: output.tail() }
}

/// Waits until the server has said where it listens, and has answered: to everybody, and to whoever has the password.
async fn answers(
    options: &SupervisorOptions,
    output: &Output,
    password: &str,
) -> Result<(Client, String), StartError> {
    let Some(address) = output.address().await else { return std::future::pending().await };
    let mut builder = Client::builder().base_url(address).password(password.to_owned());
    if let Some(directory) = &options.directory {
        builder = builder.directory(directory);
    }
    let client = builder.build().map_err(StartError::Client)?;
    loop {
        match answer(&client, options.min_version).await {
            Ok(version) => return Ok((client, version)),
            Err(StartError::Client(error)) if is_not_yet(&error) => sleep(ASK_EVERY).await,
            Err(error) => return Err(error),
        }
    }
}

/// Asks what everybody may ask, and what only whoever has the password may.
async fn answer(client: &Client, min_version: Option<ServerVersion>) -> Result<String, StartError> {
    let health = client.health().await.map_err(StartError::Client)?;
    if let Some(wanted) = min_version
        && health.server_version().is_none_or(|version| version < wanted)
    {
        return Err(StartError::TooOld { found: health.version, wanted });
    }
    let one = ListSessions::default().with_limit(1);
    client.sessions().list(&one).await.map_err(StartError::Client)?;
    Ok(health.version)
}

/// Whether a server may only be on its way. Otherwise something else listens there, or it is no such server.
fn is_not_yet(error: &opencode_wire::Error) -> bool {
    !matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Decode | ErrorKind::NotFound)
}

fn binary(options: &SupervisorOptions) -> Result<PathBuf, StartError> {
    let wanted = options.binary.clone().unwrap_or_else(|| "opencode".into());
    which::which(&wanted).map_err(|_| StartError::NoBinary { binary: wanted })
}

fn command(options: &SupervisorOptions, binary: &Path, password: &str) -> Result<Command, StartError> {
    let mut command = Command::new(binary);
    command.env_clear();
    let passed_on = PASSED_ON.iter().map(std::ffi::OsString::from).chain(options.passed_on.iter().cloned());
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
    command.args(["serve", "--hostname", "127.0.0.1", "--port", "0"]);
    Ok(command)
}

/// A password that nobody can guess.
fn password() -> Result<String, StartError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| StartError::NoPassword(std::io::Error::other(error)))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
