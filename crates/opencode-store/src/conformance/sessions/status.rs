//! Cases about the state of sessions.

use crate::conformance::Fixture;
use crate::conformance::steps::{mint_request, minted, subject};
use crate::session::{MintClaim, MintEnd, SessionRowId, SessionStatus};

/// b17, b19: a late report changes neither what the host has closed nor a newer upstream session.
pub async fn a_late_status_changes_nothing(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let row = fixture.bound(&subject).await.id;
    assert!(sessions.set_status(row, 1, SessionStatus::Closed).await.unwrap());
    assert!(!sessions.set_status(row, 1, SessionStatus::Crashed).await.unwrap());
    assert!(!sessions.set_status(row, 1, SessionStatus::Idle).await.unwrap());
    let status = async || sessions.session_by_row(row).await.unwrap().unwrap().status;
    assert_eq!(status().await, SessionStatus::Closed);
    assert!(sessions.set_status(row, 1, SessionStatus::Active).await.unwrap());
    assert!(sessions.set_status(row, 1, SessionStatus::Crashed).await.unwrap());
    assert_eq!(status().await, SessionStatus::Crashed);

    let request = mint_request(&subject).replacing(1);
    let mint = fixture.begin_mint(&request).await;
    let end = sessions.finish_mint(&mint, &minted(&request)).await.unwrap();
    assert!(matches!(end, MintEnd::Bound { .. }), "{end:?}");
    let before = sessions.session_by_row(row).await.unwrap();
    assert!(!sessions.set_status(row, 1, SessionStatus::Closed).await.unwrap());
    assert_eq!(sessions.session_by_row(row).await.unwrap(), before);
    assert!(!sessions.set_status(SessionRowId::new(i64::MAX), 1, SessionStatus::Idle).await.unwrap());
}

/// b09: a crash is no proof that a session is gone, and a closed one is opened again.
pub async fn b09_crashed_and_closed_sessions_are_used_again(fixture: &Fixture) {
    let sessions = fixture.store().sessions();
    let subject = subject();
    let bound = fixture.bound(&subject).await;
    for status in [SessionStatus::Crashed, SessionStatus::Closed] {
        assert!(sessions.set_status(bound.id, 1, status).await.unwrap());
        let claim = sessions.begin_mint(&mint_request(&subject)).await.unwrap();
        let MintClaim::Bound(session) = claim else { panic!("not bound: {claim:?}") };
        assert_eq!((session.upstream_id, session.status), (bound.upstream_id.clone(), status));
    }
}
