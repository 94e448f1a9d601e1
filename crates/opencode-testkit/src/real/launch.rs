//! Starting one server process and waiting until it answers.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::binary::Binary;
use super::environment;
use super::error::RealError;
use super::health::{self, Health};
use super::home::PrivateHome;
use super::phase::Phase;
use super::strays::Strays;
use crate::machine::process::ServerProcess;

/// How often a process that is starting is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Everything that stays the same when a server is started again.
pub(super) struct Launch {
    pub(super) binary: Binary,
    pub(super) directory: PathBuf,
    // Before the home, because they may still write into it.
    pub(super) strays: Strays,
    pub(super) home: PrivateHome,
    pub(super) isolated: bool,
    pub(super) extra: Vec<(String, String)>,
    pub(super) password: Option<String>,
    pub(super) limit: Duration,
    pub(super) on_phase: Box<dyn Fn(Phase) + Send + Sync>,
}

/// A server that has answered.
pub(super) struct Launched {
    pub(super) process: ServerProcess,
    pub(super) version: String,
}

/// Why one attempt came to nothing.
pub(super) enum Setback {
    /// Somebody else has the port: worth another attempt.
    PortTaken { output: String },
    /// Another attempt would end the same way.
    Final(RealError),
}

impl Launch {
    /// Starts the server once on `port`.
    ///
    /// Dropping the future ends the process again.
    pub(super) async fn attempt(&self, port: u16) -> Result<Launched, Setback> {
        (self.on_phase)(Phase::Starting { binary: self.binary.path().to_path_buf(), port });
        let process = ServerProcess::spawn(self.command(port)).map_err(|source| {
            Setback::Final(RealError::Spawn { binary: self.binary.path().into(), source })
        })?;
        let deadline = Instant::now() + self.limit;
        let outcome = tokio::select! {
            biased;
            health = self.ready(&process, port) => Ok(health),
            setback = self.failed(&process, deadline) => Err(setback),
        };
        let health = outcome?;
        Ok(Launched { process, version: health.version })
    }

    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(self.binary.path());
        if self.isolated {
            environment::isolate(&mut command, &self.home);
        }
        self.strays.mark(&mut command);
        environment::protect(&mut command, self.password.as_deref());
        command
            .envs(self.extra.iter().map(|(name, value)| (name, value)))
            .args(["serve", "--hostname", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .current_dir(&self.directory);
        command
    }

    /// Resolves when the server has both said that it listens and answered with its own password.
    async fn ready(&self, process: &ServerProcess, port: u16) -> Health {
        let mut listening = process.output.listening();
        let url = listening
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|url| url.clone())
            // The output lives as long as the process, which is borrowed here.
            .unwrap_or_default();
        (self.on_phase)(Phase::WaitingForHealth { url: url.clone() });
        loop {
            if let Some(health) = health::ask(port, self.password.as_deref()).await {
                (self.on_phase)(Phase::Ready { url, version: health.version.clone() });
                return health;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Resolves when the process has ended or the time is up.
    async fn failed(&self, process: &ServerProcess, deadline: Instant) -> Setback {
        loop {
            if let Some(status) = process.exit_status() {
                // The readers may be a moment behind the end of the process.
                tokio::time::sleep(POLL).await;
                let output = process.output.tail();
                return if port_was_taken(&output) {
                    Setback::PortTaken { output }
                } else {
                    Setback::Final(RealError::Ended { status, output })
                };
            }
            if Instant::now() >= deadline {
                let heard = process.output.listening().borrow().is_some();
                return Setback::Final(RealError::NotReady {
                    after: self.limit,
                    missing: if heard {
                        "an answer of the health route"
                    } else {
                        "the line that says where the server listens"
                    },
                    output: process.output.tail(),
                });
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// The server's own name for "could not listen"; nothing else is said about the reason.
fn port_was_taken(output: &str) -> bool {
    output.contains("ServeError") || output.contains("EADDRINUSE")
}
