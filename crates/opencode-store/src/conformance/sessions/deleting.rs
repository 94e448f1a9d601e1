//! Cases about deleting all that belongs to a subject.

use crate::blocker::OpenIn;
use crate::conformance::Fixture;
use crate::conformance::steps::{GRACE, LEASE, mint_request, minted, refused, subject};
use crate::error::ErrorKind;
use crate::reply::UsageOf;
use crate::session::MintEnd;
use crate::turn::{Delivery, TurnFilter};

/// Deleting a subject notes its upstream session, and a new one begins from nothing.
pub async fn a_deleted_session_is_noted(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    assert!(!sessions.delete_session(&subject).await.unwrap());
    let old = fixture.bound(&subject).await;
    assert!(sessions.delete_session(&subject).await.unwrap());
    assert!(!sessions.delete_session(&subject).await.unwrap());
    assert_eq!(sessions.session(&subject).await.unwrap(), None);
    assert_eq!(sessions.session_by_row(old.id).await.unwrap(), None);
    let stale = sessions.stale_mints(GRACE, 10).await.unwrap();
    let [stale] = <[_; 1]>::try_from(stale).unwrap();
    assert_eq!((&stale.upstream_id, stale.place), (&old.upstream_id, old.place()));
    let new = fixture.bound(&subject).await;
    assert_ne!(new.id, old.id, "numbers are not used again");
}

/// What a minter makes for a subject that was deleted meanwhile is not bound, and is found by a sweep.
pub async fn a_subject_that_was_deleted_is_not_bound(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let request = mint_request(&subject);
    let mint = fixture.begin_mint(&request).await;
    assert!(sessions.delete_session(&subject).await.unwrap());
    match sessions.finish_mint(&mint, &minted(&request)).await {
        Ok(end) => assert!(matches!(end, MintEnd::Lost { .. }), "{end:?}"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}"),
    }
    fixture.clock().advance(LEASE + GRACE * 2);
    let stale = sessions.stale_mints(GRACE, 10).await.unwrap();
    assert!(stale.iter().any(|stale| stale.token == request.token), "{stale:?}");
}

/// With a subject go its turns, and whoever works on them is refused from then on.
pub async fn the_turns_of_a_deleted_subject_are_gone(fixture: &Fixture) {
    let store = fixture.store();
    let (subject, bystander) = (subject(), self::subject());
    let claim = fixture.claimed(&subject).await;
    let waiting = fixture.admit(&subject, Delivery::Queue).await;
    let other = fixture.admit(&bystander, Delivery::Queue).await;
    assert!(store.sessions().delete_session(&subject).await.unwrap());
    for turn in [&claim.turn, &waiting] {
        assert_eq!(store.turns().turn(turn.id).await.unwrap(), None);
        assert_eq!(store.turns().turn_by_message(&turn.message_id).await.unwrap(), None);
        assert_eq!(store.turns().prompt(turn.id).await.unwrap(), None);
        assert_eq!(store.replies().usage(&UsageOf::Turn(turn.id)).await.unwrap().steps, 0);
        assert_eq!(store.blockers().blockers(turn.id).await.unwrap(), []);
        refused(store.events().read(turn.id, 0, 1).await, ErrorKind::NotFound);
    }
    assert_eq!(store.turns().turns(claim.turn.session, TurnFilter::All, None, 10).await.unwrap(), []);
    assert_eq!(store.blockers().open_blockers(&OpenIn::Everywhere, 10).await.unwrap(), []);
    refused(store.events().append(&claim.lease, 0, &["late".to_owned()]).await, ErrorKind::LeaseLost);
    fixture.clock().advance(LEASE * 2);
    assert_eq!(fixture.claim().await.unwrap().turn, fixture.turn(other.id).await, "the bystander's is left");
    assert_eq!(fixture.claim().await, None);
    let new = fixture.admit(&subject, Delivery::Queue).await;
    assert!(new.id > other.id && new.session != claim.turn.session, "numbers are not used again");
}
