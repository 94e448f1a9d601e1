//! What every launcher here needs of the machine: programs, processes, ports and places.
//!
//! It knows no particular server, so its errors are those of the operating system; each launcher
//! makes its own of them.

pub(crate) mod cache;
pub(crate) mod group;
pub(crate) mod guard;
pub(crate) mod http;
pub(crate) mod install_lock;
pub(crate) mod output;
pub(crate) mod path;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod skip;

/// Attempts at a port that somebody else may take first.
pub(crate) const PORT_ATTEMPTS: usize = 3;
