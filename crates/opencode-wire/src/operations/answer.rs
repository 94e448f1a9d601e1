//! How the body of a good answer is read.

use serde::de::DeserializeOwned;

use crate::decode::decode;
use crate::error::Result;
use crate::unquoted::unquoted;

/// JSON.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    read("answer", body)
}

/// JSON that is called something.
pub(super) fn read<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T> {
    decode(what, body, |_, error| {
        format!("the {what} is not what was expected: {}", unquoted(&error.to_string()))
    })
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
