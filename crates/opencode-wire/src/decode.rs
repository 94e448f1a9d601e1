//! How JSON of a server becomes a value.

use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::surrogate;

/// Reads JSON, always as text: one copy of the code of each type is enough.
///
/// `what` is said to be at fault, and `describe` says why a text cannot be read.
pub(crate) fn decode<T: DeserializeOwned>(
    what: &str,
    body: &[u8],
    describe: impl FnOnce(&str, &serde_json::Error) -> String,
) -> Result<T, Error> {
    let failed = |why: &str| Error::new(ErrorKind::Decode, why);
    let text = simdutf8::basic::from_utf8(body)
        .map_err(|_| failed(&format!("the {what} is not what was expected: it is not UTF-8")))?;
    if text.is_empty() {
        return Err(failed(&format!("the {what} is empty")));
    }
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // Half of a character is valid in JavaScript's JSON and in no UTF-8 string.
    let Some(repaired) = surrogate::replace_lone(text) else { return Err(failed(&describe(text, &error))) };
    serde_json::from_str(&repaired).map_err(|error| failed(&describe(&repaired, &error)))
}
