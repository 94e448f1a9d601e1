//! Versions of servers, in numbers.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};

/// The version of a server, to be compared.
///
/// What a server can do is better found out by asking for it: versions are for messages and for known faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number; 0 if it is missing.
    pub patch: u32,
}

impl FromStr for ServerVersion {
    type Err = Error;

    /// Reads `1.18.33`, also with a `v` before it and with anything after it.
    fn from_str(text: &str) -> Result<Self> {
        let read = || {
            let text = text.trim();
            let mut numbers = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
            let (major, minor) = (numbers.next()?.parse().ok()?, leading_number(numbers.next()?)?);
            let patch = numbers.next().and_then(leading_number).unwrap_or(0);
            Some(Self { major, minor, patch })
        };
        read().ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            Error::new(ErrorKind::Decode, format!("not a version: {shown:?}"))
        })
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

impl From<(u32, u32, u32)> for ServerVersion {
    fn from((major, minor, patch): (u32, u32, u32)) -> Self {
        Self { major, minor, patch }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_tolerantly_and_compared_by_number() {
        let read = |text: &str| text.parse::<ServerVersion>().map(|version| version.to_string()).ok();
        assert_eq!(read("1.18.33").as_deref(), Some("1.18.33"));
        assert_eq!(read(" v1.18.33-beta.2+abc ").as_deref(), Some("1.18.33"));
        assert_eq!(read("2.0").as_deref(), Some("2.0.0"));
        assert_eq!(read("1.4-rc").as_deref(), Some("1.4.0"));
        assert_eq!([read("local"), read(""), read("1"), read("99999999999.1.1")], [const { None }; 4]);
        assert!(ServerVersion::from((1, 18, 4)) < (1, 18, 33).into());
    }
}
