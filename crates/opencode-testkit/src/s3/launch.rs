//! Starting moto and waiting until it answers.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::error::S3Error;
use super::request;
use crate::machine::process::ServerProcess;
use crate::machine::{PORT_ATTEMPTS, port};

/// How often a server that is starting is asked.
const POLL: Duration = Duration::from_millis(20);
/// How long a start may take; long, because a busy machine is no failure.
const LIMIT: Duration = Duration::from_secs(60);
/// What the server prints once it has its port.
const LISTENS: &str = "Running on http://";

/// Starts the server on a port that nobody has.
///
/// Dropping the future ends it again.
pub(super) async fn somewhere(python: &Path) -> Result<(u16, ServerProcess), S3Error> {
    let mut last_output = String::new();
    for _attempt in 0..PORT_ATTEMPTS {
        let port = port::free().map_err(S3Error::prepare("127.0.0.1:0"))?;
        let process = ServerProcess::spawn(command(python, port))
            .map_err(|source| S3Error::Spawn { program: python.to_path_buf(), source })?;
        match ready(&process, port).await {
            Err(S3Error::Ended { output, .. }) if output.contains("in use") => last_output = output,
            ready => return ready.map(|()| (port, process)),
        }
    }
    Err(S3Error::NoPort { output: last_output })
}

fn command(python: &Path, port: u16) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p"]).arg(port.to_string());
    // A path of somebody's own modules would hide those that were fetched.
    command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
    command
}

async fn ready(process: &ServerProcess, port: u16) -> Result<(), S3Error> {
    let started = Instant::now();
    let authority = format!("127.0.0.1:{port}");
    loop {
        if let Some(status) = process.exit_status() {
            // The readers may be a moment behind the end of the process.
            tokio::time::sleep(POLL).await;
            return Err(S3Error::Ended { status, output: process.output.tail() });
        }
        // On a port that somebody else has taken, somebody else answers.
        if process.output.tail().contains(LISTENS) && request::answers(&authority).await {
            return Ok(());
        }
        if started.elapsed() >= LIMIT {
            return Err(S3Error::NotReady { after: LIMIT, output: process.output.tail() });
        }
        tokio::time::sleep(POLL).await;
    }
}
