//! SQLite says how it would run each statement.

use std::collections::BTreeSet;

use opencode_store::Store;

use super::{life, recorder};

#[tokio::test]
async fn no_statement_looks_at_every_row() {
    recorder::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = Store::open(&format!("sqlite://{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    life::lead(&store).await;

    let connection = rusqlite::Connection::open(&path).unwrap();
    let mut used = BTreeSet::new();
    let statements = recorder::statements('`');
    assert!(statements.len() > 30, "only {} statements were noted", statements.len());
    for statement in statements {
        for step in plan(&connection, &statement) {
            // An index may be read from its beginning where it holds nothing but the rows that are wanted.
            let is_scan = step.starts_with("SCAN opencode_") && !step.contains("INDEX opencode_");
            assert!(!is_scan, "{step}: {statement}");
            used.extend(step.split(' ').filter(|word| word.starts_with("opencode_")).map(str::to_owned));
        }
    }
    for index in ["head", "ready", "leased", "queued", "joined", "ended"] {
        assert!(used.contains(&format!("opencode_turns_{index}")), "{index} is not used: {used:?}");
    }
    assert!(used.contains("opencode_blockers_open"), "{used:?}");
}

fn plan(connection: &rusqlite::Connection, statement: &str) -> Vec<String> {
    let mut explained = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    // Parameters stay unbound, as they are while a statement is planned.
    let mut rows = explained.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}
