//! A port for a server.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A port of the loopback address that nobody uses at this moment.
///
/// The servers cannot be asked for "any": to the real one, 0 means 4096 if that is free, and none
/// of them has to say which one it took.
pub(crate) fn free() -> io::Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
}
