//! Tables that another version of this crate has made.

use insta::{allow_duplicates, assert_snapshot};
use opencode_store::doctor::Severity;
use opencode_store::session::MintClaim;

use super::dropped_calls::Calls;
use crate::place::Place;
use crate::steps::admission;
use crate::told::told;

pub(crate) async fn a_newer_version_is_refused(place: &Place) {
    let store = place.migrated().await;
    place.run("INSERT INTO opencode_schema VALUES (999, '0999_of_tomorrow', '0', 0)").await;
    let opened = place.try_open(None, None).await.unwrap_err();
    allow_duplicates!(
        assert_snapshot!(told(&opened), @"SchemaTooNew: the tables are of version 999, and this program knows 7: update the program, or restore the database from before the update")
    );
    let migrated = store.migrate().await.unwrap_err();
    assert_eq!(told(&migrated), told(&opened));
    assert_eq!(store.doctor().await.severity(), Severity::Broken);
    // Nothing was changed by the look.
    place.run("DELETE FROM opencode_schema WHERE version = 999").await;
    store.migrate().await.unwrap();
    place.open().await.turns().admit(&admission("one")).await.unwrap();
}

pub(crate) async fn a_step_that_was_taken_in_another_form_is_refused(place: &Place) {
    let store = place.migrated().await;
    place.run("UPDATE opencode_schema SET digest = '0' WHERE version = 2").await;
    let opened = place.try_open(None, None).await.unwrap_err();
    allow_duplicates!(
        assert_snapshot!(told(&opened), @"Corrupt: step 0002_turns was taken in another form: the tables are not what they should be")
    );
    assert_eq!(told(&store.migrate().await.unwrap_err()), told(&opened));
}

pub(crate) async fn a_step_is_taken_once(place: &Place) {
    let store = place.migrated().await;
    place.run("UPDATE opencode_schema SET applied_at = 7").await;
    store.migrate().await.unwrap();
    place.open().await.migrate().await.unwrap();
    // A step that was taken again would have failed at its first table, or written its row anew.
    place.run("INSERT INTO opencode_schema SELECT version + 100, name, digest, applied_at FROM opencode_schema WHERE applied_at <> 7").await;
    store.migrate().await.unwrap();
}

/// A program that runs while another one brings the tables up to date goes on: it asks for the columns that it knows.
pub(crate) async fn a_column_of_a_newer_version_disturbs_nobody(place: &Place) {
    let store = place.migrated().await;
    // What was asked before is kept prepared by the connections.
    for round in ["one", "two", "three", "four"] {
        let calls = Calls::prepare(&store, round).await;
        calls.admit_long().await.unwrap();
        calls.append().await.unwrap();
        calls.write_snapshot().await.unwrap();
        calls.put_artifact().await.unwrap();
        let request = calls.mint_request();
        let MintClaim::Claimed(mint) = store.sessions().begin_mint(&request).await.unwrap() else {
            panic!("nobody else is at it")
        };
        let bound = calls.bind(mint.session, &request).await;
        assert_eq!(store.sessions().session_by_row(bound.id).await.unwrap(), Some(bound));
        calls.end().await;
        if round == "two" {
            for table in ["sessions", "mints", "turns", "parts", "part_text", "events", "usage", "blockers"] {
                place.run(&format!("ALTER TABLE opencode_{table} ADD COLUMN of_tomorrow TEXT")).await;
            }
        }
    }
}
