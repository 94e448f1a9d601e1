//! Starting the server and waiting until it accepts connections.

use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::error::PostgresError;
use super::postmaster::Postmaster;
use crate::machine::{PORT_ATTEMPTS, port};

/// How often a server that is starting is looked at.
const POLL: Duration = Duration::from_millis(10);

/// Why one attempt came to nothing.
enum Setback {
    /// Somebody else has the port: worth an attempt at another.
    PortTaken { output: String },
    /// A process of a killed server has not ended yet: worth another attempt.
    StillInUse { status: std::process::ExitStatus, output: String },
    /// Another attempt would end the same way.
    Final(PostgresError),
}

/// Starts the server on a port that nobody has.
pub(super) async fn somewhere(cluster: &Cluster) -> Result<(u16, Postmaster), PostgresError> {
    let mut last_output = String::new();
    for _attempt in 0..PORT_ATTEMPTS {
        let port = port::free().map_err(PostgresError::prepare("127.0.0.1:0"))?;
        match attempt(cluster, port).await {
            Ok(postmaster) => return Ok((port, postmaster)),
            Err(Setback::PortTaken { output }) => last_output = output,
            Err(Setback::StillInUse { status, output }) => {
                return Err(PostgresError::Ended { status, output });
            }
            Err(Setback::Final(error)) => return Err(error),
        }
    }
    Err(PostgresError::NoPort { output: last_output })
}

/// Starts the server on the port that it had before.
pub(super) async fn again(cluster: &Cluster, port: u16) -> Result<Postmaster, PostgresError> {
    let deadline = Instant::now() + cluster.limit;
    loop {
        match attempt(cluster, port).await {
            Ok(postmaster) => return Ok(postmaster),
            Err(Setback::StillInUse { status, output }) => {
                if Instant::now() >= deadline {
                    return Err(PostgresError::Ended { status, output });
                }
                tokio::time::sleep(POLL).await;
            }
            Err(Setback::PortTaken { output }) => return Err(PostgresError::NoPort { output }),
            Err(Setback::Final(error)) => return Err(error),
        }
    }
}

/// Dropping the future ends the server again.
async fn attempt(cluster: &Cluster, port: u16) -> Result<Postmaster, Setback> {
    let command = cluster.server(port);
    let program = command.get_program().into();
    let postmaster = Postmaster::spawn(command, cluster.root())
        .map_err(|source| Setback::Final(PostgresError::Spawn { program, source }))?;
    let deadline = Instant::now() + cluster.limit;
    while !accepts_connections(cluster, &postmaster) {
        if let Some(status) = postmaster.exit_status() {
            // The reader may be a moment behind the end of the process.
            tokio::time::sleep(POLL).await;
            return Err(Setback::of(status, postmaster.log()));
        }
        if Instant::now() >= deadline {
            let (after, output) = (cluster.limit, postmaster.log());
            return Err(Setback::Final(PostgresError::NotReady { after, output }));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(postmaster)
}

/// Reads the server's lock file, which says in its eighth line how things are; `pg_ctl` does the
/// same.
///
/// A killed server leaves its own behind, so that the process id in the first line counts too.
fn accepts_connections(cluster: &Cluster, postmaster: &Postmaster) -> bool {
    let Ok(text) = std::fs::read_to_string(cluster.data().join("postmaster.pid")) else {
        return false;
    };
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&postmaster.pid().to_string()) && lines.nth(6) == Some("ready")
}

impl Setback {
    fn of(status: std::process::ExitStatus, output: String) -> Self {
        if output.contains("could not bind IPv4 address") {
            Self::PortTaken { output }
        } else if output.contains("pre-existing shared memory block") {
            Self::StillInUse { status, output }
        } else {
            Self::Final(PostgresError::Ended { status, output })
        }
    }
}
