//! On PostgreSQL, with the scripted server.

use super::column::Column;
use super::matrix::{Matrix, Which};
use super::places::{DatabaseKind, HostKind};

async fn hold(column: Column, which: Which) {
    let (database, host) = (DatabaseKind::Postgres, HostKind::Scripted);
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
