//! What an error of the client means to the course of a turn.

use opencode_store::{Error, ErrorKind};
use opencode_wire::{Error as WireError, ErrorKind as WireKind};

use super::course::Came;
use super::ending;

/// What came of a step that ended with an error, and why the turn may be let go of for it: what the server refuses
/// once, it refuses again.
pub(super) fn came_of(error: WireError, is_joined: bool) -> (Came, Option<Error>) {
    match error.kind() {
        WireKind::NotFound => (Came::NoSession, Some(unreachable(error))),
        WireKind::BadRequest | WireKind::InvalidConfig | WireKind::TooLarge => {
            (refused("the server refused the prompt", &error), None)
        }
        WireKind::Conflict if is_joined => (refused_steer(&error), None),
        _ => (Came::Unreachable, Some(unreachable(error))),
    }
}

pub(super) fn refused(what: &str, error: &WireError) -> Came {
    Came::Refused(Box::new(ending::failed(format!("{what}: {error}"))))
}

/// The server takes no prompt while it works: it lacks what steering needs.
fn refused_steer(error: &WireError) -> Came {
    Came::Refused(Box::new(ending::unsupported("steer", format!("this server cannot be steered: {error}"))))
}

pub(super) fn unreachable(error: WireError) -> Error {
    Error::new(ErrorKind::Upstream, "the server could not be prompted or followed").with_source(error)
}
