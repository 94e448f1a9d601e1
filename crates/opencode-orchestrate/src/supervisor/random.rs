//! Names that nobody can guess.

use std::io;

/// So many random bytes from the operating system, as hexadecimal digits.
pub(super) fn hex<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
