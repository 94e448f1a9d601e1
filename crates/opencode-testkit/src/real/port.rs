//! A port for a server.

use std::net::{Ipv4Addr, TcpListener};

use super::error::RealError;

/// A port of the loopback address that nobody uses at this moment.
///
/// The server cannot be asked for "any": to it, 0 means 4096 if that is free, so that the second
/// of two parallel servers would be somewhere else than the first.
pub(super) fn free() -> Result<u16, RealError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(RealError::prepare("127.0.0.1:0"))
}
