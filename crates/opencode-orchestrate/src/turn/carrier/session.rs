//! The session of a turn, and its server.

use opencode_store::session::Ensured;
use opencode_store::{Error, ErrorKind, Result};
use opencode_wire::ErrorKind as WireKind;
use opencode_wire::api::SessionHandle;

use super::super::course::Came;
use super::Carrier;
use crate::pool::PoolError;
use crate::trace;

impl Carrier<'_> {
    /// Asks the server whether it has a prompt that somebody was about to post.
    ///
    /// Whoever was about to post it has lost the lease since, and is not waiting for an answer any more.
    pub(super) async fn ask(&mut self) -> Result<Came> {
        if self.session.upstream_id.is_none() {
            return Ok(Came::NoSession);
        }
        let session = match self.reach().await? {
            Ok(session) => session,
            Err(unreachable) => return Ok(unreachable),
        };
        let Err(error) = session.message(&self.tools.claim.turn.message_id).await else {
            return Ok(Came::Done);
        };
        if error.kind() != WireKind::NotFound {
            return Ok(self.cannot(error));
        }
        Ok(match session.get().await {
            Ok(_) => Came::Absent,
            Err(error) => self.cannot(error),
        })
    }

    pub(super) async fn ensure(&mut self) -> Result<Came> {
        let config = match self.tools.runner.placed(&self.session.subject, self.tools.config) {
            Ok(config) => config,
            Err(error) => return Ok(self.cannot_use(error)),
        };
        let sessions = self.tools.runner.sessions();
        let ensured = sessions.ensure(&self.tools.claim.session.subject, &config).await;
        self.have(ensured)
    }

    pub(super) async fn replace(&mut self) -> Result<Came> {
        // Whoever waits for the server to be free must not wait for us, who are about to ask for another.
        self.server = None;
        let config = match self.tools.runner.placed(&self.session.subject, self.tools.config) {
            Ok(config) => config,
            Err(error) => return Ok(self.cannot_use(error)),
        };
        let ensured = self.tools.runner.sessions().recreate(&self.session, &config).await;
        self.have(ensured)
    }

    fn have(&mut self, ensured: Result<Ensured>) -> Result<Came> {
        match ensured {
            Ok(ensured) => {
                trace::session_ensured(self.tools.claim, &ensured);
                self.session = ensured.session;
                Ok(Came::Done)
            }
            Err(error) if error.kind() == ErrorKind::Upstream => {
                self.trouble = Some(error);
                Ok(Came::Unreachable)
            }
            Err(error) => Err(error),
        }
    }

    /// The session on its server, which is started when it does not run; or what came of that.
    pub(super) async fn reach(&mut self) -> Result<Result<SessionHandle, Came>> {
        let missing = || Error::new(ErrorKind::Corrupt, "a session that was ensured has no upstream id");
        let id = self.session.upstream_id.clone().ok_or_else(missing)?;
        let pool = self.tools.runner.pool();
        let held = self.server.take().filter(|server| pool.is_of(server, &self.session));
        let server = match held {
            Some(server) => server,
            None => {
                let (server, directory) = (self.session.server.as_deref(), self.session.directory.as_deref());
                match pool.server(server, directory).await {
                    Ok(server) => server,
                    Err(error) => return Ok(Err(self.cannot_use(error))),
                }
            }
        };
        let client = server.client().clone();
        self.server = Some(server);
        Ok(Ok(client.session(id)))
    }

    fn cannot_use(&mut self, error: PoolError) -> Came {
        let message = "no server could be had for the turn";
        self.trouble = Some(Error::new(ErrorKind::Upstream, message).with_source(error));
        Came::Unreachable
    }
}
