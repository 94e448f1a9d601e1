//! How one event stream connection writes its bytes, and at which event it fails.

use bytes::Bytes;
use serde_json::Value;

/// What ends a line of an event stream. OpenCode sends [`Lf`](Self::Lf); the others are legal too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// `\n`
    #[default]
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
}

impl LineEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// What happens to a connection after a number of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connection breaks: the chunked body has no end.
    Drop,
    /// The connection breaks in the middle of the next event.
    DropMidFrame,
    /// The body ends as it should.
    End,
    /// The socket stays open, and no byte comes any more.
    Freeze,
}

/// How an event stream connection behaves. The default is a healthy stream as OpenCode writes it.
///
/// Give it to [`Server::next_stream`](super::super::Server::next_stream) for one connection or to
/// [`Server::all_streams`](super::super::Server::all_streams) for all that follow.
///
/// ```
/// use opencode_testkit::server::{LineEnd, StreamStyle};
///
/// let awkward = StreamStyle::new().bom().line_end(LineEnd::CrLf).chunk(1).pretty().drop_after(3);
/// # let _ = awkward;
/// ```
#[derive(Debug, Clone, Default)]
pub struct StreamStyle {
    chunk: Option<usize>,
    bom: bool,
    line_end: LineEnd,
    comment: Option<String>,
    pretty: bool,
    event_field: bool,
    id_field: bool,
    retry: Option<u64>,
    pub(crate) ready_gate: Option<String>,
    pub(super) listens_late: bool,
    pub(crate) ending: Option<(usize, Ending)>,
}

impl StreamStyle {
    /// A healthy stream: `data:` lines only, `\n`, one chunk per event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cuts everything into chunks of `bytes` (at least one), through the middle of characters and line ends.
    #[must_use]
    pub fn chunk(mut self, bytes: usize) -> Self {
        self.chunk = Some(bytes.max(1));
        self
    }

    /// Begins the stream with a UTF-8 byte order mark.
    #[must_use]
    pub fn bom(mut self) -> Self {
        self.bom = true;
        self
    }

    /// Ends lines differently.
    #[must_use]
    pub fn line_end(mut self, line_end: LineEnd) -> Self {
        self.line_end = line_end;
        self
    }

    /// Puts a comment line (`: text`) before each event.
    #[must_use]
    pub fn comments(mut self, text: impl Into<String>) -> Self {
        self.comment = Some(text.into());
        self
    }

    /// Pretty-prints the JSON, so that one event has many `data:` lines.
    #[must_use]
    pub fn pretty(mut self) -> Self {
        self.pretty = true;
        self
    }

    /// Names each event in an `event:` field.
    #[must_use]
    pub fn event_field(mut self) -> Self {
        self.event_field = true;
        self
    }

    /// Repeats the event's id in an `id:` field.
    #[must_use]
    pub fn id_field(mut self) -> Self {
        self.id_field = true;
        self
    }

    /// Adds `retry: milliseconds` to each event.
    #[must_use]
    pub fn retry_field(mut self, milliseconds: u64) -> Self {
        self.retry = Some(milliseconds);
        self
    }

    /// Withholds `server.connected` until [`Server::release`](super::super::Server::release)`(name)`. The stream is
    /// not subscribed before: what happens meanwhile is never sent on it.
    #[must_use]
    pub fn hold_ready(mut self, name: impl Into<String>) -> Self {
        self.ready_gate = Some(name.into());
        self
    }

    /// Sends `server.connected` at once, and no other event before the server has answered a request that came after
    /// it. Streams do not count as answers. What happens meanwhile is never sent on the stream.
    ///
    /// A real server does so on `/global/event`: it says that it is connected and then begins to listen.
    #[must_use]
    pub fn listens_late(mut self) -> Self {
        self.listens_late = true;
        self
    }

    /// Breaks the connection after `events` events (`server.connected` is the first).
    #[must_use]
    pub fn drop_after(self, events: usize) -> Self {
        self.ending(events, Ending::Drop)
    }

    /// Breaks the connection in the middle of the event after the first `events`.
    #[must_use]
    pub fn drop_inside(self, events: usize) -> Self {
        self.ending(events, Ending::DropMidFrame)
    }

    /// Ends the stream cleanly after `events` events.
    #[must_use]
    pub fn end_after(self, events: usize) -> Self {
        self.ending(events, Ending::End)
    }

    /// Goes silent after `events` events, with the socket still open.
    #[must_use]
    pub fn freeze_after(self, events: usize) -> Self {
        self.ending(events, Ending::Freeze)
    }

    fn ending(mut self, events: usize, ending: Ending) -> Self {
        self.ending = Some((events, ending));
        self
    }

    /// The bytes before the first event.
    pub(super) fn prologue(&self) -> Option<Bytes> {
        self.bom.then(|| Bytes::from_static(b"\xEF\xBB\xBF"))
    }

    /// One event as bytes. `data` need not be JSON.
    pub(super) fn frame(&self, data: &str) -> String {
        let end = self.line_end.as_str();
        let json = || serde_json::from_str::<Value>(data).ok();
        let mut frame = String::with_capacity(data.len() + 16);
        let mut line = |name: &str, value: &str| {
            frame.extend([name, ": ", value, end]);
        };
        if let Some(comment) = &self.comment {
            line("", comment);
        }
        if let Some(milliseconds) = self.retry {
            line("retry", &milliseconds.to_string());
        }
        if let (true, Some(json)) = (self.event_field, json()) {
            line("event", inner(&json)["type"].as_str().unwrap_or("message"));
        }
        if let (true, Some(json)) = (self.id_field, json()) {
            line("id", inner(&json)["id"].as_str().unwrap_or_default());
        }
        let pretty = self.pretty.then(json).flatten().map(|json| format!("{json:#}"));
        for text in pretty.as_deref().unwrap_or(data).split('\n') {
            line("data", text);
        }
        frame.push_str(end);
        frame
    }

    /// Cuts bytes as asked.
    pub(super) fn split(&self, bytes: &[u8]) -> Vec<Bytes> {
        let size = self.chunk.unwrap_or(bytes.len()).max(1);
        bytes.chunks(size).map(Bytes::copy_from_slice).collect()
    }
}

/// The event itself, in or out of the global envelope.
fn inner(json: &Value) -> &Value {
    json.get("payload").unwrap_or(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_frame_is_one_data_line() {
        assert_eq!(StreamStyle::new().frame(r#"{"a":1}"#), "data: {\"a\":1}\n\n");
    }

    #[test]
    fn every_decoration_at_once() {
        let style = StreamStyle::new()
            .comments("hi")
            .retry_field(10)
            .event_field()
            .id_field()
            .pretty()
            .line_end(LineEnd::CrLf);
        assert_eq!(
            style.frame(r#"{"payload":{"id":"evt_1","type":"x"}}"#),
            ": hi\r\nretry: 10\r\nevent: x\r\nid: evt_1\r\n\
             data: {\r\ndata:   \"payload\": {\r\ndata:     \"id\": \"evt_1\",\r\n\
             data:     \"type\": \"x\"\r\ndata:   }\r\ndata: }\r\n\r\n"
        );
    }

    #[test]
    fn splitting_keeps_every_byte() {
        let pieces = StreamStyle::new().chunk(3).split(b"abcdefgh");
        assert_eq!(pieces.concat(), b"abcdefgh");
        assert_eq!(pieces.len(), 3);
    }
}
