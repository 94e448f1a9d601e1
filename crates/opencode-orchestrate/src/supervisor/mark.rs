//! What a server and everything that it starts is known by.
//!
//! A server starts the commands of its agents in sessions of their own, where no signal to its process group reaches
//! them: they would outlive it. Their environment is the server's, and so they carry its mark.

use std::io;

use tokio::process::Command;

use super::random;

/// The variable that carries the mark.
const VARIABLE: &str = "OPENCODE_HOST_MARK";

/// A name that one start of a server has, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark(String);

impl Mark {
    pub(super) fn new() -> io::Result<Self> {
        random::hex::<16>().map(Self)
    }

    /// The mark of an earlier start, if it can be one. A short one might be found where it is not meant.
    pub(super) fn of(text: &str) -> Option<Self> {
        let is_one = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(text.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Marks what a command starts, and everything that this starts in turn.
    pub(super) fn put_on(&self, command: &mut Command) {
        command.env(VARIABLE, &self.0);
    }

    /// The line of an environment that carries it.
    #[cfg(unix)]
    pub(super) fn assignment(&self) -> String {
        format!("{VARIABLE}={}", self.0)
    }

    /// Kills everything that carries it. Does so on Linux alone: elsewhere environments of others cannot be read.
    ///
    /// Takes a few milliseconds, and a second at most. Not to be called on a thread of the runtime unless in need.
    pub(super) fn end_all(&self) {
        #[cfg(target_os = "linux")]
        super::strays::end_all(self.assignment().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_long_and_new_each_time() {
        let (one, other) = (Mark::new().unwrap(), Mark::new().unwrap());
        assert_ne!(one, other);
        assert_eq!(Mark::of(one.as_str()), Some(one));
        for text in ["", "abc", "../../0123456789abcdef0123456789", "0123456789abcdef0123456789abcdef0"] {
            assert_eq!(Mark::of(text), None, "{text}");
        }
    }
}
