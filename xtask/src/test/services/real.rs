//! The real OpenCode server: the program is found or fetched; each test starts its own.

use anyhow::Result;
use opencode_testkit::real;

use super::availability::Found;

/// Finds the server program, and fetches it where there is none.
pub(super) fn prepare() -> Result<Found<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let binary = runtime.block_on(real::locate_or_install(|phase| eprintln!("{phase}")))?;
    Ok(Found {
        variable: "OPENCODE_BIN",
        value: binary.path().into(),
        shown: binary.path().display().to_string(),
        keeper: None,
    })
}
