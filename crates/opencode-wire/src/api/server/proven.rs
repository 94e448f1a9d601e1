//! The versions of the server that this crate was tried on; written by `cargo xtask compat`.

use super::ServerVersion;

/// In ascending order.
pub(super) const PROVEN: &[ServerVersion] = &[
    ServerVersion { major: 1, minor: 1, patch: 53 },
    ServerVersion { major: 1, minor: 2, patch: 27 },
    ServerVersion { major: 1, minor: 14, patch: 41 },
    ServerVersion { major: 1, minor: 15, patch: 13 },
    ServerVersion { major: 1, minor: 17, patch: 0 },
    ServerVersion { major: 1, minor: 18, patch: 4 },
    ServerVersion { major: 1, minor: 18, patch: 33 },
];
