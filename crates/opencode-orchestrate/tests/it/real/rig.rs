//! A real server with a scripted model, and a SQLite file on a clock of its own.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::turn::{RunOptions, Turn, TurnHandle, TurnOutcome, TurnRunner};
use opencode_store::blocker::BlockerRecord;
use opencode_store::reply::StoredPart;
use opencode_store::session::SessionConfig;
use opencode_store::sqlite::SqliteOptions;
use opencode_store::turn::{Claim, ClaimRequest, Delivery, EndKind, Finished, TurnId};
use opencode_store::{Result, Store, StoreOptions};
use opencode_testkit::clock::ManualClock;
use opencode_testkit::model::{Model, ModelScript};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::Prompt;
use opencode_wire::drive::CancellationToken;
use tokio::task::JoinHandle;

use crate::support::{Manual, subject};

/// A turn that takes longer hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(120);
pub(super) const LEASE: Duration = Duration::from_secs(30);

pub(super) struct Rig {
    pub(super) server: RealServer,
    pub(super) model: Model,
    pub(super) store: Store,
    pub(super) clock: ManualClock,
    folder: tempfile::TempDir,
}

impl Rig {
    /// Nothing where the test is to be skipped.
    pub(super) async fn start() -> Option<Self> {
        let model = Model::start().await;
        let server = RealServer::builder().model_url(model.url()).start_or_skip().await?;
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::default();
        let store = open(&folder, &clock).await;
        store.migrate().await.unwrap();
        Some(Self { server, model, store, clock, folder })
    }

    /// The same file, opened for itself as another process would.
    pub(super) async fn elsewhere(&self) -> Store {
        open(&self.folder, &self.clock).await
    }

    pub(super) fn client(&self) -> Client {
        let password = self.server.password().expect("servers of tests have a password");
        Client::builder().base_url(self.server.url()).password(password).build().unwrap()
    }

    /// A worker as another process would have it.
    pub(super) fn runner(&self) -> TurnRunner {
        TurnRunner::new(self.store.clone(), self.client(), RunOptions::default())
            .with_clock(Arc::new(Manual(self.clock.clone())))
            .with_blockers(BlockerPolicy::ask())
    }

    /// A turn of the subject that is being put together.
    pub(super) fn turn(&self, script: &ModelScript) -> Turn {
        self.turn_of(Prompt::from(script.to_prompt("Please go.")))
    }

    pub(super) fn turn_of(&self, prompt: Prompt) -> Turn {
        Turn::on(&self.runner(), &subject(), prompt).title("a test")
    }

    pub(super) async fn admit(&self, script: ModelScript) -> TurnId {
        self.deliver(script, Delivery::Queue).await
    }

    pub(super) async fn deliver(&self, script: ModelScript, delivery: Delivery) -> TurnId {
        self.turn(&script).delivery(delivery).enqueue().await.unwrap().id()
    }

    /// Carries a turn that is put together to its end.
    pub(super) async fn carry(&self, turn: Turn) -> TurnOutcome {
        let run = turn.run(CancellationToken::new());
        tokio::time::timeout(HANGS_AFTER, run).await.expect("the turn hangs").unwrap()
    }

    async fn claim(&self) -> Claim {
        let claim = self.store.turns().claim(&ClaimRequest::new("worker", LEASE)).await.unwrap();
        claim.expect("a turn is there to be claimed")
    }

    /// Claims the next turn and begins with it, as a process of its own would.
    pub(super) async fn begin(&self) -> JoinHandle<Result<Finished>> {
        let runner = self.runner();
        let claim = self.claim().await;
        tokio::spawn(async move {
            let config = SessionConfig::default().with_title("a test");
            runner.run(claim, &config, CancellationToken::new()).await
        })
    }

    /// Waits for the end of a turn that was begun here.
    pub(super) async fn end(running: JoinHandle<Result<Finished>>) -> Finished {
        tokio::time::timeout(HANGS_AFTER, running).await.expect("the turn hangs").unwrap().unwrap()
    }

    pub(super) async fn run(&self) -> Finished {
        Self::end(self.begin().await).await
    }

    /// Lets whoever works on a turn die, and its lease end.
    pub(super) async fn kill(&self, working: JoinHandle<Result<Finished>>) {
        working.abort();
        assert!(working.await.unwrap_err().is_cancelled());
        self.clock.advance(LEASE * 2);
    }

    /// Waits until a turn has ended, whoever carries it.
    pub(super) async fn outcome(&self, id: TurnId) -> TurnOutcome {
        let handle = TurnHandle::new(self.store.clone(), id);
        tokio::time::timeout(HANGS_AFTER, handle.outcome()).await.expect("the turn hangs").unwrap()
    }

    /// Waits until a turn asks something of people, and that is stored.
    pub(super) async fn asked(&self, id: TurnId) -> BlockerRecord {
        let handle = TurnHandle::new(self.store.clone(), id);
        let asked = async {
            let mut watch = self.store.events().watch_turn(id);
            loop {
                if let Some(first) = handle.open_blockers().await.unwrap().into_iter().next() {
                    return first;
                }
                watch.changed().await;
            }
        };
        tokio::time::timeout(HANGS_AFTER, asked).await.expect("nothing is asked")
    }

    pub(super) async fn text(&self, finished: &Finished) -> String {
        let parts = self.store.replies().parts(finished.turn.id).await.unwrap();
        let parts = parts.iter().map(StoredPart::to_value).filter(|part| part["type"] == "text");
        parts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect()
    }
}

async fn open(folder: &tempfile::TempDir, clock: &ManualClock) -> Store {
    let options = SqliteOptions::default().with_clock(Arc::new(Manual(clock.clone())));
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    Store::open_with(&url, StoreOptions::default().with_sqlite(options)).await.unwrap()
}

pub(super) fn kind(finished: &Finished) -> EndKind {
    finished.turn.end.as_ref().expect("it has ended").kind
}
