//! What a test does on a machine without OpenCode.

#![expect(clippy::disallowed_methods, reason = "this is where it is decided whether a test may be skipped")]

use std::io::Write as _;

use tokio::sync::Mutex;

use super::binary::{Binary, locate_or_install};
use super::builder::RealServerBuilder;
use super::error::RealError;
use super::{RealServer, phase};

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
    match locate_or_install(|phase| report_phase(&phase)).await {
        Ok(binary) => Some(binary),
        Err(error) if error.is_unavailable() && !required() => {
            say(&format!("SKIPPED, this test needs a real OpenCode server: {}", with_output(&error)));
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

fn required() -> bool {
    let is =
        |name: &str, values: &[&str]| std::env::var(name).is_ok_and(|value| values.contains(&value.as_str()));
    is("CI", &["true", "1"]) || is("OPENCODE_TEST_REQUIRE", &["1", "true"])
}

fn report_phase(phase: &phase::Phase) {
    say(&phase.to_string());
}

/// Written to the stream itself and not with `eprintln!`, which the test harness swallows for
/// tests that pass, as a skipped one does.
fn say(line: &str) {
    let _closed = writeln!(std::io::stderr().lock(), "opencode-testkit: {line}");
}

fn with_output(error: &RealError) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    if let Some(source) = error.source() {
        text = format!("{text}: {source}");
    }
    match error.output() {
        Some(output) if !output.is_empty() => format!("{text}\n{output}"),
        _ => text,
    }
}
