//! On a SQLite file, with the scripted server.

use super::column::Column;
use super::matrix::{Matrix, Which};
use super::places::{DatabaseKind, HostKind, Places};
use super::program::Death;
use super::scene::Scene;

async fn hold(column: Column, which: Which) {
    let (database, host) = (DatabaseKind::Sqlite, HostKind::Scripted);
    Matrix { database, host, column, which }.hold().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_the_worker_dies_at_every_point() {
    hold(Column::Worker, Which::Each).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_the_worker_and_the_one_that_takes_over_die_at_the_same_point() {
    hold(Column::WorkerAgain, Which::FirstOfName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_whoever_takes_over_a_turn_that_was_about_to_be_prompted_dies_at_each_kind_of_point() {
    hold(Column::TakeOver("store.advance(prompting)#1.after"), Which::FirstOfName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_whoever_takes_over_a_turn_that_runs_dies_at_each_kind_of_point() {
    hold(Column::TakeOver("store.advance(running)#1.after"), Which::FirstOfName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_the_worker_of_a_turn_that_is_stopped_dies_at_each_kind_of_point() {
    hold(Column::Stopped, Which::FirstOfName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g12_the_server_dies_at_each_kind_of_point() {
    hold(Column::Server, Which::FirstOfName).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g12_the_server_and_the_worker_die_at_each_kind_of_point() {
    hold(Column::Both, Which::FirstOfName).await;
}

/// Whoever reads a turn sees what it has said so far, also while somebody takes it over.
#[tokio::test(flavor = "multi_thread")]
async fn g03_whoever_takes_a_turn_over_takes_nothing_away_that_is_stored() {
    let places = Places::new(DatabaseKind::Sqlite, HostKind::Scripted);
    let (place, host) = places.take(true).await.unwrap();
    let scene = Scene::set(&place, host, places.lease(), false).await;
    let [dies, takes_over] =
        <[_; 2]>::try_from(Column::Worker.plans(Some("store.write_snapshot#6.after"))).unwrap();
    let died = scene.live(dies, true).await.unwrap();
    assert_eq!((died.death, scene.text().await.is_empty()), (Death::Killed, false));
    let life = scene.live(takes_over, false).await.unwrap();
    assert!(!life.took_away, "what was stored was taken away for a while");
}
