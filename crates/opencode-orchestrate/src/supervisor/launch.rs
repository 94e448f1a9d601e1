//! Starting a server, until it answers.

use std::time::Duration;

use opencode_wire::Client;
use opencode_wire::ErrorKind;
use opencode_wire::api::{ListSessions, ServerVersion};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::environment::{binary, command};
use super::mark::Mark;
use super::orphans::Orphans;
use super::output::Output;
use super::process::ServerProcess;
use super::{StartError, SupervisorOptions, random};

/// How often a server that starts is asked whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// How long it may take to read what a server has printed that has ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A server that has answered.
pub(super) struct Launched {
    pub(super) process: ServerProcess,
    pub(super) client: Client,
    pub(super) version: String,
}

/// Starts a server, once what earlier owners have left is cleared up. Without one, nothing of it is left.
///
/// It is given up when `go_on` is dropped. Dropping the future ends the server too, but does not wait for that.
pub(super) async fn launch(
    options: SupervisorOptions,
    mut go_on: oneshot::Receiver<()>,
) -> Result<Launched, StartError> {
    let password = random::hex::<32>().map_err(StartError::NoPassword)?;
    let mark = Mark::new().map_err(StartError::NoPassword)?;
    let binary = binary(&options)?;
    let command = command(&options, &binary, &password, &mark)?;
    let orphans = Orphans::open(options.records.as_deref())?;
    if let Some(orphans) = &orphans {
        tokio::select! {
            biased;
            _ = &mut go_on => return Err(StartError::Stopped),
            () = orphans.clear() => {}
        }
    }
    let entry = orphans.and_then(|orphans| orphans.enter(&mark, &command));
    let output = Output::new(password.clone());
    let mut process =
        ServerProcess::spawn(command, output, mark, entry).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => StartError::NoBinary { binary: binary.clone() },
            _ => StartError::Spawn { binary, source },
        })?;
    let output = process.output.clone();
    let deadline = Instant::now() + options.ready_within;
    let answered = tokio::select! {
        biased;
        _ = &mut go_on => Err(StartError::Stopped),
        ended = process.wait() => match ended {
            Ok(status) => {
                // What it said last may still be in the pipe.
                output.closed(LAST_WORDS).await;
                Err(StartError::Ended { status, output: output.tail() })
            }
            Err(_) => Err(not_ready(&options, &output)),
        },
        answered = answers(&options, &output, &password) => answered,
        () = tokio::time::sleep_until(deadline) => Err(not_ready(&options, &output)),
    };
    match answered {
        Ok((client, version)) => Ok(Launched { process, client, version }),
        Err(error) => {
            process.end().await;
            Err(error)
        }
    }
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
    use ErrorKind::{Decode, NotFound, NotOpenCode, Unauthorized};
    !matches!(error.kind(), Unauthorized | Decode | NotFound | NotOpenCode)
}
