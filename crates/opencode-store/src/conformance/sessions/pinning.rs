//! Cases about the server that a session is on.

use crate::conformance::Fixture;
use crate::conformance::steps::{GRACE, LEASE, TICK, east, mint_request, minted, refused, subject, west};
use crate::error::ErrorKind;
use crate::session::{ConfigFingerprint, MintClaim, MintEnd, SessionPlace, StaleMint};
use crate::turn::Delivery;

/// A session is stored with the name of its server, which everybody reads who finds it; one without stays without.
pub async fn a_session_is_pinned_to_its_server(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let only = SessionPlace::new(None, Some("/blue".to_owned()));
    for place in [east("/blue"), west("/blue"), only, SessionPlace::default()] {
        let subject = subject();
        let request = mint_request(&subject).with_place(place.clone());
        let mint = fixture.begin_mint(&request).await;
        assert_eq!(mint.session.place(), SessionPlace::default(), "there is no session yet");
        let end = sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
        let MintEnd::Bound { session, .. } = end else { panic!("not bound: {end:?}") };
        assert_eq!(session.place(), place);

        let (stored, other) = (Some(session.clone()), fixture.other());
        let upstream_id = session.upstream_id.as_ref().unwrap();
        assert_eq!(other.sessions().session(&subject).await.unwrap(), stored);
        assert_eq!(other.sessions().session_by_row(session.id).await.unwrap(), stored);
        assert_eq!(other.sessions().session_by_upstream(upstream_id).await.unwrap(), stored);
        fixture.admit(&subject, Delivery::Queue).await;
        let claim = fixture.claim().await.expect("it is ready");
        assert_eq!(claim.session.place(), place, "a worker has to know where to ask");
        fixture.finish(&claim.lease).await;
    }
}

/// A session that is there is not moved because another server is asked for.
pub async fn a_bound_session_stays_on_its_server(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    for place in [west("/blue"), SessionPlace::new(None, Some("/blue".to_owned()))] {
        let request = mint_request(&subject).with_place(place);
        assert_eq!(sessions.begin_mint(&request).await.unwrap(), MintClaim::Bound(bound.clone()));
    }
    assert!(sessions.set_permissions(bound.id, 1, "other rules").await.unwrap());
    let session = sessions.session(&subject).await.unwrap().unwrap();
    assert_eq!(session.place(), east("/blue"));
}

/// A session that is replaced is noted to be deleted on its own server, and the new one is on another.
pub async fn a_replaced_session_is_noted_with_its_server(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    for reconfigured in [false, true] {
        let subject = subject();
        let old = fixture.bound(&subject).await;
        let mut request = mint_request(&subject).with_place(west("/green"));
        if reconfigured {
            request.fingerprint = ConfigFingerprint::new("green", "rules");
        } else {
            request.replacing = Some(1);
        }
        let mint = fixture.begin_mint(&request).await;
        assert_eq!(mint.session, old, "bound until it is replaced");
        let end = sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
        let MintEnd::Bound { session, .. } = end else { panic!("not bound: {end:?}") };
        assert_eq!((session.generation, session.place()), (2, west("/green")));
        assert_eq!(fixture.other().sessions().session(&subject).await.unwrap(), Some(session));

        let expected = StaleMint::new(&request.token, old.upstream_id, east("/blue"));
        assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), [expected]);
        sessions.forget_mint(&request.token).await.unwrap();
    }
}

/// What a minter made that lost is noted with the server that it was made on, and not with that of the session that is
/// bound, also when a sweep has forgotten the attempt.
pub async fn a_lost_mint_is_noted_with_its_server(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    for forgotten in [false, true] {
        let subject = subject();
        let request = mint_request(&subject).with_place(west("/blue"));
        let late = fixture.begin_mint(&request).await;
        fixture.clock().advance(LEASE + TICK);
        let bound = fixture.bound(&subject).await;
        if forgotten {
            sessions.forget_mint(&request.token).await.unwrap();
        }
        let made = minted(&request);
        let end = sessions.finish_mint(&late, &made).await.unwrap();
        assert_eq!(end, MintEnd::Lost { session: bound });
        let expected = StaleMint::new(&request.token, Some(made.upstream_id), west("/blue"));
        assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), [expected], "forgotten: {forgotten}");
        sessions.forget_mint(&request.token).await.unwrap();
    }
}

/// An attempt of which nothing was heard is looked for on the server that it was to use, whether it was the first one
/// or was to replace a session on another server.
pub async fn an_attempt_is_noted_with_its_server(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    for replacing in [None, Some(1)] {
        if replacing.is_some() {
            fixture.bound(&subject).await;
        }
        let mut request = mint_request(&subject).with_place(west("/green"));
        request.replacing = replacing;
        let mint = fixture.begin_mint(&request).await;
        sessions.cancel_mint(&mint, true).await.unwrap();
        fixture.clock().advance(GRACE + TICK);
        let expected = StaleMint::new(&request.token, None, west("/green"));
        assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), [expected], "replacing {replacing:?}");
        sessions.forget_mint(&request.token).await.unwrap();
    }
}

/// A name of a server is a key like others: not too long, and without a NUL.
pub async fn invalid_names_of_servers_are_refused(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let request = mint_request(&subject());
    for server in ["a".repeat(513), "a\0b".to_owned()] {
        let place = SessionPlace::new(Some(server), None);
        refused(sessions.begin_mint(&request.clone().with_place(place)).await, ErrorKind::InvalidInput);
    }
    let longest = SessionPlace::new(Some("a".repeat(512)), None);
    fixture.begin_mint(&request.with_place(longest)).await;
}
