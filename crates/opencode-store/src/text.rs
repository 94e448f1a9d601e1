//! What text may be stored as a key.

use crate::error::{Error, Result};

/// The longest key, in bytes: well below what an index of either database can hold.
pub(crate) const MAX_KEY: usize = 512;

/// Checks text that becomes part of a unique key.
///
/// PostgreSQL refuses a NUL in text, so no implementation takes one.
pub(crate) fn check_key(what: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(format!("the {what} is empty")));
    }
    check_optional_key(what, text)
}

/// The same for text that may be empty.
pub(crate) fn check_optional_key(what: &str, text: &str) -> Result<()> {
    if text.len() > MAX_KEY {
        return Err(Error::invalid(format!("the {what} is longer than {MAX_KEY} bytes")));
    }
    check_text(what, text)
}

/// Checks text of any length.
pub(crate) fn check_text(what: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(format!("the {what} contains a NUL character")));
    }
    Ok(())
}
