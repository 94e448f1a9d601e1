//! What a process says to the test: one line each, marked so that it is found among what the harness says.

use std::fmt;
use std::io::Write as _;

const MARK: &str = "> ";

/// What a process says to the test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// It has come to a point.
    Passed(String),
    /// It stands at its point, until it is told to go on.
    Waits,
    /// It has taken away what was stored of the answer.
    TookAway,
}

impl Said {
    /// Reads a line; `None` for what somebody else has written.
    pub(super) fn parse(line: &str) -> Option<Self> {
        match line.strip_prefix(MARK)?.split_once(' ') {
            Some(("passed", point)) => Some(Self::Passed(point.to_owned())),
            None if line.ends_with("waits") => Some(Self::Waits),
            None if line.ends_with("took-away") => Some(Self::TookAway),
            _ => None,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(point) => write!(formatter, "{MARK}passed {point}"),
            Self::Waits => write!(formatter, "{MARK}waits"),
            Self::TookAway => write!(formatter, "{MARK}took-away"),
        }
    }
}

/// Says it. What is in the pipe outlives the process.
pub(super) fn say(said: &Said) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\n{said}").unwrap();
    stdout.flush().unwrap();
}

#[test]
fn what_is_said_is_read_back() {
    for said in [Said::Passed("request.GET /session#1.before".to_owned()), Said::Waits, Said::TookAway] {
        assert_eq!(Said::parse(&said.to_string()), Some(said));
    }
    assert_eq!(Said::parse("running 1 test"), None);
}
