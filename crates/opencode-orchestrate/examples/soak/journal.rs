//! What the workers have seen, outside the database: a file for each, of which only the end is ever written.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use opencode_store::turn::{Lease, TurnId};
use opencode_store::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

/// One thing that a worker has seen. It is written after the store has said so, and before anything is made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub(crate) enum Line {
    /// The receipt of an admission.
    Admitted { turn: TurnId, subject: String, message: String, key: Option<String>, payload: String },
    /// The lease of a turn, and the time by then.
    Claimed { turn: TurnId, attempt: u64, at: u64 },
    /// The prompt of a turn is being posted.
    Posted { turn: TurnId },
    /// Events were stored up to that number.
    Appended { turn: TurnId, last: u64 },
    /// A snapshot was stored.
    Written { turn: TurnId },
    /// A lease was renewed.
    Renewed { turn: TurnId },
    /// A request was stored.
    Asked { turn: TurnId },
    /// An answer was accepted.
    Answered { turn: TurnId, request: String, by: String },
    /// This very call, which began at that time, has ended a turn.
    Finished { turn: TurnId, kind: String, began: u64 },
    /// A turn that nobody had begun with was ended.
    Withdrawn { turn: TurnId },
    /// A turn is about to get another place.
    Relaning { turn: TurnId },
    /// An artifact was stored.
    Put { turn: TurnId, name: String },
    /// The name of an artifact is about to be taken away.
    Dropping { turn: TurnId, name: String },
    /// This very call has made a session.
    Made { upstream: String },
    /// A session is about to be deleted behind the store's back.
    Removing { upstream: String },
    /// A session that nobody used was deleted, or an object.
    Swept { count: usize },
    /// The store has refused a call, as it may.
    Refused { call: String, kind: String },
    /// The store has refused a call, as it must not.
    Surprise { call: String, error: String },
}

/// The time in microseconds, which is the same for every process of the machine.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// The journal of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    file: Arc<Mutex<File>>,
}

impl Journal {
    /// Begins the journal of a process.
    pub(crate) fn open(folder: &Path, owner: &str) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("{owner}.jsonl"));
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file: Arc::new(Mutex::new(file)) })
    }

    /// Adds a line, in one write: what was written survives the process that has written it.
    pub(crate) fn write(&self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).context("the journal cannot be written")
    }

    /// Notes a lease.
    pub(crate) fn claimed(&self, lease: &Lease) -> Result<()> {
        self.write(&Line::Claimed { turn: lease.turn, attempt: lease.attempt, at: now() })
    }

    /// The answer to a call; nothing when the store has refused it, which is noted.
    pub(crate) fn heed<T>(&self, call: &str, answer: opencode_store::Result<T>) -> Result<Option<T>> {
        let error = match answer {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        let call = call.to_owned();
        self.write(&match error.kind() {
            // Why a database cannot be reached is worth knowing: it is there all the time. Calls that wait for each
            // other are repeated by a host, a second later each, and are a mistake of ours nevertheless.
            ErrorKind::Unavailable if !in_full(&error).contains("deadlock") => {
                Line::Refused { call, kind: in_full(&error) }
            }
            kind @ (ErrorKind::Conflict | ErrorKind::Busy | ErrorKind::LeaseLost | ErrorKind::Upstream) => {
                Line::Refused { call, kind: format!("{kind:?}") }
            }
            _ => Line::Surprise { call, error: in_full(&error) },
        })?;
        Ok(None)
    }
}

/// Every line of every journal, with the process that has written it. A line that breaks off is the last of a process
/// that was killed.
pub(crate) fn read(folder: &Path) -> Result<Vec<(String, Line)>> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).context("there are no journals")? {
        let path = entry?.path();
        let owner = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        for line in whole {
            lines.push((owner.clone(), serde_json::from_str(line).context("a journal cannot be read")?));
        }
    }
    Ok(lines)
}

/// An error with its causes.
fn in_full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
