//! The versions of the server that this crate was tried on; written by `cargo xtask compat`.

use super::ServerVersion;

/// In ascending order.
pub(super) const PROVEN: &[ServerVersion] = &[ServerVersion { major: 1, minor: 18, patch: 33 }];
