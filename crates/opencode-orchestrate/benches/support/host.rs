//! A host: a store on a SQLite file, a client, and prompts.

use opencode_testkit::bench::ServerProcess;
use std::sync::atomic::{AtomicUsize, Ordering};

use opencode_orchestrate::turn::{RunOptions, Turn, TurnRunner};
use opencode_store::session::Subject;
use opencode_store::{ArtifactPlace, Store, StoreOptions};
use opencode_wire::Client;
use opencode_wire::api::SessionHandle;
use tempfile::TempDir;

/// A prompt of a usual length.
pub(crate) const PROMPT: &str = "Explain in two or three sentences why the test in crates/opencode-store fails \
     on the second run, and change only what is needed so that it passes again, without touching the fixtures.";

/// The scope of all turns.
pub(crate) const SCOPE: &str = "bench";

/// A store on a SQLite file as it is made by default, a client, and a server for them.
pub(crate) struct Host {
    pub(crate) store: Store,
    pub(crate) client: Client,
    /// Last, so that the file outlives those who use it.
    _folder: TempDir,
}

impl Host {
    pub(crate) async fn new(server: &ServerProcess) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite://{}", folder.path().join("turns.db").display());
        let options = StoreOptions::default().with_artifacts(ArtifactPlace::Nowhere);
        let store = Store::open_with(&url, options).await.expect("the database opens");
        store.migrate().await.expect("the tables are made");
        let client = Client::new(server.url()).expect("an address is a base URL");
        Self { store, client, _folder: folder }
    }

    pub(crate) fn runner(&self, options: RunOptions) -> TurnRunner {
        TurnRunner::new(self.store.clone(), self.client.clone(), options)
    }
}

/// The next conversation that nobody has begun.
pub(crate) fn conversation() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The directory in which a conversation works: one of its own, as a host gives to each of its users.
pub(crate) fn directory(conversation: usize) -> String {
    format!("/srv/projects/{conversation}")
}

/// A prompt in a conversation.
pub(crate) fn turn(runner: &TurnRunner, conversation: usize) -> Turn {
    let subject = Subject::new(SCOPE, format!("conversation/{conversation}")).expect("a short name");
    Turn::on(runner, &subject, PROMPT).directory(directory(conversation))
}

/// A session for a conversation, without a store.
pub(crate) async fn session(client: &Client, conversation: usize) -> SessionHandle {
    let client = client.with_directory(directory(conversation)).expect("a short path");
    client.sessions().create("A conversation").await.expect("the server makes a session")
}
