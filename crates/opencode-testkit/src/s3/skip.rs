//! What a test does on a machine without S3.

use super::S3;
use crate::machine::skip;

impl S3 {
    /// [`start`](Self::start) for a test: `None`, after a line on the standard error, on a machine
    /// that has no endpoint and can fetch none.
    ///
    /// # Panics
    ///
    /// Instead of skipping, where a skipped test would be a hole: with `OPENCODE_TEST_REQUIRE=1` or
    /// `CI=true`.
    /// And where there is a server that does not start: that is a failure and not an absence.
    #[expect(clippy::panic, reason = "this is an assertion of the calling test")]
    pub async fn start_or_skip() -> Option<Self> {
        match Self::start().await {
            Ok(s3) => Some(s3),
            Err(error) if error.is_unavailable() && !skip::is_forbidden() => {
                let why = skip::explain(&error, error.output());
                skip::say(&format!("SKIPPED, this test needs S3: {why}"));
                None
            }
            Err(error) => panic!("this test needs S3: {}", skip::explain(&error, error.output())),
        }
    }
}
