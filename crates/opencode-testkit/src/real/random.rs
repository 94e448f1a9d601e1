//! Names that nobody can guess.

use super::error::RealError;

/// 32 hexadecimal digits from the operating system: a password, or the mark of a run.
///
/// Not from a seeded generator, although this is a test tool: a server with somebody's own
/// configuration can be started with it too, and everybody on the machine can reach its port.
pub(super) fn hex() -> Result<String, RealError> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| RealError::Random { reason: error.to_string() })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
