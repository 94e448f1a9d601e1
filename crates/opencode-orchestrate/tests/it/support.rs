//! A store in memory whose sessions are made on a server.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::upstream::{ClientUpstream, TOKEN};
use opencode_store::Store;
use opencode_store::session::{SessionPlace, Sessions, Subject, Upstream as _};
use opencode_testkit::clock::ManualClock;
use opencode_testkit::server::Server;
use opencode_wire::Client;
use opencode_wire::ids::{Clock, SessionId};

/// A scripted server, and sessions on it.
pub(crate) struct Rig {
    pub(crate) server: Server,
    pub(crate) upstream: ClientUpstream,
    pub(crate) sessions: Sessions,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let server = Server::start().await;
        let upstream = ClientUpstream::new(Client::new(server.url()).unwrap());
        let sessions = sessions(&upstream);
        Self { server, upstream, sessions }
    }

    /// The name of the attempt that made a session, as the server has it.
    pub(crate) fn token_of(&self, id: &SessionId) -> String {
        let session = self.server.session(id.as_str()).expect("the server has it");
        session["metadata"][TOKEN].as_str().expect("it carries a token").to_owned()
    }

    /// The sessions of a directory that any attempt has made.
    pub(crate) async fn alive(&self, token: &str, directory: Option<&str>) -> Vec<SessionId> {
        let place = SessionPlace::new(None, directory.map(str::to_owned));
        self.upstream.minted(token, &place).await.unwrap()
    }
}

/// Sessions over an empty store, whose attempts are swept at once.
pub(crate) fn sessions(upstream: &ClientUpstream) -> Sessions {
    Sessions::new(Store::memory().sessions(), Arc::new(upstream.clone())).with_grace(Duration::ZERO)
}

pub(crate) fn subject() -> Subject {
    Subject::new("acme", "conversation/42").unwrap()
}

/// A time of day that passes as tokio's clock does, which a test may have paused.
#[derive(Debug)]
pub(crate) struct Flowing(tokio::time::Instant);

impl Flowing {
    pub(crate) fn begin() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for Flowing {
    fn unix_millis(&self) -> u64 {
        1_800_000_000_000 + u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// The time of a store that only a test moves.
#[derive(Debug)]
pub(crate) struct Manual(pub(crate) ManualClock);

impl Clock for Manual {
    fn unix_millis(&self) -> u64 {
        self.0.unix_millis()
    }
}

/// Whether a process is there and runs. One that has ended and that nobody has asked about does not.
#[cfg(all(unix, feature = "supervisor"))]
pub(crate) fn is_there(pid: u32) -> bool {
    let number = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let is_dead = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['Z', 'X'])));
    rustix::process::test_kill_process(number).is_ok() && !is_dead
}

/// Waits until a process is not there any more.
#[cfg(all(unix, feature = "supervisor"))]
pub(crate) async fn until_gone(pid: u32) {
    let gone = async {
        while is_there(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), gone).await.expect("the process goes on");
}
