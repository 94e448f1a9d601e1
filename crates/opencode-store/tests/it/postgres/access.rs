//! Who is let in, and what is said to the others.

use insta::assert_snapshot;
use opencode_store::postgres::{PostgresOptions, PostgresStore};
use opencode_store::{Error, Store};
use opencode_testkit::postgres::{Database, Postgres};

use crate::steps::admission;
use crate::told::told;

async fn refused(url: &str) -> Error {
    PostgresStore::open(url, PostgresOptions::default()).await.unwrap_err()
}

/// Everybody but the superuser needs a password.
const PASSWORDS: &str = "host all opencode 127.0.0.1/32 trust\nhost all limited 127.0.0.1/32 scram-sha-256\n";

#[tokio::test]
async fn a_wrong_password_is_told_without_repeating_it() {
    let builder = Postgres::builder().data_file("pg_hba.conf", PASSWORDS);
    let Some(server) = builder.start_or_skip().await else { return };
    let role = "CREATE ROLE limited LOGIN PASSWORD 'right-hunter'; CREATE DATABASE app OWNER limited";
    for statement in role.split("; ") {
        super::raw(server.url(), statement).await;
    }
    let url = |user: &str, rest: &str| format!("postgres://{user}@127.0.0.1:{}/app{rest}", server.port());

    let error = refused(&url("limited:wrong-hunter", "")).await;
    assert_snapshot!(told(&error), @r#"
        InvalidConfig: the database refuses the user or the password
        because db error
        because FATAL: password authentication failed for user "limited"
        "#);
    assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
    assert_snapshot!(told(&refused(&url("limited", "")).await), @r"
        InvalidConfig: the database asks for a password, and the URL has none
        because invalid configuration
        because password missing
        ");
    assert_snapshot!(told(&refused(&url("stranger:hunter", "")).await).replace("127.0.0.1", "[host]"), @r#"
        InvalidConfig: the database does not let this user in: is the name right, and does `pg_hba.conf` allow it from here, with or without TLS?
        because db error
        because FATAL: no pg_hba.conf entry for host "[host]", user "stranger", database "app", no encryption
        "#);
    // Text after the address that is not understood is not repeated either.
    let error = refused(&url("limited:hunter", "?sslmode=hunter")).await;
    assert_snapshot!(told(&error), @r"
        InvalidConfig: not a PostgreSQL URL: it reads postgres://user:password@host:port/database
        because invalid connection string
        because invalid value for option `sslmode`
        ");
    assert!(!format!("{error:?}").contains("hunter"), "{error:?}");

    let store = Store::open(&url("limited:right-hunter", "")).await.unwrap();
    store.migrate().await.unwrap();
    store.turns().admit(&admission("one")).await.unwrap();
    assert!(!format!("{store:?}").contains("hunter"));
    // A password that is changed meanwhile is told by the next connection that is made.
    super::raw(server.url(), "ALTER ROLE limited PASSWORD 'another-hunter'").await;
    super::end_connections(server.url(), "app").await;
    let error = super::until_told(&store, opencode_store::ErrorKind::InvalidConfig).await;
    assert!(!format!("{error:?}").contains("hunter"), "{error:?}");
}

#[tokio::test]
async fn a_database_a_role_and_a_port_that_are_not_there_are_told_apart() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let (server, _name) = database.url().rsplit_once('/').unwrap();
    let error = refused(&format!("{server}/no_such_database")).await;
    assert_snapshot!(told(&error), @r#"
        InvalidConfig: the server has no database of this name: create it first
        because db error
        because FATAL: database "no_such_database" does not exist
        "#);
    let nobody = database.url().replace("opencode@", "no_such_role@");
    let error = refused(&nobody).await;
    assert_snapshot!(told(&error), @r#"
        InvalidConfig: the database does not let this user in: is the name right, and does `pg_hba.conf` allow it from here, with or without TLS?
        because db error
        because FATAL: role "no_such_role" does not exist
        "#);
    // Port 1 is nobody's.
    let error = refused("postgres://opencode:hunter2@127.0.0.1:1/app").await;
    assert_snapshot!(told(&error), @r"
        Unavailable: the database cannot be reached
        because error connecting to server
        because Connection refused (os error 111)
        ");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_repeating_it() {
    for url in [
        "postgres://",
        "postgres://user:hunter2@",
        "postgres://user:hunter2@host:port/app",
        "postgres://user:hunter2@host/app?colour=hunter2",
        "postgres://user:hunter2@host/app?port=hunter2",
    ] {
        let error = Store::open(url).await.unwrap_err();
        assert!(!format!("{error:?} {}", told(&error)).contains("hunter2"), "{url}: {error:?}");
        assert_eq!(error.kind(), opencode_store::ErrorKind::InvalidConfig, "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_read_only() {
    let Some(database) = Database::fresh_or_skip().await else { return };
    let store = Store::open(database.url()).await.unwrap();
    store.migrate().await.unwrap();
    let turn = store.turns().admit(&admission("one")).await.unwrap().turn;
    let name = database.url().rsplit_once('/').unwrap().1;
    super::raw(database.url(), &format!("ALTER DATABASE {name} SET default_transaction_read_only = on"))
        .await;
    let store = Store::open(database.url()).await.unwrap();
    let error = store.turns().admit(&admission("two")).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        ReadOnly: the database cannot be written
        because cannot execute SELECT FOR UPDATE in a read-only transaction
        ");
    let error = store.migrate().await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        ReadOnly: the database cannot be written
        because cannot execute CREATE TABLE in a read-only transaction
        ");
    assert_eq!(store.turns().turn(turn.id).await.unwrap(), Some(turn));
    assert!(store.doctor().await.to_string().contains("is it a standby?"));
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told_so() {
    let Some(server) = Postgres::builder().start_or_skip().await else { return };
    super::raw(server.url(), "CREATE ROLE guest LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC").await;
    let url = server.url().replace("opencode@", "guest@");
    let store = Store::open(&url).await.unwrap();
    let error = store.migrate().await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        InvalidConfig: the user of the database lacks a right
        because permission denied for schema public
        ");
    let owner = Store::open(server.url()).await.unwrap();
    owner.migrate().await.unwrap();
    let error = store.turns().admit(&admission("one")).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
        InvalidConfig: the user of the database lacks a right
        because permission denied for table opencode_sessions
        ");
}
