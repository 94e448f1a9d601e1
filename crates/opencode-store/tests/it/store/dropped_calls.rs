//! The calls that are dropped, and what is there before them.

use opencode_store::artifact::{Digest, Expect, NewArtifact, PutEnd};
use opencode_store::blocker::{BlockerKind, NewBlocker};
use opencode_store::reply::{PartBody, PartWrite, Snapshot, StepUsage, UsageOf};
use opencode_store::session::{ConfigFingerprint, Mint, MintEnd, MintRequest, Minted, SessionRecord};
use opencode_store::turn::{Admitted, Claim, TurnId, TurnRecord};
use opencode_store::{Result, Store};
use opencode_wire::ids::{PartId, SessionId};
use opencode_wire::model::Json;
use opencode_wire::reply::Usage;

use crate::steps::{LEASE, admission, claimed, completed, json, subject};

/// A claimed turn that asks something, another one that is to be claimed, and calls about them.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) store: Store,
    /// What the names of this round begin with.
    pub(super) key: String,
    pub(super) claim: Claim,
    pub(super) next: TurnRecord,
}

impl Calls {
    pub(super) async fn prepare(store: &Store, key: &str) -> Self {
        let claim = claimed(store, key).await;
        let request =
            NewBlocker::new("per_1", SessionId::from_wire("ses_1"), BlockerKind::Permission, json("?"));
        store.blockers().ask(&claim.lease, &request).await.unwrap();
        let next = store.turns().admit(&admission(&format!("{key} claimable"))).await.unwrap().turn;
        Self { store: store.clone(), key: key.to_owned(), claim, next }
    }

    /// Ends what the round has begun, so that the next one claims its own turns.
    pub(super) async fn end(self) {
        while let Some(claim) = self.store.turns().claim(&crate::steps::worker("end")).await.unwrap() {
            self.store.turns().finish(&claim.lease, &completed()).await.unwrap();
        }
    }

    pub(super) async fn admit_long(&self) -> Result<Admitted> {
        let mut admission = admission(&format!("{} long", self.key));
        admission.prompt = json(&"long ".repeat(2000));
        self.store.turns().admit(&admission).await
    }

    pub(super) async fn append(&self) -> Result<u64> {
        let payloads = ["one", "two", "three"].map(str::to_owned);
        self.store.events().append(&self.claim.lease, 0, &payloads).await
    }

    pub(super) async fn write_snapshot(&self) -> Result<()> {
        let session = SessionId::from_wire("ses_1");
        let part = |id: &str, ordinal| {
            let body =
                PartBody::Whole { body: Json::from_value(&Body { text: "Yes." }).unwrap(), growing: None };
            PartWrite::new(PartId::from_wire(id), session.clone(), ordinal, body)
        };
        let mut used = Usage::default();
        used.input = 7;
        let mut snapshot = Snapshot::default();
        snapshot.parts = vec![part("prt_1", 1), part("prt_2", 2)];
        snapshot.usage = vec![StepUsage::new(PartId::from_wire("prt_2"), session, used)];
        self.store.replies().write_snapshot(&self.claim.lease, &snapshot).await
    }

    pub(super) fn mint_request(&self) -> MintRequest {
        let subject = subject(&format!("{} minted", self.key));
        MintRequest::new(
            subject,
            ConfigFingerprint::new("blue", "rules"),
            format!("mint {}", self.key),
            LEASE,
        )
    }

    pub(super) async fn bind(&self, session: SessionRecord, request: &MintRequest) -> SessionRecord {
        let mint = Mint::new(session, request.token.clone(), None);
        let upstream_id = SessionId::from_wire(&format!("ses_{}", self.key));
        let minted = Minted::new(upstream_id, request.fingerprint.clone(), request.place.clone());
        match self.store.sessions().finish_mint(&mint, &minted).await.unwrap() {
            MintEnd::Bound { session, .. } => session,
            lost @ MintEnd::Lost { .. } => panic!("{lost:?}"),
        }
    }

    pub(super) async fn put_artifact(&self) -> Result<PutEnd> {
        let (digest, name) = (Digest::of(self.key.as_bytes()), "report.md".parse().unwrap());
        let object_key = format!("objects/{}", self.key);
        let artifact = NewArtifact::new(self.claim.turn.id, name, "text/markdown", 9, digest, object_key);
        self.store.artifact_index().put_artifact(&artifact, Expect::Any).await
    }
}

#[derive(serde::Serialize)]
struct Body {
    text: &'static str,
}

pub(super) async fn parts_and_steps(store: &Store, turn: TurnId) -> (usize, u64) {
    let parts = store.replies().parts(turn).await.unwrap().len();
    (parts, store.replies().usage(&UsageOf::Turn(turn)).await.unwrap().steps)
}
