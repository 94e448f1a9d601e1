//! What was left out, and why.

use std::fmt;

use bytes::Bytes;
use opencode_wire::ids::{MessageId, SessionId};

use crate::sandbox::Refusal;

/// How many paths are named of what was left out.
const MAX_PATHS: usize = 5;

/// Files of one message that were left out for one reason. One that a later call changed is not among them.
///
/// # Examples
///
/// What people can be told:
///
/// ```text
/// 7 left out (a patch does not say all that is in a file): 1.rs, 2.rs, 3.rs, 4.rs, 5.rs and 2 more
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// How many files.
    pub count: usize,
    /// The first five of them, as people are shown them: relative to the project where the server says so; attachments
    /// by their names.
    pub paths: Vec<String>,
    /// The session whose agent changed them.
    pub session_id: SessionId,
    /// The message with the calls.
    pub message_id: MessageId,
    /// Why they were left out.
    pub reason: DropReason,
}

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} left out ({}): {}", self.count, self.reason, self.paths.join(", "))?;
        let more = self.count.saturating_sub(self.paths.len());
        if more > 0 { write!(formatter, " and {more} more") } else { Ok(()) }
    }
}

/// Why a file was left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// `apply_patch` changed it: a patch says what changes, and not what is there then.
    Patched,
    /// `edit` changed it: an edit says what is replaced, and not what is around it.
    Edited,
    /// It has more bytes than a file may have.
    TooLarge {
        /// How many a file may have.
        limit: u64,
    },
    /// It is an attachment whose bytes are elsewhere: the call gave an address, which nobody asks.
    NotInline,
    /// It is an attachment whose bytes cannot be decoded.
    Undecodable,
    /// Its path leads out of the sandbox.
    Outside,
    /// What is at its path may not be read, such as a link or a device.
    Unsafe {
        /// What is wrong with it.
        why: Refusal,
    },
    /// Nothing is at its path any more.
    Gone,
}

impl DropReason {
    /// The bytes, unless they are more than a file may have.
    pub(crate) fn unless_larger(bytes: Bytes, limit: u64) -> Result<Bytes, Self> {
        if bytes.len() as u64 <= limit { Ok(bytes) } else { Err(Self::TooLarge { limit }) }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Patched => "a patch does not say all that is in a file",
            Self::Edited => "an edit does not say all that is in a file",
            Self::TooLarge { limit } => return write!(formatter, "more than {limit} bytes"),
            Self::NotInline => "the bytes are elsewhere",
            Self::Undecodable => "the bytes cannot be decoded",
            Self::Outside => "outside of the sandbox",
            Self::Unsafe { why } => return write!(formatter, "not safe to read: {why}"),
            Self::Gone => "not there any more",
        })
    }
}

/// Puts a file to those of the same message and reason.
pub(super) fn add(
    dropped: &mut Vec<Dropped>,
    session_id: &SessionId,
    message_id: &MessageId,
    reason: DropReason,
    path: String,
) {
    let of_same = |one: &&mut Dropped| one.message_id == *message_id && one.reason == reason;
    match dropped.iter_mut().find(of_same) {
        Some(dropped) => {
            dropped.count += 1;
            if dropped.paths.len() < MAX_PATHS {
                dropped.paths.push(path);
            }
        }
        None => dropped.push(Dropped {
            count: 1,
            paths: vec![path],
            session_id: session_id.clone(),
            message_id: message_id.clone(),
            reason,
        }),
    }
}
