//! What is written down of a server, for those who come after its owner.

use std::io;

use serde::{Deserialize, Serialize};

use super::look::{Place, look};

/// What is written down of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// How it is written; another one is not understood.
    pub(super) format: Format,
    /// What the server and everything that it starts carry in their environment.
    pub(super) mark: String,
    /// Where its numbers of processes mean something.
    pub(super) place: Place,
    /// The process that started it.
    pub(super) owner: Identity,
    /// The server's process, once it was started.
    pub(super) server: Option<Identity>,
    /// The program, and what it was started with.
    pub(super) command: Vec<String>,
}

/// The number of the format, which is part of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(super) struct Format;

/// A process, and not another one that has got its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    pub(super) pid: u32,
    /// When it was started, as the operating system counts.
    pub(super) started: u64,
}

impl Identity {
    /// What a process that runs is known by.
    ///
    /// # Errors
    ///
    /// When nothing is to be seen of it.
    pub(super) fn of(pid: u32) -> io::Result<Self> {
        let seen = look(pid).ok_or_else(|| io::Error::other("nothing is to be seen of the process"))?;
        Ok(Self { pid, started: seen.started })
    }
}

const FORMAT: u32 = 1;

impl TryFrom<u32> for Format {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if number == FORMAT { Ok(Self) } else { Err(format!("a record of format {number}")) }
    }
}

impl From<Format> for u32 {
    fn from(_: Format) -> Self {
        FORMAT
    }
}
