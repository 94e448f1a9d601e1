//! A throw-away PostgreSQL: its data, its end, and who shares it.

use opencode_testkit::postgres::{Database, Postgres, PostgresError};
use tokio::net::TcpStream;

use crate::session::Session;

#[tokio::test]
async fn what_was_committed_survives_a_crash_and_a_shutdown() {
    let Some(mut postgres) = Postgres::builder().start_or_skip().await else {
        return;
    };
    let url = postgres.create_database("ledger").await.expect("a database");
    let mut session = Session::open(&url).await;
    session.ask("create table entry (id int); insert into entry values (7)").await;
    let mut busy = Session::open(&url).await;
    busy.say("select pg_sleep(600)").await;

    postgres.kill().await;
    session.ended().await;
    busy.ended().await;
    assert!(TcpStream::connect(("127.0.0.1", postgres.port())).await.is_err());
    postgres.start().await.expect("a start after a crash");
    assert!(postgres.log().contains("not properly shut down"), "{}", postgres.log());
    let mut session = Session::open(&url).await;
    assert_eq!(session.ask("select id from entry").await, ["7"]);

    postgres.stop().await;
    session.ended().await;
    assert!(TcpStream::connect(("127.0.0.1", postgres.port())).await.is_err());
    postgres.start().await.expect("a start after a shutdown");
    postgres.start().await.expect("a start of what runs is nothing");
    assert!(!postgres.log().contains("not properly shut down"), "{}", postgres.log());
    assert_eq!(Session::open(&url).await.ask("select id from entry").await, ["7"]);
}

#[tokio::test]
async fn a_dropped_server_leaves_nothing_behind() {
    let Some(postgres) = Postgres::builder().start_or_skip().await else {
        return;
    };
    let mut busy = Session::open(postgres.url()).await;
    busy.say("select pg_sleep(600)").await;
    let (port, data, sockets) =
        (postgres.port(), postgres.data_directory(), postgres.socket_directory().to_path_buf());
    assert!(data.exists() && sockets.join(format!(".s.PGSQL.{port}")).exists());

    drop(postgres);
    busy.ended().await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
    assert!(!sockets.exists(), "{} was left behind", sockets.display());
}

#[tokio::test]
async fn settings_and_files_reach_the_server() {
    let builder = Postgres::builder()
        .fsync(false)
        .setting("max_connections", "200")
        .data_file("note.txt", "for the server alone");
    let Some(postgres) = builder.start_or_skip().await else {
        return;
    };
    let mut session = Session::open(postgres.url()).await;
    assert_eq!(session.ask("show fsync; show max_connections").await, ["off", "200"]);
    assert_eq!(session.ask("select pg_read_file('note.txt')").await, ["for the server alone"]);
}

#[tokio::test]
async fn a_setting_that_the_server_refuses_is_in_the_error() {
    match Postgres::builder().setting("no_such_setting", "1").start().await {
        Err(error) if error.is_unavailable() => {}
        Err(error @ PostgresError::Ended { .. }) => {
            assert!(error.output().is_some_and(|log| log.contains("no_such_setting")), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_fresh_databases_share_nothing() {
    let Some(one) = Database::fresh_or_skip().await else {
        return;
    };
    let Some(two) = Database::fresh_or_skip().await else {
        return;
    };
    for database in [&one, &two] {
        let mut session = Session::open(database.url()).await;
        session.ask("create table entry (id int)").await;
        assert_eq!(session.ask("select count(*) from entry").await, ["0"]);
    }
}

#[tokio::test]
async fn another_database_is_on_the_same_server_and_outlives_the_first() {
    let Some(one) = Database::fresh_or_skip().await else {
        return;
    };
    let two = one.another().await.unwrap();
    let server = |database: &Database| database.url().rsplit_once('/').unwrap().0.to_owned();
    assert_eq!(server(&one), server(&two));
    Session::open(one.url()).await.ask("create table entry (id int)").await;
    drop(one);
    let mut session = Session::open(two.url()).await;
    session.ask("create table entry (id int)").await;
    assert_eq!(session.ask("select count(*) from entry").await, ["0"]);
}

#[tokio::test]
async fn a_database_is_made_once_and_only_under_a_plain_name() {
    let Some(postgres) = Postgres::builder().start_or_skip().await else {
        return;
    };
    let error = postgres.create_database("../x").await.unwrap_err();
    assert!(matches!(error, PostgresError::BadName { .. }), "{error:?}");
    postgres.create_database("once").await.expect("a database");
    let error = postgres.create_database("once").await.unwrap_err();
    assert!(error.output().is_some_and(|output| output.contains("already exists")), "{error:?}");
}
