//! Cases about replacing an upstream session.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{GRACE, LEASE, east, mint_request, minted, subject};
use crate::session::{ConfigFingerprint, ContextLost, MintClaim, MintEnd, StaleMint};

/// Any number who replace the same generation get the same new session, and the old one is noted to be deleted.
pub async fn recreating_converges(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let old = fixture.bound(&subject).await;
    let claims = race(16, |racer| {
        let (store, request) = (fixture.handle(racer), mint_request(&subject).replacing(1));
        async move { (store.sessions().begin_mint(&request).await.unwrap(), request) }
    })
    .await;
    let mut claimed = Vec::new();
    for (claim, request) in claims {
        match claim {
            MintClaim::Claimed(mint) => claimed.push((mint, request)),
            MintClaim::Taken { session, .. } => assert_eq!(session, old.id),
            bound @ MintClaim::Bound(_) => panic!("nobody has replaced it: {bound:?}"),
        }
    }
    let [(mint, request)] = claimed.try_into().expect("one claim");
    assert_eq!((mint.context_lost, &mint.session), (Some(ContextLost::Gone), &old));
    assert_eq!(sessions.session(&subject).await.unwrap().as_ref(), Some(&old), "bound until it is replaced");
    let made = minted(&request);
    let end = sessions.finish_mint(&mint, &made).await.unwrap();
    let MintEnd::Bound { session, replaced } = end else { panic!("not bound: {end:?}") };
    assert_eq!((session.id, session.generation, replaced), (old.id, 2, old.upstream_id));
    let late = race(16, |racer| {
        let (store, request) = (fixture.handle(racer), mint_request(&subject).replacing(1));
        async move { store.sessions().begin_mint(&request).await.unwrap() }
    });
    for claim in late.await {
        assert_eq!(claim, MintClaim::Bound(session.clone()), "another has replaced it already");
    }
}

/// What was replaced is handed to a sweeper at once, with the directory that it was made in.
pub async fn a_replaced_session_is_noted_with_its_directory(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let old = fixture.bound(&subject).await;
    let mut request = mint_request(&subject).with_place(east("/green"));
    request.fingerprint = ConfigFingerprint::new("green", "rules");
    let mint = fixture.begin_mint(&request).await;
    assert_eq!(mint.context_lost, Some(ContextLost::Reconfigured));
    let end = sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
    let MintEnd::Bound { session, .. } = end else { panic!("not bound: {end:?}") };
    assert_eq!((session.generation, session.directory.as_deref()), (2, Some("/green")));
    assert_eq!(sessions.session_by_upstream(old.upstream_id.as_ref().unwrap()).await.unwrap(), None);

    let expected = StaleMint::new(&request.token, old.upstream_id, east("/blue"));
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), [expected]);
    sessions.forget_mint(&request.token).await.unwrap();
    fixture.clock().advance(LEASE + GRACE * 10);
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), []);
}

/// A session whose binding is another one is replaced; one whose rules are others is used, and told so.
pub async fn other_permissions_are_the_same_session(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    let mut request = mint_request(&subject);
    request.fingerprint = ConfigFingerprint::new("blue", "other rules");
    assert_eq!(sessions.begin_mint(&request).await.unwrap(), MintClaim::Bound(bound.clone()));
    assert!(!sessions.set_permissions(bound.id, 0, "other rules").await.unwrap());
    assert!(sessions.set_permissions(bound.id, 1, "other rules").await.unwrap());
    let session = sessions.session(&subject).await.unwrap().unwrap();
    assert_eq!(session.fingerprint, Some(request.fingerprint));
    assert_eq!((session.generation, session.upstream_id), (1, bound.upstream_id));
}
