//! The frames of any event stream, one after the other.

use std::collections::VecDeque;

use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::EventBody;
use crate::error::{Error, ErrorKind, Result};
use crate::sse::{Item, Limits, Parser};

/// The frames of an event stream; from [`EventBody::frames`].
///
/// For streams that the [hub](crate::hub) does not follow, such as those of the newer API. Nobody connects again here,
/// and nobody proves that nothing is missing.
#[derive(Debug)]
pub struct EventFrames {
    body: EventBody,
    parser: Parser,
    /// What has arrived and was not asked for yet; an error is what was lost there.
    ready: VecDeque<Result<Bytes>>,
}

impl EventBody {
    /// Reads the stream frame by frame.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(client: opencode_wire::Client) -> opencode_wire::Result<()> {
    /// use http::Method;
    ///
    /// let mut frames = client.request(Method::GET, "/api/event", &[]).send_stream().await?.frames();
    /// while let Some(data) = frames.next().await? {
    ///     // With the feature `operations`, `operations::types::V2Event::decode` makes an event of it.
    ///     println!("{}", String::from_utf8_lossy(&data));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn frames(self) -> EventFrames {
        EventFrames { body: self, parser: Parser::new(Limits::default()), ready: VecDeque::new() }
    }
}

impl EventFrames {
    /// Waits for the `data` of the next frame; `None` once the server has closed the stream.
    ///
    /// # Errors
    ///
    /// [`Stream`](ErrorKind::Stream) when the connection breaks. [`TooLarge`](ErrorKind::TooLarge) for a frame that is
    /// larger than 16 MiB: it was skipped, and the stream goes on.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: what has arrived is told by the next call.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return frame.map(Some);
            }
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            if let Ok(chunk) = frame?.into_data() {
                self.take(&chunk);
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) {
        let mut items = self.parser.feed(chunk);
        while let Some(item) = items.next() {
            match item {
                Item::Frame(frame) => self.ready.push_back(Ok(Bytes::copy_from_slice(frame.data))),
                Item::Oversize { bytes } => {
                    let message = format!("an event of {bytes} bytes is larger than the limit");
                    self.ready.push_back(Err(Error::new(ErrorKind::TooLarge, message)));
                }
                Item::Comment(_) | Item::Retry(_) => {}
            }
        }
    }
}
