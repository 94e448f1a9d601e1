//! What an error of the client means to a store.

use opencode_store::session::UpstreamError;
use opencode_wire::{Error, ErrorKind};

/// An error of a call about a session that is there, or should be.
pub(super) fn failed(error: Error) -> UpstreamError {
    if error.is_not_found() {
        UpstreamError::gone(error)
    } else if error.is_ambiguous() {
        UpstreamError::ambiguous(error)
    } else {
        UpstreamError::new(error)
    }
}

/// An error of the call that makes a session.
///
/// Taking a session for made that was not costs a search later. The other way round it would be left behind for ever,
/// so only an answer that says so proves that none was made.
pub(super) fn failed_to_create(error: Error) -> UpstreamError {
    let may_be_made = match error.kind() {
        ErrorKind::Server | ErrorKind::Decode | ErrorKind::TooLarge | ErrorKind::NotOpenCode => true,
        _ => error.is_ambiguous(),
    };
    if may_be_made { UpstreamError::ambiguous(error) } else { UpstreamError::new(error) }
}
