//! A disk without room.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::join_all;
use insta::assert_snapshot;
use opencode_store::doctor::Severity;
use opencode_store::sqlite::{SqliteOptions, SqliteStore};
use opencode_store::turn::{TurnFilter, TurnId};
use opencode_store::{ErrorKind, Result, Store};

use crate::mount::Disk;
use crate::steps::{admission, append, claimed, to};
use crate::told::{told, told_in};

async fn open(path: &Path) -> Result<Store> {
    let opened = SqliteStore::open(path, SqliteOptions::default()).await;
    opened.map(|store| Store::from_backend(Arc::new(store)))
}

/// Takes all the room that is left, to the last byte.
fn fill(disk: &Disk) -> PathBuf {
    use std::io::Write as _;
    let path = disk.path().join("others");
    let mut file = std::fs::File::create(&path).unwrap();
    while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    path
}

#[tokio::test]
async fn a_store_cannot_be_made_on_a_full_disk() {
    let Some(disk) = Disk::of_size_or_skip(256) else { return };
    let others = fill(&disk);
    let path = disk.path().join("store.db");
    let error = open(&path).await.unwrap_err();
    assert_snapshot!(told_in(disk.path(), &error), @r"
        Full: there is no room left for the database
        because database or disk is full
        ");
    std::fs::remove_file(others).unwrap();
    disk.resize(4096);
    open(&path).await.unwrap().migrate().await.unwrap();
}

/// The disk becomes full at another place each time: in the first table, in the log, in the index of the log.
#[tokio::test]
async fn a_store_on_a_disk_of_any_size_says_that_it_is_full_and_goes_on() {
    for kibibytes in (64..1200).step_by(72) {
        let Some(disk) = Disk::of_size_or_skip(kibibytes) else { return };
        let path = disk.path().join("store.db");
        let mut is_grown = false;
        let mut grow = |error: opencode_store::Error| {
            assert_eq!(error.kind(), ErrorKind::Full, "{kibibytes} KiB: {error:?}");
            assert!(!std::mem::replace(&mut is_grown, true), "{kibibytes} KiB: full again: {error:?}");
            disk.resize(16_384);
        };
        let store = match open(&path).await {
            Ok(store) => store,
            Err(error) => {
                grow(error);
                open(&path).await.unwrap()
            }
        };
        if let Err(error) = store.migrate().await {
            grow(error);
            store.migrate().await.unwrap();
        }
        for number in 0..200 {
            let admission = admission(&format!("turn {number}"));
            if let Err(error) = store.turns().admit(&admission).await {
                grow(error);
                assert!(!store.turns().admit(&admission).await.unwrap().repeated, "nothing was stored");
            }
        }
        let claim = claimed(&store, "turn 0").await;
        for after in 0..60 {
            if let Err(error) = append(&store, &claim, after, 20_000).await {
                grow(error);
                assert_eq!(append(&store, &claim, after, 20_000).await.unwrap(), after + 1);
            }
        }
        for store in [&store, &open(&path).await.unwrap()] {
            assert_eq!(store.events().read(claim.turn.id, 0, 1000).await.unwrap().events.len(), 60);
            assert!(store.turns().turn(TurnId::new(200)).await.unwrap().is_some());
            assert!(store.turns().turn(TurnId::new(201)).await.unwrap().is_none());
            let diagnosis = store.doctor().await;
            assert_eq!(diagnosis.severity(), Severity::Fine, "{diagnosis}");
        }
    }
}

/// A write that does not fit into memory goes to the disk before it is committed; when there is no room then, SQLite
/// takes back the whole transaction by itself.
#[tokio::test]
async fn a_write_that_is_larger_than_the_disk_is_told_that_it_is_full() {
    let Some(disk) = Disk::of_size_or_skip(8192) else { return };
    let store = open(&disk.path().join("store.db")).await.unwrap();
    store.migrate().await.unwrap();
    let claim = claimed(&store, "long").await;
    let error = append(&store, &claim, 0, 40_000_000).await.unwrap_err();
    assert_snapshot!(told(&error), @r"
    Full: there is no room left for the database
    because database or disk is full
    ");
    let huge = (0..8).map(|_| append(&store, &claim, 0, 40_000_000));
    let small = (0..8).map(|number| {
        let (turns, admission) = (store.turns(), to("crowd", &format!("turn {number}")));
        async move { turns.admit(&admission).await.map(|_| 1) }
    });
    let (huge, small) = tokio::join!(join_all(huge), join_all(small));
    for refused in huge {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Full);
    }
    let mut stored = 0;
    for result in small {
        match result {
            Ok(one) => stored += one,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error:?}"),
        }
    }
    store.turns().admit(&to("crowd", "after")).await.unwrap();
    let session = store.sessions().session(&crate::steps::subject("crowd")).await.unwrap().unwrap();
    let turns = store.turns().turns(session.id, TurnFilter::All, None, 1000).await.unwrap();
    assert_eq!(turns.len(), stored + 1, "who was told that it failed is not stored");
}

#[tokio::test]
async fn writers_at_once_are_stored_or_told_that_the_disk_is_full() {
    let Some(disk) = Disk::of_size_or_skip(2048) else { return };
    let path = disk.path().join("store.db");
    let store = open(&path).await.unwrap();
    store.migrate().await.unwrap();
    let claim = claimed(&store, "long").await;
    fill(&disk);
    // Small and large ones in one group: whoever is refused takes nobody's answer away.
    let mut tasks = Vec::new();
    for number in 0..400 {
        let (store, claim) = (store.clone(), claim.clone());
        tasks.push(tokio::spawn(async move {
            if number % 10 == 9 {
                return append(&store, &claim, 0, 300_000).await.err();
            }
            store.turns().admit(&to("crowd", &format!("turn {number}"))).await.err()
        }));
    }
    let mut stored = 0;
    for task in tasks {
        match task.await.unwrap() {
            None => stored += 1,
            Some(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error:?}"),
        }
    }
    disk.resize(16_384);
    store.turns().admit(&to("crowd", "after")).await.unwrap();
    for store in [&store, &open(&path).await.unwrap()] {
        let session = store.sessions().session(&crate::steps::subject("crowd")).await.unwrap().unwrap();
        let turns = store.turns().turns(session.id, TurnFilter::All, None, 1000).await.unwrap();
        assert_eq!(turns.len(), stored + 1);
        assert_eq!(store.doctor().await.severity(), Severity::Fine);
    }
}
