//! A store in memory on a clock of its own, a scripted server, and workers.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::log::Entry;
use opencode_orchestrate::turn::{RunOptions, Turn, TurnHandle, TurnOutcome, TurnRunner};
use opencode_store::artifact::ObjectArtifacts;
use opencode_store::blocker::{BlockerRecord, BlockerState};
use opencode_store::memory::MemoryStore;
use opencode_store::reply::StoredPart;
use opencode_store::session::{SessionConfig, Subject};
use opencode_store::turn::{Admission, Claim, ClaimRequest, Delivery, Finished, TurnEnd, TurnId};
use opencode_store::{Result, Store};
use opencode_testkit::clock::ManualClock;
use opencode_testkit::server::Server;
use opencode_wire::Client;
use opencode_wire::api::Prompt;
use opencode_wire::drive::CancellationToken;
use opencode_wire::model::Json;

use crate::support::{Manual, subject};

pub(super) const LEASE: Duration = Duration::from_secs(30);
/// A turn that takes longer hangs.
pub(crate) const HANGS_AFTER: Duration = Duration::from_secs(60);

pub(crate) struct Rig {
    pub(crate) server: Server,
    pub(crate) store: Store,
    client: Client,
    clock: ManualClock,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let clock = ManualClock::default();
        let store = Store::from_backend(Arc::new(MemoryStore::with_clock(Arc::new(Manual(clock.clone())))));
        let artifacts = ObjectArtifacts::in_memory(store.artifact_index());
        let store = store.with_artifacts(Arc::new(artifacts));
        let server = Server::start().await;
        let client = Client::new(server.url()).unwrap();
        Self { server, store, client, clock }
    }

    /// A worker as another process would have it, with a client of its own, on the store's clock.
    pub(crate) fn runner(&self) -> TurnRunner {
        let client = Client::new(self.server.url()).unwrap();
        let runner = TurnRunner::new(self.store.clone(), client, RunOptions::default());
        runner.with_clock(Arc::new(Manual(self.clock.clone())))
    }

    /// Lets time pass on the store's clock.
    pub(super) fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Waits until a turn asks something of people, and that is stored.
    pub(super) async fn asked(&self, id: TurnId) -> BlockerRecord {
        let asked = async {
            let mut watch = self.store.events().watch_turn(id);
            loop {
                let open = TurnHandle::new(self.store.clone(), id).open_blockers().await.unwrap();
                if let Some(first) = open.into_iter().next() {
                    return first;
                }
                watch.changed().await;
            }
        };
        tokio::time::timeout(HANGS_AFTER, asked).await.expect("nothing is asked")
    }

    /// What became of everything that a turn has asked.
    pub(super) async fn requests(&self, id: TurnId) -> Vec<BlockerState> {
        let blockers = self.store.blockers().blockers(id).await.unwrap();
        blockers.into_iter().map(|blocker| blocker.state).collect()
    }

    /// A turn of the subject that is being put together, as a host would.
    pub(super) fn turn(&self, prompt: impl Into<Prompt>) -> Turn {
        Turn::on(&self.runner(), &subject(), prompt)
    }

    /// Admits a prompt with a delivery.
    pub(crate) async fn deliver(&self, prompt: &str, delivery: Delivery) -> TurnId {
        self.turn(prompt).delivery(delivery).enqueue().await.unwrap().id()
    }

    /// Waits until a turn has ended, whoever carries it.
    pub(super) async fn outcome(&self, id: TurnId) -> TurnOutcome {
        let outcome = TurnHandle::new(self.store.clone(), id);
        tokio::time::timeout(HANGS_AFTER, outcome.outcome()).await.expect("the turn does not end").unwrap()
    }

    /// What the log of a turn tells.
    pub(super) async fn log(&self, id: TurnId) -> Vec<Entry> {
        let page = self.store.events().read(id, 0, 10_000).await.unwrap();
        page.events.iter().map(|event| Entry::parse(&event.payload).expect("it is known")).collect()
    }

    /// Admits a prompt.
    pub(super) async fn admit(&self, prompt: impl Into<Prompt>) {
        self.admit_to(&subject(), prompt).await;
    }

    /// Admits a prompt of a subject.
    pub(crate) async fn admit_to(&self, subject: &Subject, prompt: impl Into<Prompt>) {
        let prompt = Json::from_value(&prompt.into()).unwrap();
        let admission = Admission::new(subject.clone(), self.client.mint_message_id(), prompt);
        self.store.turns().admit(&admission).await.unwrap();
    }

    pub(super) async fn claim(&self) -> Option<Claim> {
        self.store.turns().claim(&ClaimRequest::new("worker", LEASE)).await.unwrap()
    }

    /// Lets the leases of all who have died end.
    pub(crate) fn lapse(&self) {
        self.clock.advance(LEASE * 2);
    }

    /// Claims the next turn and carries it to its end.
    pub(crate) async fn run(&self) -> Result<Finished> {
        let claim = self.claim().await.expect("a turn is there to be claimed");
        self.runner().run(claim, &SessionConfig::default(), CancellationToken::new()).await
    }

    /// Claims the next turn and begins with it, in a task that can be ended like a process.
    pub(super) async fn begin(&self) -> tokio::task::JoinHandle<Result<Finished>> {
        self.begin_with(self.runner()).await
    }

    /// The same, as a runner with settings of its own does it.
    pub(super) async fn begin_with(&self, runner: TurnRunner) -> tokio::task::JoinHandle<Result<Finished>> {
        let claim = self.claim().await.expect("a turn is there to be claimed");
        tokio::spawn(
            async move { runner.run(claim, &SessionConfig::default(), CancellationToken::new()).await },
        )
    }

    /// Begins with the next turn, and ends like a killed process when the server has come to a gate.
    pub(crate) async fn die_at(&self, gate: &str) {
        let worker = self.begin().await;
        self.server.wait_for_hold(gate).await;
        worker.abort();
        assert!(worker.await.unwrap_err().is_cancelled());
    }

    /// The text that is stored of a turn.
    pub(super) async fn text(&self, finished: &Finished) -> String {
        let parts = self.store.replies().parts(finished.turn.id).await.unwrap();
        let parts = parts.iter().map(StoredPart::to_value).filter(|part| part["type"] == "text");
        parts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect()
    }
}

/// How a turn ended.
pub(super) fn end(finished: &Finished) -> &TurnEnd {
    finished.turn.end.as_ref().expect("it has ended")
}
