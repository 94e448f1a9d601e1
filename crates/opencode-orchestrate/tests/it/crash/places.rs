//! Where the turns of a matrix are kept and carried out: databases and servers, which one run after the other uses.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opencode_store::Store;
use opencode_testkit::model::Model;
use opencode_testkit::postgres::Database;
use opencode_testkit::real::RealServer;
use opencode_testkit::server::Server;
use opencode_wire::Client;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DatabaseKind {
    Sqlite,
    Postgres,
}

/// Which kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostKind {
    Scripted,
    Real,
}

/// A database that nobody else uses meanwhile, with its tables.
pub(super) enum Place {
    Sqlite { _folder: TempDir, url: String },
    Postgres(Database),
}

impl Place {
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Sqlite { url, .. } => url,
            Self::Postgres(database) => database.url(),
        }
    }
}

/// A server that nobody else uses meanwhile.
pub(super) enum Host {
    Scripted(Server),
    Real { server: Box<RealServer>, model: Model },
}

impl Host {
    /// `None` where the test is to be skipped.
    async fn fresh(kind: HostKind) -> Option<Self> {
        match kind {
            HostKind::Scripted => {
                // Ids of its own, because several of them use one database after the other.
                let server = Server::builder().seed(fastrand::u64(..)).start().await;
                Some(Self::Scripted(server))
            }
            HostKind::Real => {
                let model = Model::start().await;
                let server = RealServer::builder().model_url(model.url()).start_or_skip().await?;
                Some(Self::Real { server: Box::new(server), model })
            }
        }
    }

    pub(super) fn url(&self) -> &str {
        match self {
            Self::Scripted(server) => server.url(),
            Self::Real { server, .. } => server.url(),
        }
    }

    pub(super) fn password(&self) -> Option<&str> {
        match self {
            Self::Scripted(_) => None,
            Self::Real { server, .. } => server.password(),
        }
    }

    /// A client of the test's own.
    pub(super) fn client(&self) -> Client {
        let client = Client::builder().base_url(self.url());
        self.password()
            .into_iter()
            .fold(client, |client, password| client.password(password))
            .build()
            .unwrap()
    }

    /// Lets the agent go on that waits at this gate, now or when it comes.
    pub(super) fn release(&self, gate: &str) {
        match self {
            Self::Scripted(server) => server.release(gate),
            Self::Real { model, .. } => model.release(gate),
        }
    }

    /// Kills the server, and starts it again.
    pub(super) async fn restart(&self) {
        match self {
            Self::Scripted(server) => server.restart().await,
            Self::Real { server, .. } => {
                server.kill().await;
                server.restart().await.unwrap();
            }
        }
    }
}

/// The databases and servers of a matrix. What a run that went wrong has used is not used again.
pub(super) struct Places {
    database: DatabaseKind,
    host: HostKind,
    /// One on the server that all databases are on.
    first: OnceCell<Option<Database>>,
    databases: Mutex<Vec<Place>>,
    hosts: tokio::sync::Mutex<Vec<Arc<Host>>>,
}

impl Places {
    pub(super) fn new(database: DatabaseKind, host: HostKind) -> Self {
        let (first, databases, hosts) = (OnceCell::new(), Mutex::default(), tokio::sync::Mutex::default());
        Self { database, host, first, databases, hosts }
    }

    /// How much of the machine a run takes, of [`AT_ONCE`](super::matrix::AT_ONCE).
    pub(super) fn weight(&self) -> u32 {
        match (self.database, self.host) {
            (DatabaseKind::Sqlite, HostKind::Scripted) => 1,
            // A server of PostgreSQL has few connections.
            (DatabaseKind::Postgres, HostKind::Scripted) => 4,
            (_, HostKind::Real) => 10,
        }
    }

    async fn fresh_place(&self) -> Option<Place> {
        let place = match self.database {
            DatabaseKind::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite://{}", folder.path().join("store.db").display());
                Place::Sqlite { _folder: folder, url }
            }
            DatabaseKind::Postgres => {
                let first = self.first.get_or_init(Database::fresh_or_skip).await.as_ref()?;
                Place::Postgres(first.another().await.unwrap())
            }
        };
        Store::open(place.url()).await.unwrap().migrate().await.unwrap();
        Some(place)
    }

    /// `None` where the test is to be skipped. A server that nobody kills may be shared.
    pub(super) async fn take(&self, may_share: bool) -> Option<(Place, Arc<Host>)> {
        let place = self.databases.lock().unwrap().pop();
        let place = match place {
            Some(place) => place,
            None => self.fresh_place().await?,
        };
        // Held while a server starts, so that the others wait for that one.
        let mut hosts = self.hosts.lock().await;
        if !may_share && let Some(host) = hosts.pop() {
            return Some((place, host));
        }
        if may_share && let Some(host) = hosts.first() {
            return Some((place, Arc::clone(host)));
        }
        let host = Arc::new(Host::fresh(self.host).await?);
        if may_share && self.host == HostKind::Real {
            hosts.push(Arc::clone(&host));
        }
        Some((place, host))
    }

    /// Gives back what can be used again. Files and scripted servers cost little, so each run has its own.
    pub(super) async fn give_back(&self, place: Place, host: Arc<Host>, may_share: bool) {
        if self.database == DatabaseKind::Postgres {
            self.databases.lock().unwrap().push(place);
        }
        if !may_share && self.host == HostKind::Real {
            self.hosts.lock().await.push(host);
        }
    }

    /// How long a turn stays a dead worker's: not long, but longer than the server may take to answer.
    pub(super) fn lease(&self) -> Duration {
        match self.host {
            HostKind::Scripted => Duration::from_millis(1500),
            HostKind::Real => Duration::from_secs(3),
        }
    }
}
