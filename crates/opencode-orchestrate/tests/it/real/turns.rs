//! Turns that are carried to their ends on the real server, from a SQLite file.

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_store::reply::{StoredPart, UsageOf};
use opencode_store::session::SessionConfig;
use opencode_store::sqlite::SqliteOptions;
use opencode_store::turn::{Admission, Claim, ClaimRequest, EndKind, Finished, StopReason};
use opencode_store::{Result, Store, StoreOptions};
use opencode_testkit::clock::ManualClock;
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_testkit::real::RealServer;
use opencode_wire::Client;
use opencode_wire::api::Prompt;
use opencode_wire::drive::CancellationToken;
use opencode_wire::model::Json;

use crate::support::{Manual, subject};

/// A turn that takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(120);
const LEASE: Duration = Duration::from_secs(30);

struct Rig {
    _server: RealServer,
    model: Model,
    store: Store,
    clock: ManualClock,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Rig {
    async fn start() -> Option<Self> {
        let model = Model::start().await;
        let server = RealServer::builder().model_url(model.url()).start_or_skip().await?;
        let password = server.password().expect("servers of tests have a password");
        let client = Client::builder().base_url(server.url()).password(password).build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::default();
        let options = SqliteOptions::default().with_clock(Arc::new(Manual(clock.clone())));
        let url = format!("sqlite://{}", folder.path().join("store.db").display());
        let store = Store::open_with(&url, StoreOptions::default().with_sqlite(options)).await.unwrap();
        store.migrate().await.unwrap();
        Some(Self { _server: server, model, store, clock, client, _folder: folder })
    }

    async fn admit(&self, script: ModelScript) {
        let message_id = self.client.mint_message_id();
        let prompt = Json::from_value(&Prompt::from(script.to_prompt("Please go."))).unwrap();
        self.store.turns().admit(&Admission::new(subject(), message_id, prompt)).await.unwrap();
    }

    async fn claim(&self) -> Claim {
        let claim = self.store.turns().claim(&ClaimRequest::new("worker", LEASE)).await.unwrap();
        claim.expect("a turn is there to be claimed")
    }

    /// Claims the next turn and begins with it, as a process of its own would.
    async fn begin(&self) -> tokio::task::JoinHandle<Result<Finished>> {
        let runner = TurnRunner::new(self.store.clone(), self.client.clone(), RunOptions::default());
        let claim = self.claim().await;
        tokio::spawn(async move {
            let config = SessionConfig::default().with_title("a test");
            runner.run(claim, &config, CancellationToken::new()).await
        })
    }

    async fn run(&self) -> Finished {
        tokio::time::timeout(HANGS_AFTER, self.begin().await).await.expect("the turn hangs").unwrap().unwrap()
    }

    async fn text(&self, finished: &Finished) -> String {
        let parts = self.store.replies().parts(finished.turn.id).await.unwrap();
        let parts = parts.iter().map(StoredPart::to_value).filter(|part| part["type"] == "text");
        parts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect()
    }
}

fn kind(finished: &Finished) -> EndKind {
    finished.turn.end.as_ref().expect("it has ended").kind
}

#[tokio::test]
async fn g01_a_turn_is_carried_on_by_another_worker_and_the_next_one_follows() {
    let Some(rig) = Rig::start().await else { return };
    rig.admit(ModelScript::new().step([Op::text("Half of "), Op::hold("half"), Op::text("it.")])).await;
    rig.admit(ModelScript::new().step([Op::text("The next.")])).await;
    let died = rig.begin().await;
    rig.model.wait_for_hold("half").await;
    died.abort();
    assert!(died.await.unwrap_err().is_cancelled());
    rig.clock.advance(LEASE * 2);
    rig.model.release("half");
    let finished = rig.run().await;
    assert_eq!((kind(&finished), rig.text(&finished).await.as_str()), (EndKind::Completed, "Half of it."));
    assert_eq!(finished.turn.attempt, 2);
    assert_eq!(rig.model.requests().len(), 1, "it was prompted once");
    assert_eq!(rig.store.replies().usage(&UsageOf::Turn(finished.turn.id)).await.unwrap().steps, 1);

    let next = rig.run().await;
    assert_eq!((kind(&next), rig.text(&next).await.as_str()), (EndKind::Completed, "The next."));
    assert_eq!(next.turn.session, finished.turn.session);
}

#[tokio::test]
async fn g13_a_turn_is_stopped_by_a_row_in_the_store() {
    let Some(rig) = Rig::start().await else { return };
    rig.admit(ModelScript::new().step([Op::text("Half of "), Op::hold("never"), Op::text("it.")])).await;
    let running = rig.begin().await;
    rig.model.wait_for_hold("never").await;
    let session = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    let filter = opencode_store::turn::TurnFilter::Open;
    let turn = rig.store.turns().turns(session.id, filter, None, 1).await.unwrap().remove(0);
    rig.store.turns().request_stop(turn.id, StopReason::Cancelled).await.unwrap();
    let finished =
        tokio::time::timeout(HANGS_AFTER, running).await.expect("the turn hangs").unwrap().unwrap();
    assert_eq!(kind(&finished), EndKind::Cancelled);
}
