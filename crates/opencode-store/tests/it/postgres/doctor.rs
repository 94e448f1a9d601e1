//! What the doctor says about a database.

use insta::{Settings, assert_snapshot};
use opencode_store::conformance::ManualClock;
use opencode_store::postgres::PostgresOptions;
use opencode_testkit::postgres::Postgres;

use super::open;
use crate::steps::claimed;

fn without_version() -> Settings {
    let mut settings = Settings::clone_current();
    settings.add_filter(r"of version \d+\.\d+.*", "of version [version]");
    settings
}

#[tokio::test]
async fn a_healthy_database_is_told_line_by_line_and_then_one_that_is_gone() {
    let Some(mut server) = Postgres::builder().start_or_skip().await else { return };
    let store = open(server.url(), PostgresOptions::default()).await;
    let before = store.doctor().await.to_string();
    without_version().bind(|| {
        assert_snapshot!(before, @r"
        fine    PostgreSQL, 1 of at most 16 connections open
        fine    the database is of version [version]
        broken  the tables cannot be read: something is missing in the database: run `migrate()`
        fine    no place for artifacts was set
        ")
    });
    store.migrate().await.unwrap();
    claimed(&store, "one").await;
    let healthy = store.doctor().await.to_string();
    without_version().bind(|| {
        assert_snapshot!(healthy, @r"
        fine    PostgreSQL, 1 of at most 16 connections open
        fine    the database is of version [version]
        fine    the tables are of version 7
        fine    every turn that waits, waits behind another
        fine    no turn was left by its worker
        fine    no attempt to make a session waits to be swept
        fine    no place for artifacts was set
        ")
    });
    server.stop().await;
    let gone = super::until_told(&store, opencode_store::ErrorKind::Unavailable).await;
    assert_eq!(gone.to_string(), "the database cannot be reached");
    assert_snapshot!(store.doctor().await.to_string(), @r"
        fine    PostgreSQL, 0 of at most 16 connections open
        broken  the database does not answer: the database cannot be reached
        broken  the tables cannot be read: the database cannot be reached
        fine    no place for artifacts was set
        ");
}

#[tokio::test]
async fn settings_that_lose_data_and_a_clock_that_is_wrong_are_told() {
    let builder = Postgres::builder().fsync(false).setting("synchronous_commit", "off");
    let Some(server) = builder.start_or_skip().await else { return };
    let options = PostgresOptions::default().with_clock(std::sync::Arc::new(ManualClock::default()));
    let store = open(server.url(), options).await;
    store.migrate().await.unwrap();
    let told = store.doctor().await.to_string();
    without_version().bind(|| {
        assert_snapshot!(told, @r"
        fine    PostgreSQL, 1 of at most 16 connections open
        fine    the database is of version [version]
        warning fsync is off: a loss of power may destroy the database
        warning synchronous_commit is off: a crash may take the last writes back
        warning the clock that was given differs from the database's by more than a second
        fine    the tables are of version 7
        fine    every turn that waits, waits behind another
        fine    no turn was left by its worker
        fine    no attempt to make a session waits to be swept
        fine    no place for artifacts was set
        ")
    });
}
