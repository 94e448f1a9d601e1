//! A database to measure.

use std::any::Any;

use opencode_store::sqlite::{Durability, SqliteOptions};
use opencode_store::{ArtifactPlace, Store, StoreOptions};
use opencode_testkit::postgres::Database;

use super::Plain;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SqliteFull,
    SqliteNormal,
    Postgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::SqliteFull, Self::SqliteNormal, Self::Postgres];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SqliteFull => "SQLite",
            Self::SqliteNormal => "SQLite NORMAL",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Of the values for SQLite at full durability and for PostgreSQL the one that belongs to this; nothing for the
    /// other durability, which is measured for information.
    pub(crate) fn pick<T>(self, sqlite: T, postgres: T) -> Option<T> {
        match self {
            Self::SqliteFull => Some(sqlite),
            Self::SqliteNormal => None,
            Self::Postgres => Some(postgres),
        }
    }

    /// Whether the person who started the bench wants it: the words `sqlite` and `postgres` leave out the other one.
    fn is_wanted(self) -> bool {
        let is_postgres = self == Self::Postgres;
        let mut words = std::env::args().filter(|word| word == "sqlite" || word == "postgres").peekable();
        words.peek().is_none() || words.any(|word| is_postgres == (word == "postgres"))
    }
}

/// An empty database with tables, and a plain peer with the same tables elsewhere.
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) store: Store,
    pub(crate) plain: Plain,
    /// Where it is, for another handle.
    pub(crate) url: String,
    /// Last, so that the files outlive those who use them.
    _guards: Vec<Box<dyn Any + Send + Sync>>,
}

impl Place {
    /// Makes one. `None` where it is not wanted, or not to be had.
    #[expect(clippy::print_stderr, reason = "a person wants to know why figures are missing")]
    pub(crate) async fn of(kind: Kind) -> Option<Self> {
        if !kind.is_wanted() {
            return None;
        }
        if kind == Kind::Postgres {
            let ours =
                Database::fresh().await.inspect_err(|error| eprintln!("PostgreSQL is left out: {error}"));
            let (ours, theirs) = (ours.ok()?, Database::fresh().await.ok()?);
            let store = open(kind, ours.url()).await;
            open(kind, theirs.url()).await;
            let plain = Plain::postgres(theirs.url()).await;
            let url = ours.url().to_owned();
            return Some(Self { kind, store, plain, url, _guards: vec![Box::new(ours), Box::new(theirs)] });
        }
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        let store = open(kind, &url("ours.db")).await;
        drop(open(kind, &url("theirs.db")).await);
        let plain = Plain::sqlite(&folder.path().join("theirs.db"), kind == Kind::SqliteFull);
        Some(Self { kind, store, plain, url: url("ours.db"), _guards: vec![Box::new(folder)] })
    }

    /// Another handle of the same database, as another process would have.
    pub(crate) async fn other_handle(&self) -> Store {
        open(self.kind, &self.url).await
    }
}

async fn open(kind: Kind, url: &str) -> Store {
    let durability = if kind == Kind::SqliteNormal { Durability::Normal } else { Durability::Full };
    let options = StoreOptions::default()
        .with_sqlite(SqliteOptions::default().with_durability(durability))
        .with_artifacts(ArtifactPlace::Nowhere);
    let store = Store::open_with(url, options).await.expect("the database opens");
    store.migrate().await.expect("the tables are made");
    store
}

/// Runs a bench on a runtime with two threads.
pub(crate) fn run(bench: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(bench);
}
