//! PostgreSQL says how it would run each statement, whatever its parameters are.

use opencode_store::Store;
use opencode_testkit::postgres::Database;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::{life, recorder};

/// Many turns that wait to be claimed, of which the database has not counted anything yet.
const BACKLOG: &str = "\
    INSERT INTO opencode_sessions (scope, key, agent, status, generation, mint_until, created_at, updated_at) \
      SELECT 'backlog', number, '', 'idle', 0, 0, 0, 0 FROM generate_series(1, 20000) AS number; \
    INSERT INTO opencode_turns (session_id, scope, message_id, payload, prompt, delivery, lane, state, attempt, \
      lease_until, admitted_at, pruned_to) \
      SELECT id, scope, 'msg_of_' || key, '', '', 'queue', 1, 'ready', 0, 0, 0, 0 \
      FROM opencode_sessions WHERE scope = 'backlog'";

#[tokio::test]
async fn every_statement_could_use_an_index() {
    recorder::start();
    let Some(database) = Database::fresh_or_skip().await else { return };
    let store = Store::open(database.url()).await.unwrap();
    store.migrate().await.unwrap();
    life::lead(&store).await;

    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(BACKLOG).await.unwrap();
    // What is small would be read whole if it might.
    let settings = "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off";
    client.batch_execute(settings).await.unwrap();
    let statements = recorder::statements('$');
    assert!(statements.len() > 30, "only {} statements were noted", statements.len());
    let mut plans = String::new();
    for statement in statements {
        let plan = plan(&client, &statement).await;
        assert!(!plan.contains("Seq Scan on opencode_"), "{plan}\n{statement}");
        // One of the two would be read whole, which takes as long as there are turns to be claimed.
        assert!(!plan.contains("BitmapAnd"), "{plan}\n{statement}");
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
