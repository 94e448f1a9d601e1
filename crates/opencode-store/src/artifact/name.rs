//! What an artifact is called.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::text::check_key;

/// What an artifact is called: a relative path with `/` between its parts.
///
/// It has at most 512 bytes; no part of it is empty, `.` or `..`; and it has no control character, no backslash and
/// no `/` at its ends. So it names one thing below whatever it is joined to, on every system.
///
/// # Examples
///
/// ```
/// use opencode_store::artifact::ArtifactName;
///
/// let name: ArtifactName = "reports/summary.md".parse()?;
/// assert_eq!(name.file_name(), "summary.md");
/// assert!("../summary.md".parse::<ArtifactName>().is_err());
/// # Ok::<(), opencode_store::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArtifactName(String);

impl ArtifactName {
    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last `/`.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// What a row says. It was checked when it was written.
    #[cfg_attr(not(feature = "__sql"), expect(dead_code, reason = "only rows need it"))]
    pub(crate) fn of_row(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for ArtifactName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        check_key("name of the artifact", text)?;
        if text.chars().any(|character| character.is_control() || character == '\\') {
            return Err(Error::invalid("the name of the artifact has a control character or a backslash"));
        }
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(Error::invalid("the name of the artifact has a part that is empty, `.` or `..`"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ArtifactName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ArtifactName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}
