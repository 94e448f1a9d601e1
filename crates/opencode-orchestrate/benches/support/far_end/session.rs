//! A session, and the messages that are stored of it.

use super::ids::now;

/// A session, and the messages that are stored of it.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) directory: String,
    pub(super) busy: bool,
    /// The permission request that waits for an answer.
    pub(super) asks: Option<String>,
    /// The number of the next durable event.
    pub(super) seq: u64,
    /// The newest last.
    stored: Vec<Message>,
}

struct Message {
    id: String,
    info: String,
    parts: Vec<(String, String)>,
}

impl Session {
    pub(super) fn new(id: String, directory: String) -> Self {
        Self { id, directory, busy: false, asks: None, seq: 0, stored: Vec::new() }
    }

    pub(super) fn to_json(&self) -> String {
        let (id, directory, now) = (&self.id, &self.directory, now());
        format!(
            r#"{{"id":"{id}","slug":"quiet-otter","version":"1.18.33","projectID":"5ca1ab1e","directory":"{directory}","title":"A conversation","time":{{"created":{now},"updated":{now}}}}}"#
        )
    }

    /// The newest messages, the oldest of them first.
    pub(super) fn messages(&self, limit: usize) -> String {
        let from = self.stored.len().saturating_sub(limit);
        let messages: Vec<String> = self.stored[from..].iter().map(Message::to_json).collect();
        format!("[{}]", messages.join(","))
    }

    pub(super) fn store_message(&mut self, id: &str, info: &str) {
        match self.stored.iter_mut().find(|message| message.id == id) {
            Some(message) => info.clone_into(&mut message.info),
            None => self.stored.push(Message { id: id.to_owned(), info: info.to_owned(), parts: Vec::new() }),
        }
    }

    /// Stores a part of the newest message.
    pub(super) fn store_part(&mut self, id: &str, part: &str) {
        let parts = &mut self.stored.last_mut().expect("a part belongs to a message").parts;
        match parts.iter_mut().find(|(known, _)| known == id) {
            Some((_, stored)) => part.clone_into(stored),
            None => parts.push((id.to_owned(), part.to_owned())),
        }
    }
}

impl Message {
    fn to_json(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|(_, part)| part.as_str()).collect();
        format!(r#"{{"info":{},"parts":[{}]}}"#, self.info, parts.join(","))
    }
}
