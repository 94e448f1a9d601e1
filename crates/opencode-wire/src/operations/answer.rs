//! How the body of a good answer is read.

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind, Result};
use crate::surrogate;
use crate::unquoted::unquoted;

/// JSON, always read as text: one copy of the code of each type is enough.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    read("answer", body)
}

/// JSON that is called something.
pub(super) fn read<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T> {
    let failed =
        |why: &str| Error::new(ErrorKind::Decode, format!("the {what} is not what was expected: {why}"));
    let text = std::str::from_utf8(body).map_err(|_| failed("it is not UTF-8"))?;
    if text.is_empty() {
        return Err(Error::new(ErrorKind::Decode, format!("the {what} is empty")));
    }
    let first = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Half of a character is valid in JavaScript's JSON and in no UTF-8 string.
    let error = match surrogate::replace_lone(text).as_deref().map(serde_json::from_str) {
        Some(Ok(value)) => return Ok(value),
        Some(Err(error)) => error,
        None => first,
    };
    Err(failed(&unquoted(&error.to_string())))
}

/// Nothing, whatever is there.
#[expect(clippy::unnecessary_wraps, reason = "it is one of several with the same shape")]
pub(super) fn empty(_body: &[u8]) -> Result<()> {
    Ok(())
}

/// Text; what is no UTF-8 is replaced.
#[expect(clippy::unnecessary_wraps, reason = "it is one of several with the same shape")]
pub(super) fn text(body: &[u8]) -> Result<String> {
    Ok(String::from_utf8_lossy(body).into_owned())
}

/// Bytes as they are.
#[expect(clippy::unnecessary_wraps, reason = "it is one of several with the same shape")]
pub(super) fn bytes(body: &[u8]) -> Result<Vec<u8>> {
    Ok(body.to_vec())
}
