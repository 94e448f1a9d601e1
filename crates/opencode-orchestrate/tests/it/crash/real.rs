//! With the real server: each kind of point that changes something.

use super::column::Column;
use super::matrix::{Matrix, Which};
use super::places::{DatabaseKind, HostKind};

async fn hold(database: DatabaseKind, column: Column, which: Which) {
    Matrix { database, host: HostKind::Real, column, which }.hold().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g01_the_worker_dies_in_each_phase() {
    hold(DatabaseKind::Sqlite, Column::Worker, Which::Phases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_the_worker_of_a_turn_that_is_stopped_dies_in_each_phase() {
    hold(DatabaseKind::Sqlite, Column::Stopped, Which::Phases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g12_the_server_dies_in_each_phase() {
    hold(DatabaseKind::Sqlite, Column::Server, Which::Phases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g12_the_server_and_the_worker_die_in_each_phase() {
    hold(DatabaseKind::Sqlite, Column::Both, Which::Phases).await;
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn g01_the_worker_dies_in_each_phase() {
        hold(DatabaseKind::Postgres, Column::Worker, Which::Phases).await;
    }
}
