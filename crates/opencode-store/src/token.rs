//! Names that nobody else makes.

use crate::error::{Error, ErrorKind, Result};

/// 128 random bits as 32 hexadecimal digits.
pub(crate) fn new_token() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "the operating system gives no random bytes").with_source(source)
    })?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}
