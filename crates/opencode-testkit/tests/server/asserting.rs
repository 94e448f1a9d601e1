//! Assertions about what a client has done: they can fail, and say why.

use std::panic::{AssertUnwindSafe, catch_unwind};

use opencode_testkit::server::Server;

use crate::client::get;

/// What an assertion that must fail says.
fn complaint(assertion: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion should have failed");
    *panic.downcast::<String>().expect("assertions panic with text")
}

#[tokio::test]
async fn a_wrong_count_is_told_with_what_came() {
    let server = Server::start().await;
    get(&server, "/global/health").await;
    server.assert_requests("GET", "/global/health", 1);
    server.assert_prompts(0);
    let complaint = complaint(|| server.assert_requests("GET", "/global/health", 2));
    assert_eq!(complaint, "2 requests GET /global/health expected, 1 came:\n  GET /global/health\n");
}

#[tokio::test]
async fn a_client_that_never_listens_is_told() {
    let server = Server::start().await;
    get(&server, "/session").await;
    let complaint = complaint(|| server.assert_listened_first());
    assert!(
        complaint.contains("before the first prompt") && complaint.contains("GET /session"),
        "{complaint}"
    );
}
