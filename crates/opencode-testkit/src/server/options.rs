//! What a builder has collected.

use std::fmt;

use super::clock::Clock;
use super::family::EventFamily;

/// A password that does not show in `Debug`.
#[derive(Clone)]
pub(crate) struct Password(pub(crate) String);

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

/// The settings of one server. They do not change while it runs.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) password: Option<Password>,
    /// Without trailing slash; empty for none.
    pub(crate) base_path: String,
    pub(crate) version: String,
    pub(crate) directory: String,
    pub(crate) project: String,
    pub(crate) family: EventFamily,
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            password: None,
            base_path: String::new(),
            version: "1.18.33".to_owned(),
            directory: "/srv/project".to_owned(),
            project: "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e".to_owned(),
            family: EventFamily::default(),
            clock: Clock::default(),
            seed: 1,
        }
    }
}
