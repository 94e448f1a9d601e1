//! Servers that have outlived their owners, and those that have not, in one directory of records.

use opencode_orchestrate::supervisor::Supervisor;
use opencode_testkit::model::Model;
use opencode_testkit::real::binary_or_skip;

use super::owner::Owner;
use super::strays::{endless, pipe, told};
use super::{configure, options};
use crate::support::{is_there, until_gone};

/// While both owners live nobody ends the other's server. When one is gone, and what should have ended its server too,
/// the next one to start a server ends it with what its agent runs, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn g25_a_server_that_was_left_over_is_ended_by_another_owner_and_nothing_else_is() {
    let Some(binary) = binary_or_skip().await else { return };
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let records = tempfile::tempdir().unwrap();
    let [theirs, ours, later] = folders.each_ref().map(|folder| folder.path());
    let model = Model::start().await;
    configure(theirs, model.url());
    let pipe = pipe(theirs);
    let owner = Owner::start(binary.path(), theirs, records.path(), &endless(&pipe)).await;
    let command = told(pipe).await;

    let first = Supervisor::new(options(binary.path(), ours).with_records(records.path()));
    let server = first.ensure().await.unwrap();
    assert!(is_there(owner.server) && is_there(command), "they have an owner");
    assert_eq!(std::fs::read_dir(records.path()).unwrap().count(), 2);

    owner.cut_lifeline();
    let left_over = owner.kill().await;
    assert!(is_there(left_over) && is_there(command), "nobody is there to end them");

    let second = Supervisor::new(options(binary.path(), later).with_records(records.path()));
    let other = second.ensure().await.unwrap();
    assert!(!is_there(left_over) && !is_there(command), "they were ended before another one was started");
    assert!(is_there(server.pid()) && server.client().health().await.is_ok(), "it has an owner");
    assert_eq!(std::fs::read_dir(records.path()).unwrap().count(), 2);
    first.stop().await;
    second.stop().await;
    until_gone(other.pid()).await;
    assert_eq!(std::fs::read_dir(records.path()).unwrap().count(), 0);
}
