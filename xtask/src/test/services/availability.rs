//! Whether a service is there for this run.

use std::ffi::OsString;
use std::fmt;

/// A service that was found or started.
#[derive(Debug)]
pub(super) struct Found<T> {
    /// The environment variable by which every test that needs it finds it.
    pub(super) variable: &'static str,
    pub(super) value: OsString,
    /// What people see of it; the value itself may hold a password.
    pub(super) shown: String,
    /// What keeps it running, unless somebody else does.
    pub(super) keeper: Option<T>,
}

/// What became of one service.
#[derive(Debug)]
pub(super) enum Availability {
    /// It is there.
    Ready { variable: &'static str, value: OsString, shown: String },
    /// The person asked to leave it out.
    LeftOut,
    /// There is none and none could be had, for this reason.
    Missing(String),
}

impl Availability {
    /// Looks for a service unless it is left out; beside the answer stands what keeps it running.
    pub(super) fn of<T>(
        left_out: bool,
        prepare: impl FnOnce() -> anyhow::Result<Found<T>>,
    ) -> (Self, Option<T>) {
        if left_out {
            return (Self::LeftOut, None);
        }
        match prepare() {
            Ok(Found { variable, value, shown, keeper }) => (Self::Ready { variable, value, shown }, keeper),
            Err(error) => (Self::Missing(format!("{error:#}")), None),
        }
    }
}

impl fmt::Display for Availability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { shown, .. } => formatter.write_str(shown),
            Self::LeftOut => formatter.write_str("left out, as asked"),
            Self::Missing(reason) => write!(formatter, "missing: {reason}"),
        }
    }
}
