//! Cases about attempts that died, lost or gave up.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::{GRACE, LEASE, TICK, east, mint_request, minted, subject};
use crate::session::{MintClaim, MintEnd, StaleMint};

/// A minter that died is replaced when its lease ends; should it live, its session is not used, and is noted until it
/// is deleted.
pub async fn a_late_minter_loses_and_is_noted(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let request = mint_request(&subject);
    let late = fixture.begin_mint(&request).await;
    let late_session = minted(&request);
    fixture.clock().advance(LEASE + TICK);
    let next = mint_request(&subject);
    let mint = fixture.begin_mint(&next).await;
    for _ in 0..2 {
        let end = sessions.finish_mint(&late, &late_session).await.unwrap();
        let MintEnd::Lost { session } = end else { panic!("not lost: {end:?}") };
        assert_eq!((session.generation, session.upstream_id), (0, None));
    }
    let end = sessions.finish_mint(&mint, &minted(&next)).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { .. }), "{end:?}");

    let expected = StaleMint::new(&request.token, Some(late_session.upstream_id), east("/blue"));
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), [expected]);
    sessions.forget_mint(&request.token).await.unwrap();
    sessions.forget_mint(&request.token).await.unwrap();
    fixture.clock().advance(GRACE * 10);
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), []);
}

/// A minter that comes back after its attempt was swept and forgotten does not bind what may be deleted.
pub async fn a_forgotten_attempt_is_not_bound(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let request = mint_request(&subject());
    let mint = fixture.begin_mint(&request).await;
    fixture.clock().advance(LEASE + GRACE + TICK);
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap().len(), 1);
    sessions.forget_mint(&request.token).await.unwrap();
    let made = minted(&request);
    let end = sessions.finish_mint(&mint, &made).await.unwrap();
    assert!(matches!(end, MintEnd::Lost { .. }), "{end:?}");
    fixture.clock().advance(GRACE + TICK);
    let stale = sessions.stale_mints(GRACE, 10).await.unwrap();
    assert_eq!(stale.len(), 1, "what it made is noted: {stale:?}");
    assert_eq!(stale[0].upstream_id.as_ref(), Some(&made.upstream_id));
}

/// A minter that gives up lets the next one try at once, and leaves nothing to sweep unless it says so.
pub async fn a_cancelled_mint_lets_others_try(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    for keep in [false, true] {
        let request = mint_request(&subject);
        let mint = fixture.begin_mint(&request).await;
        sessions.cancel_mint(&mint, keep).await.unwrap();
        sessions.cancel_mint(&mint, keep).await.unwrap();
        let next = mint_request(&subject);
        let retry = fixture.begin_mint(&next).await;
        sessions.cancel_mint(&retry, false).await.unwrap();
        fixture.clock().advance(LEASE + GRACE + TICK);
        let expected = keep.then(|| StaleMint::new(&request.token, None, east("/blue")));
        let stale = sessions.stale_mints(GRACE, 10).await.unwrap();
        assert_eq!(stale, expected.into_iter().collect::<Vec<_>>(), "keep: {keep}");
    }
}

/// A minter that gives up late does not take the claim of its successor away.
pub async fn a_late_cancel_frees_nothing(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let late = fixture.begin_mint(&mint_request(&subject)).await;
    fixture.clock().advance(LEASE + TICK);
    let next = mint_request(&subject);
    let mint = fixture.begin_mint(&next).await;
    sessions.cancel_mint(&late, false).await.unwrap();
    let claim = sessions.begin_mint(&mint_request(&subject)).await.unwrap();
    assert!(matches!(claim, MintClaim::Taken { .. }), "{claim:?}");
    let end = sessions.finish_mint(&mint, &minted(&next)).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { .. }), "{end:?}");
}

/// An attempt of which nothing was heard is swept when its lease and the grace are over, the oldest first.
pub async fn unfinished_attempts_are_swept_after_the_grace(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let request = mint_request(&subject());
        fixture.begin_mint(&request).await;
        tokens.push(request.token);
        fixture.clock().advance(TICK);
    }
    fixture.clock().advance(LEASE + GRACE - TICK * 4);
    assert_eq!(sessions.stale_mints(GRACE, 10).await.unwrap(), []);
    fixture.clock().advance(TICK * 10);
    let mut stale = sessions.stale_mints(GRACE, 2).await.unwrap();
    assert_eq!(stale.len(), 2, "no more than the limit");
    stale.extend(sessions.stale_mints(GRACE, 10).await.unwrap());
    assert_eq!(stale.iter().map(|stale| &stale.token).collect::<Vec<_>>(), tokens.iter().collect::<Vec<_>>());
}

/// An attempt is handed to one sweeper at a time, and to another one when that has died.
pub async fn an_attempt_is_handed_to_one_sweeper_at_a_time(fixture: &Fixture) {
    for _ in 0..8 {
        fixture.begin_mint(&mint_request(&subject())).await;
    }
    fixture.clock().advance(LEASE + GRACE + TICK);
    for _ in 0..2 {
        let swept = race(16, |racer| {
            let store = fixture.handle(racer);
            async move { store.sessions().stale_mints(GRACE, 3).await.unwrap() }
        })
        .await;
        let mut tokens: Vec<_> = swept.into_iter().flatten().map(|stale| stale.token).collect();
        tokens.sort_unstable();
        let handed_out = tokens.len();
        tokens.dedup();
        assert_eq!((handed_out, tokens.len()), (8, 8), "each attempt once");
        fixture.clock().advance(GRACE + TICK);
    }
}
