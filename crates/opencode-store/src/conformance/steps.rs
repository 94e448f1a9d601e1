//! The steps that most cases begin with.

use std::fmt::Debug;
use std::time::Duration;

use opencode_wire::ids::{Clock, MessageId, PartId, SessionId};
use opencode_wire::model::Json;

use super::Fixture;
use crate::error::{Error, ErrorKind, Result};
use crate::session::{
    ConfigFingerprint, Mint, MintClaim, MintEnd, MintRequest, Minted, SessionPlace, SessionRecord, Subject,
};
use crate::token::new_token;
use crate::turn::{Admission, Claim, ClaimRequest, Delivery, EndKind, Finished, Lease, TurnEnd, TurnRecord};

/// The lease of minters and workers.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// The grace of sweeps.
pub(super) const GRACE: Duration = Duration::from_secs(120);
/// The shortest time that every store can tell.
pub(super) const TICK: Duration = Duration::from_millis(1);

/// A name that was never used.
pub(super) fn unique(what: &str) -> String {
    format!("{what}_{}", new_token().unwrap())
}

pub(super) fn subject() -> Subject {
    Subject::new(unique("scope"), unique("key")).unwrap()
}

pub(super) fn message_id() -> MessageId {
    MessageId::from_wire(&unique("msg"))
}

pub(super) fn upstream_id() -> SessionId {
    SessionId::from_wire(&unique("ses"))
}

pub(super) fn part_id() -> PartId {
    PartId::from_wire(&unique("prt"))
}

pub(super) fn json<T: serde::Serialize + ?Sized>(value: &T) -> Json {
    Json::from_value(value).unwrap()
}

pub(super) fn completed() -> TurnEnd {
    TurnEnd::new(EndKind::Completed, "completed")
}

/// A directory on the server `east`.
pub(super) fn east(directory: &str) -> SessionPlace {
    SessionPlace::new(Some("east".to_owned()), Some(directory.to_owned()))
}

/// A directory on the server `west`.
pub(super) fn west(directory: &str) -> SessionPlace {
    SessionPlace::new(Some("west".to_owned()), Some(directory.to_owned()))
}

/// A request to mint in the directory `/blue` on the server `east`.
pub(super) fn mint_request(subject: &Subject) -> MintRequest {
    let fingerprint = ConfigFingerprint::new("blue", "rules");
    MintRequest::new(subject.clone(), fingerprint, unique("mint"), LEASE).with_place(east("/blue"))
}

/// What comes of it.
pub(super) fn minted(request: &MintRequest) -> Minted {
    Minted::new(upstream_id(), request.fingerprint.clone(), request.place.clone())
}

pub(super) fn admission(subject: &Subject, delivery: Delivery) -> Admission {
    Admission::new(subject.clone(), message_id(), json("Explain monads.")).with_delivery(delivery)
}

/// Checks that a call was refused, and why.
#[track_caller]
pub(super) fn refused<T: Debug>(result: Result<T>, kind: ErrorKind) -> Error {
    let error = result.expect_err("the call should have been refused");
    assert_eq!(error.kind(), kind, "{error:?}");
    error
}

impl Fixture {
    pub(super) fn unix_millis(&self) -> i64 {
        i64::try_from(self.clock().unix_millis()).unwrap()
    }

    pub(super) async fn begin_mint(&self, request: &MintRequest) -> Mint {
        match self.store().sessions().begin_mint(request).await.unwrap() {
            MintClaim::Claimed(mint) => mint,
            other => panic!("not claimed: {other:?}"),
        }
    }

    /// Mints and binds an upstream session for a subject.
    pub(super) async fn bound(&self, subject: &Subject) -> SessionRecord {
        let request = mint_request(subject);
        let mint = self.begin_mint(&request).await;
        match self.store().sessions().finish_mint(&mint, &minted(&request)).await.unwrap() {
            MintEnd::Bound { session, .. } => session,
            lost @ MintEnd::Lost { .. } => panic!("not bound: {lost:?}"),
        }
    }

    pub(super) async fn admit(&self, subject: &Subject, delivery: Delivery) -> TurnRecord {
        self.store().turns().admit(&admission(subject, delivery)).await.unwrap().turn
    }

    pub(super) async fn claim(&self) -> Option<Claim> {
        self.store().turns().claim(&ClaimRequest::new(unique("worker"), LEASE)).await.unwrap()
    }

    /// Admits a turn, and claims it. No lease may have ended, and no other turn may be ready.
    pub(super) async fn claimed(&self, subject: &Subject) -> Claim {
        let turn = self.admit(subject, Delivery::Queue).await;
        let claim = self.claim().await.expect("a turn was admitted");
        assert_eq!(claim.turn.id, turn.id, "the only turn that can be claimed");
        claim
    }

    pub(super) async fn finish(&self, lease: &Lease) -> Finished {
        self.store().turns().finish(lease, &completed()).await.unwrap()
    }

    /// A turn whose lease has ended and that somebody else has taken over: the old lease and the new claim.
    pub(super) async fn taken_over(&self, subject: &Subject) -> (Lease, Claim) {
        let old = self.claimed(subject).await;
        self.clock().advance(LEASE + TICK);
        let new = self.claim().await.expect("the lease has ended");
        assert_eq!(new.turn.id, old.turn.id);
        (old.lease, new)
    }

    pub(super) async fn turn(&self, id: crate::turn::TurnId) -> TurnRecord {
        self.store().turns().turn(id).await.unwrap().expect("the turn is there")
    }
}
