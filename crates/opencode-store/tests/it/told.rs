//! What people read of an error.

use std::error::Error as _;
use std::path::Path;

use opencode_store::Error;

/// The kind, what it says, and each cause. A cause that only repeats the one before is left out.
pub(crate) fn told(error: &Error) -> String {
    let mut text = format!("{:?}: {error}", error.kind());
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(&format!("\nbecause {source}"));
        next = source.source();
    }
    text
}

/// The same without the folder, which has another name each time.
pub(crate) fn told_in(folder: &Path, error: &Error) -> String {
    without(folder, &told(error))
}

/// A text without the name of a folder.
pub(crate) fn without(folder: &Path, text: &str) -> String {
    text.replace(&folder.display().to_string(), "[folder]")
}
