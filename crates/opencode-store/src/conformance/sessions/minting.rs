//! Cases about making a subject's first upstream session.

use crate::conformance::Fixture;
use crate::conformance::race::{race, soon};
use crate::conformance::steps::{LEASE, TICK, mint_request, minted, subject, upstream_id};
use crate::session::{MintClaim, MintEnd, SessionRowId};

/// A subject that was never asked for has no row.
pub async fn an_unknown_session_is_none(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    assert_eq!(sessions.session(&subject()).await.unwrap(), None);
    assert_eq!(sessions.session_by_row(SessionRowId::new(i64::MAX)).await.unwrap(), None);
    assert_eq!(sessions.session_by_upstream(&upstream_id()).await.unwrap(), None);
}

/// Of any number who ask at once, one makes the session, and the others are told how long that may take.
pub async fn one_of_many_claims_an_unbound_subject(fixture: &Fixture) {
    let subject = subject();
    let claims = race(64, |racer| {
        let (store, request) = (fixture.handle(racer), mint_request(&subject));
        async move { store.sessions().begin_mint(&request).await.unwrap() }
    })
    .await;
    let end = fixture.unix_millis() + i64::try_from(LEASE.as_millis()).unwrap();
    let mut rows = Vec::new();
    let mut claimed = 0;
    for claim in claims {
        match claim {
            MintClaim::Claimed(mint) => {
                claimed += 1;
                assert_eq!((mint.session.generation, mint.session.upstream_id), (0, None));
                assert_eq!((mint.session.subject, mint.context_lost), (subject.clone(), None));
                rows.push(mint.session.id);
            }
            MintClaim::Taken { session, until } => {
                assert_eq!(until.as_millisecond(), end);
                rows.push(session);
            }
            bound @ MintClaim::Bound(_) => panic!("nobody has bound it: {bound:?}"),
        }
    }
    rows.dedup();
    assert_eq!((claimed, rows.len()), (1, 1), "one claim, one row");
}

/// A session that was made is found by subject, by row and by upstream id, and taken by whoever asks next.
pub async fn a_finished_mint_is_bound(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject().with_agent("build").unwrap();
    let request = mint_request(&subject);
    let mint = fixture.begin_mint(&request).await;
    let made = minted(&request);
    let end = sessions.finish_mint(&mint, &made).await.unwrap();
    let MintEnd::Bound { session, replaced: None } = end else { panic!("not bound: {end:?}") };
    assert_eq!((session.generation, &session.subject), (1, &subject));
    assert_eq!(session.upstream_id.as_ref(), Some(&made.upstream_id));
    assert_eq!(session.fingerprint.as_ref(), Some(&request.fingerprint));
    assert_eq!(session.directory.as_deref(), Some("/blue"));

    let stored = Some(session.clone());
    let other = fixture.other().sessions();
    assert_eq!(other.session(&subject).await.unwrap(), stored);
    assert_eq!(other.session_by_row(session.id).await.unwrap(), stored);
    assert_eq!(other.session_by_upstream(&made.upstream_id).await.unwrap(), stored);
    assert_eq!(other.begin_mint(&mint_request(&subject)).await.unwrap(), MintClaim::Bound(session));
}

/// Each agent of a record has a session of its own.
pub async fn another_agent_is_another_session(fixture: &Fixture) {
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    let other = fixture.bound(&subject.with_agent("plan").unwrap()).await;
    assert_ne!(bound.id, other.id);
}

/// Whoever does not know whether its session was bound says it again, as often as it likes, also after what was
/// replaced is forgotten.
pub async fn finishing_again_says_the_same(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let request = mint_request(&subject);
    let mint = fixture.begin_mint(&request).await;
    let made = minted(&request);
    for _ in 0..3 {
        let end = sessions.finish_mint(&mint, &made).await.unwrap();
        let MintEnd::Bound { session, .. } = end else { panic!("not bound: {end:?}") };
        assert_eq!((session.generation, session.upstream_id), (1, Some(made.upstream_id.clone())));
        sessions.forget_mint(&mint.token).await.unwrap();
    }
}

/// A minter that comes late, and before anybody else has tried, binds its session, which is not swept then.
pub async fn a_late_mint_that_nobody_took_is_bound(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let request = mint_request(&subject());
    let mint = fixture.begin_mint(&request).await;
    fixture.clock().advance(LEASE + TICK);
    let end = sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { .. }), "{end:?}");
    fixture.clock().advance(LEASE * 100);
    assert_eq!(sessions.stale_mints(LEASE, 10).await.unwrap(), []);
}

/// Whoever waits for a session is woken when it is bound, and when its minter gives up.
pub async fn watchers_of_a_session_are_woken(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let request = mint_request(&subject());
    let mint = fixture.begin_mint(&request).await;
    let mut watch = sessions.watch_session(mint.session.id);
    sessions.cancel_mint(&mint, false).await.unwrap();
    soon("the wake-up by a cancelled mint", watch.changed()).await;

    let request = mint_request(&request.subject);
    let mint = fixture.begin_mint(&request).await;
    let mut watch = sessions.watch_session(mint.session.id);
    sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
    soon("the wake-up by a bound session", watch.changed()).await;
}
