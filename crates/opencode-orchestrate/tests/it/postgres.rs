//! The race on one PostgreSQL database.

use opencode_store::Store;
use opencode_testkit::postgres::Database;

use crate::race;

async fn store() -> Database {
    let database = Database::fresh().await.unwrap();
    Store::open(database.url()).await.unwrap().migrate().await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn all_processes_get_one_session() {
    race::all_processes_get_one_session(store().await.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_processes_have_made_is_swept() {
    race::what_killed_processes_have_made_is_swept(store().await.url()).await;
}
