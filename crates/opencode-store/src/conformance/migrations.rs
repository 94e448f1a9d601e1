//! Cases about bringing the tables up to date.

use crate::conformance::Fixture;
use crate::conformance::race::race;
use crate::conformance::steps::subject;
use crate::turn::Delivery;

/// Any number of processes may migrate at once, and again, and nothing that is stored changes.
pub async fn migrating_again_changes_nothing(fixture: &Fixture) {
    let turn = fixture.admit(&subject(), Delivery::Queue).await;
    let results = race(8, |racer| {
        let store = fixture.handle(racer);
        async move { store.migrate().await }
    });
    for result in results.await {
        result.unwrap();
    }
    assert_eq!(fixture.turn(turn.id).await, turn);
}
