//! What a test does on a machine without OpenCode.

use tokio::sync::Mutex;

use super::RealServer;
use super::binary::{Binary, locate_or_install};
use super::builder::RealServerBuilder;
use super::error::RealError;
use crate::machine::skip;

/// The program for a test, or `None` after a line on the standard error that says why the test is
/// skipped.
///
/// Fetches the pinned version where `npm` can; the line says so before it begins.
///
/// # Panics
///
/// Instead of skipping, where a skipped test would be a hole: with `OPENCODE_TEST_REQUIRE=1` or
/// `CI=true`.
/// And on every [`RealError`] that is not about absence, `OPENCODE_BIN` naming no file for one.
#[expect(clippy::panic, reason = "this is an assertion of the calling test")]
pub async fn binary_or_skip() -> Option<Binary> {
    // One at a time: tests of one program start together, and only one of them should fetch.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    match locate_or_install(|phase| skip::say(&phase.to_string())).await {
        Ok(binary) => Some(binary),
        Err(error) if error.is_unavailable() && !skip::is_forbidden() => {
            skip::say(&format!("SKIPPED, this test needs a real OpenCode server: {}", with_output(&error)));
            None
        }
        Err(error) => panic!("this test needs a real OpenCode server: {}", with_output(&error)),
    }
}

impl RealServerBuilder {
    /// [`start`](Self::start) for a test: `None` where the test is to be skipped, as
    /// [`binary_or_skip`] decides.
    ///
    /// # Panics
    ///
    /// As [`binary_or_skip`], and where there is a program but the server does not start: that is
    /// a failure and not an absence.
    #[expect(clippy::panic, reason = "this is an assertion of the calling test")]
    pub async fn start_or_skip(self) -> Option<RealServer> {
        let binary = binary_or_skip().await?;
        match self.binary(binary).start().await {
            Ok(server) => Some(server),
            Err(error) => panic!("the real server did not start: {}", with_output(&error)),
        }
    }
}

fn with_output(error: &RealError) -> String {
    skip::explain(error, error.output())
}
