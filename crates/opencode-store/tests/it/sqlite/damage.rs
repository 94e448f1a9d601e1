//! Files that are damaged.

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use insta::{allow_duplicates, assert_snapshot};
use opencode_store::doctor::Severity;
use opencode_store::sqlite::{SqliteOptions, SqliteStore};
use opencode_store::turn::{TurnFilter, TurnId};
use opencode_store::{ErrorKind, Result, Store};

use crate::steps::{admission, append, claimed, worker};
use crate::told::{told, told_in, without};

async fn open(path: &Path) -> Result<Store> {
    let opened = SqliteStore::open(path, SqliteOptions::default()).await;
    opened.map(|store| Store::from_backend(std::sync::Arc::new(store)))
}

/// A store with a few hundred pages, all of them in the main file.
async fn filled(path: &Path) -> Store {
    let store = open(path).await.unwrap();
    store.migrate().await.unwrap();
    let claim = claimed(&store, "long").await;
    for after in 0..200 {
        append(&store, &claim, after, 3000).await.unwrap();
    }
    for number in 0..50 {
        store.turns().admit(&admission(&format!("turn {number}"))).await.unwrap();
    }
    super::raw(path, "PRAGMA wal_checkpoint(TRUNCATE)");
    store
}

fn flip(path: &Path, from: u64, bytes: usize) {
    let file = std::fs::File::options().read(true).write(true).open(path).unwrap();
    let mut stretch = vec![0; bytes];
    file.read_exact_at(&mut stretch, from).unwrap();
    for byte in &mut stretch {
        *byte = !*byte;
    }
    file.write_all_at(&stretch, from).unwrap();
}

#[tokio::test]
async fn an_empty_file_becomes_a_store_and_text_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let store = open(&empty).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.doctor().await.severity(), Severity::Fine);

    for text in ["name,size\n".to_owned(), "a letter ".repeat(1000)] {
        let path = folder.path().join("letter.txt");
        std::fs::write(&path, &text).unwrap();
        let error = open(&path).await.unwrap_err();
        allow_duplicates!(assert_snapshot!(told(&error), @r"
            Corrupt: the file is not a database
            because file is not a database
            "));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "what is not ours is not touched");
    }
}

#[tokio::test]
async fn a_damaged_page_is_an_error_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    drop(filled(&whole).await);
    let size = std::fs::metadata(&whole).unwrap().len();
    let mut noticed = 0;
    // Each page in turn, its header and a stretch within it.
    for at in (0..size).step_by(4096 * 5) {
        for (offset, bytes) in [(0, 16), (1500, 1000)] {
            let path = folder.path().join(format!("damaged at {at} and {offset}.db"));
            std::fs::copy(&whole, &path).unwrap();
            flip(&path, at + offset, bytes);
            noticed += usize::from(use_all(&path).await);
        }
    }
    assert!(noticed > 10, "{noticed} were noticed");
}

/// Reads and writes everything, and says whether the damage was noticed.
async fn use_all(path: &Path) -> bool {
    let store = match open(path).await {
        Ok(store) => store,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error:?}");
            return true;
        }
    };
    let mut errors = vec![
        store.migrate().await.err(),
        store.turns().admit(&admission("new")).await.err(),
        store.turns().claim(&worker("other")).await.err(),
        store.events().read(TurnId::new(1), 0, 1000).await.err(),
    ];
    for id in 1..50 {
        let turn = store.turns().turn(TurnId::new(id)).await;
        errors.push(
            turn.as_ref().err().map(|error| opencode_store::Error::new(error.kind(), error.to_string())),
        );
        if let Ok(Some(turn)) = turn {
            errors.push(store.turns().turns(turn.session, TurnFilter::All, None, 100).await.err());
            errors.push(store.turns().prompt(turn.id).await.err());
        }
    }
    let errors: Vec<_> = errors.into_iter().flatten().collect();
    for error in &errors {
        let is_told =
            matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::SchemaMissing | ErrorKind::NotFound);
        assert!(is_told, "{error:?}");
    }
    let is_broken = store.doctor().await.severity() == Severity::Broken;
    is_broken || !errors.is_empty()
}

#[tokio::test]
async fn damage_in_the_middle_is_told_by_reads_and_by_the_doctor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(filled(&path).await);
    flip(&path, 4096 * 40, 4096 * 60);
    let store = open(&path).await.unwrap();
    let error = store.events().read(TurnId::new(1), 0, 1000).await.unwrap_err();
    assert_snapshot!(told_in(folder.path(), &error), @r"
        Corrupt: the database is damaged: restore it, or recover it with `sqlite3 .recover`
        because database disk image is malformed
        ");
    assert_snapshot!(without(folder.path(), &store.doctor().await.to_string()), @r"
        fine    SQLite file [folder]/store.db
        broken  the file is damaged: *** in database main ***
        Tree 27 page 96: btreeInitPage() returns error code 11
        fine    the file can be written
        fine    the tables are of version 7
        fine    every turn that waits, waits behind another
        fine    no turn was left by its worker
        fine    no attempt to make a session waits to be swept
        fine    no place for artifacts was set
        ");
}
