//! The race on one SQLite file.

use opencode_store::Store;
use tempfile::TempDir;

async fn store() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("store.db").display());
    Store::open(&url).await.unwrap().migrate().await.unwrap();
    (folder, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_processes_get_one_session() {
    let (_folder, url) = store().await;
    super::all_processes_get_one_session(&url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_killed_processes_have_made_is_swept() {
    let (_folder, url) = store().await;
    super::what_killed_processes_have_made_is_swept(&url).await;
}
