//! What the messages of a terminal mean, without IO.

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;

use super::PtyEvent;

/// Up to where the output was told.
#[derive(Debug, Default)]
pub(super) struct Position(Option<u64>);

/// What the server says in a binary message, behind a byte 0.
#[derive(Deserialize)]
struct Control {
    cursor: u64,
}

impl Position {
    pub(super) const fn get(&self) -> Option<u64> {
        self.0
    }

    /// What a message tells; `None` is nothing, as of a ping or of a word that is not known.
    pub(super) fn take(&mut self, message: Message) -> Option<PtyEvent> {
        match message {
            Message::Text(text) => {
                if let Some(position) = &mut self.0 {
                    // As the server counts: by the units of its own strings.
                    *position = position.saturating_add(text.encode_utf16().count() as u64);
                }
                Some(PtyEvent::Output(text.as_str().to_owned()))
            }
            Message::Binary(bytes) => {
                let control: Control = serde_json::from_slice(bytes.strip_prefix(&[0])?).ok()?;
                let is_first = self.0.replace(control.cursor).is_none();
                is_first.then_some(PtyEvent::Live)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &'static str) -> Message {
        Message::binary(text.as_bytes())
    }

    #[test]
    fn what_was_said_before_is_counted_by_the_server_and_the_rest_by_us() {
        let mut position = Position::default();
        let output = |text: &str| Some(PtyEvent::Output(text.to_owned()));
        assert_eq!(position.take(Message::text("old ")), output("old "));
        assert_eq!(position.get(), None);
        assert_eq!(position.take(cursor("\0{\"cursor\":4,\"more\":1}")), Some(PtyEvent::Live));
        assert_eq!(position.take(Message::text("ä🦀")), output("ä🦀"));
        assert_eq!(position.get(), Some(7), "a crab has two units");
        assert_eq!(position.take(cursor("\0{\"cursor\":9}")), None, "it is told once");
        assert_eq!(position.get(), Some(9));
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let mut position = Position::default();
        for message in [cursor("{\"cursor\":4}"), cursor("\0{}"), cursor("\0no"), Message::Ping("x".into())] {
            assert_eq!(position.take(message), None);
        }
        assert_eq!(position.get(), None);
    }
}
