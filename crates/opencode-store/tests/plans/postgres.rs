//! PostgreSQL says how it would run each statement, whatever its parameters are.

use opencode_store::Store;
use opencode_testkit::postgres::Database;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::{life, recorder};

#[tokio::test]
async fn every_statement_could_use_an_index() {
    recorder::start();
    let Some(database) = Database::fresh_or_skip().await else { return };
    let store = Store::open(database.url()).await.unwrap();
    store.migrate().await.unwrap();
    life::lead(&store).await;

    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    // The tables are nearly empty, and would be read whole if they might.
    let settings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
    client.batch_execute(settings).await.unwrap();
    let statements = recorder::statements('$');
    assert!(statements.len() > 30, "only {} statements were noted", statements.len());
    let mut plans = String::new();
    for statement in statements {
        let plan = plan(&client, &statement).await;
        assert!(!plan.contains("Seq Scan on opencode_"), "{plan}\n{statement}");
        plans.push_str(&plan);
    }
    for index in ["head", "ready", "leased", "queued", "ended"] {
        assert!(plans.contains(&format!("opencode_turns_{index}")), "{index} is not used:\n{plans}");
    }
    assert!(plans.contains("opencode_blockers_open"), "{plans}");
}

async fn plan(client: &Client, statement: &str) -> String {
    let parameters = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
    let nulls = vec!["NULL"; parameters].join(", ");
    let prepare = format!("PREPARE asked AS {statement}");
    client.batch_execute(&prepare).await.unwrap_or_else(|error| panic!("{error:?}: {statement}"));
    let explained = client.simple_query(&format!("EXPLAIN EXECUTE asked({nulls})")).await.unwrap();
    client.batch_execute("DEALLOCATE asked").await.unwrap();
    let lines = explained.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.map(|line| format!("{line}\n")).collect()
}
