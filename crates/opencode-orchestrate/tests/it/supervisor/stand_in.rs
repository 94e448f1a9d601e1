//! A server that answers as OpenCode does, and is this program started again.

use std::time::Duration;

use opencode_testkit::server::{Fault, Server};

use super::Impostor;

/// What takes longer hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(120);

/// Says what a stand-in is to be.
const STAND_IN: &str = "OPENCODE_TEST_STAND_IN";

/// The manners of a stand-in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Manner {
    /// It answers.
    Plain,
    /// When a session was made it works, and answers nobody.
    Busy,
    /// It has a web page for everybody, as other programs do.
    Page,
    /// It wants another password.
    Strange,
}

impl Impostor {
    pub(super) fn stand_in(manner: Manner) -> Self {
        let program = std::env::current_exe().unwrap();
        // What it is started with stands at the end, as with any other.
        Self::new(&format!(
            "export {STAND_IN}={manner:?}\n\
             exec '{}' --exact supervisor::stand_in::stand_in_for_a_server --nocapture --quiet -- \"$@\"",
            program.display()
        ))
    }
}

/// Not a test of its own: a server that others start.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is told, and tells, as a process does")]
async fn stand_in_for_a_server() {
    let Ok(manner) = std::env::var(STAND_IN) else { return };
    let password = std::env::var("OPENCODE_SERVER_PASSWORD").unwrap();
    let password = if manner == "Strange" { "another".to_owned() } else { password };
    let server = Server::builder().password(password).version("1.18.33").start().await;
    if manner == "Page" {
        server.fault(Fault::on("GET", "/global/health").html().always());
    }
    println!("opencode server listening on {}", server.url());
    if manner == "Busy" {
        server.wait_for_request("POST", "/session").await;
        tokio::task::yield_now().await;
        // The only thread that there is.
        loop {
            std::hint::spin_loop();
        }
    }
    std::future::pending::<()>().await;
}
