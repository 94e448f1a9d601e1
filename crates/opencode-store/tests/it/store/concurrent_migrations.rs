//! Many processes that migrate at once.

use opencode_store::doctor::Severity;

use crate::place::Place;
use crate::steps::{admission, soon};

pub(crate) async fn many_at_once_migrate_an_empty_database(place: &Place) {
    migrate_at_once(place).await;
}

pub(crate) async fn many_at_once_migrate_an_earlier_version(place: &Place) {
    place.open_of_version(3).await;
    migrate_at_once(place).await;
}

async fn migrate_at_once(place: &Place) {
    // Opened at once too: the first of all makes the file.
    let (one, other) = tokio::join!(place.open(), place.open());
    let tasks = (0..32).map(|number| {
        let store = if number % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move { store.migrate().await })
    });
    let tasks: Vec<_> = tasks.collect();
    for task in tasks {
        soon("the end of a migration", task).await.unwrap().unwrap();
    }
    for store in [&one, &other] {
        store.turns().admit(&admission("one")).await.unwrap();
        // A server for tests may warn that it was made fast.
        assert!(store.doctor().await.severity() < Severity::Broken);
    }
}
