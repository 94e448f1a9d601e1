//! Calls to a database without tables.

use opencode_store::ErrorKind;
use opencode_store::turn::{EndKind, Lease, TurnEnd, TurnId};

use crate::place::Place;
use crate::steps::{admission, subject, worker};

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
        ];
        for (call, error) in errors.into_iter().enumerate() {
            let error = error.unwrap();
            assert_eq!(error.kind(), ErrorKind::SchemaMissing, "call {call}: {error:?}");
            assert!(error.to_string().contains("migrate()"), "{error}");
        }
        assert!(store.doctor().await.to_string().contains("migrate()"));
        let is_there = store.sessions().session(&subject("one")).await;
        assert_eq!(is_there.is_ok(), version.is_some());
    }
    let store = place.open().await;
    store.migrate().await.unwrap();
    store.turns().admit(&admission("one")).await.unwrap();
}
