//! Calls to a database without tables.

use opencode_store::ErrorKind;
use opencode_store::session::{ConfigFingerprint, MintClaim, MintRequest};
use opencode_store::turn::{EndKind, Lease, TurnEnd, TurnId};

use crate::place::Place;
use crate::steps::{LEASE, admission, subject, worker};

pub(crate) async fn every_call_says_that_tables_are_missing(place: &Place) {
    // Nothing at all, then half of the tables.
    for version in [None, Some(1)] {
        let store = place.try_open(None, version).await.unwrap();
        let (turn, lease) = (TurnId::new(1), Lease::new(TurnId::new(1), "worker", 1));
        let end = TurnEnd::new(EndKind::Completed, "completed");
        let errors = [
            store.turns().admit(&admission("one")).await.err(),
            store.turns().claim(&worker("worker")).await.err(),
            store.turns().turn(turn).await.err(),
            store.turns().finish(&lease, &end).await.err(),
            store.events().append(&lease, 0, &["one".to_owned()]).await.err(),
            store.events().read(turn, 0, 10).await.err(),
            store.replies().parts(turn).await.err(),
            store.blockers().blockers(turn).await.err(),
            store.artifact_index().artifacts(turn).await.err(),
            store.sessions().session(&subject("one")).await.err(),
            store.sessions().begin_mint(&mint()).await.err(),
            store.sessions().stale_mints(LEASE, 10).await.err(),
        ];
        for (call, error) in errors.into_iter().enumerate() {
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::SchemaMissing, "call {call}: {error:?}");
            assert!(error.to_string().contains("migrate()"), "{error}");
        }
        assert!(store.doctor().await.to_string().contains("migrate()"));
        let is_there = store.sessions().forget_mint("mint_one").await;
        assert_eq!(is_there.is_ok(), version.is_some());
    }
    let store = place.open().await;
    store.migrate().await.unwrap();
    store.turns().admit(&admission("one")).await.unwrap();
}

pub(crate) async fn a_call_says_that_a_column_is_missing(place: &Place) {
    // All tables, and those of sessions without the server.
    let store = place.open_of_version(6).await;
    let sessions = store.sessions();
    let errors = [
        sessions.session(&subject("one")).await.err(),
        sessions.begin_mint(&mint()).await.err(),
        sessions.stale_mints(LEASE, 10).await.err(),
    ];
    for (call, error) in errors.into_iter().enumerate() {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::SchemaMissing, "call {call}: {error:?}");
    }
    assert!(store.doctor().await.to_string().contains("migrate()"));
    store.migrate().await.unwrap();
    assert!(matches!(sessions.begin_mint(&mint()).await.unwrap(), MintClaim::Claimed(_)));
}

fn mint() -> MintRequest {
    MintRequest::new(subject("one"), ConfigFingerprint::new("blue", "rules"), "mint_one", LEASE)
}
