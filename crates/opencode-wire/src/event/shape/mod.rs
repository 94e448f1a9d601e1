//! The events that nearly all of a stream consists of, read by their looks.
//!
//! While a model writes, a server sends a `message.part.delta` for each token, and old servers send the whole part.
//! They always look alike, so that comparing them with that look reads them several times as fast as a parser does.
//! Whatever differs in the least is left to the parser.

mod delta;
mod part;
mod rest;

use self::rest::{Rest, has_control_characters};
use super::{Event, Location};
use crate::ids::{EventId, ProjectId};

/// Reads an event that looks as expected, alone or in the global stream's wrapping; `None` for every other.
pub(super) fn read(json: &str) -> Option<Event> {
    let mut rest = Rest::new(json);
    let wrapping = match rest.take(r#"{"directory":""#) {
        Some(()) => {
            let directory = rest.plain_text()?;
            rest.take(r#","project":""#)?;
            let project_id = rest.plain_text()?;
            rest.take(r#","payload":"#)?;
            Some((directory, project_id))
        }
        None => None,
    };
    rest.take(r#"{"id":""#)?;
    let id = rest.plain_text()?;
    rest.take(r#","type":""#)?;
    let read_content = match rest.plain_text()? {
        "message.part.delta" => delta::read,
        "message.part.updated" => part::read,
        _ => return None,
    };
    rest.take(r#","properties":{"sessionID":""#)?;
    let session_id = rest.plain_text()?;
    let kind = read_content(session_id, &mut rest)?;
    rest.take("}}")?;
    if wrapping.is_some() {
        rest.take("}")?;
    }
    // Checked last and all at once, because looking at it string by string takes longer.
    if !rest.is_end() || has_control_characters(json) {
        return None;
    }
    let location = wrapping.map(|(directory, project_id)| {
        let project_id = Some(ProjectId::from_wire(project_id));
        Box::new(Location { directory: Some(directory.into()), project_id, workspace_id: None })
    });
    Some(Event { id: Some(EventId::from_wire(id)), kind, location, durable: None })
}

#[cfg(test)]
mod tests;
