//! Recorded streams, decoded, with the prompts that are answered in them.

use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::PartKind;

use super::events::{Recording, recordings};

/// A recording that was decoded.
pub(crate) struct Decoded {
    pub(crate) name: String,
    pub(crate) events: Vec<Event>,
}

impl Decoded {
    pub(crate) fn of(recording: &Recording) -> Self {
        let events = recording.frames().iter().map(|frame| Event::decode(frame).unwrap()).collect();
        Self { name: recording.name.clone(), events }
    }

    /// The prompts of people, in the order in which they were stored: those of the server, of sub-agents and of forks,
    /// which repeat another session's, are none.
    pub(crate) fn prompts(&self) -> Vec<(SessionId, MessageId)> {
        let children: Vec<_> = self
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::SessionCreated(told) if told.info.parent_id.is_some() => Some(&told.session_id),
                EventKind::SessionCreated(told) if told.info.title.contains("(fork") => {
                    Some(&told.session_id)
                }
                _ => None,
            })
            .collect();
        let mut prompts = Vec::new();
        let mut users = Vec::new();
        for event in &self.events {
            match &event.kind {
                EventKind::MessageUpdated(told) if told.info.role.as_str() == "user" => {
                    users.push(&told.info.id)
                }
                EventKind::PartUpdated(told) if users.contains(&&told.part.message_id) => {
                    let prompt = (told.session_id.clone(), told.part.message_id.clone());
                    let is_persons = match &told.part.kind {
                        PartKind::Text(text) => text.synthetic != Some(true),
                        PartKind::File(_) => true,
                        _ => false,
                    };
                    if is_persons && !prompts.contains(&prompt) && !children.contains(&&told.session_id) {
                        prompts.push(prompt);
                    }
                }
                _ => {}
            }
        }
        prompts
    }
}

/// The recordings of plain event streams.
pub(crate) fn decoded(kind: &str) -> Vec<Decoded> {
    let recordings = recordings();
    recordings.iter().filter(|recording| recording.name.contains(kind)).map(Decoded::of).collect()
}
