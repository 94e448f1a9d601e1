//! An event stream that is handed on event by event.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use opencode_wire::client::{BoxError, ResponseBody};
use serde_json::Value;

use super::points::{Numbering, Points};

/// How the names of events begin that turns are made of. What comes as `sync` comes under its own name as well.
const OF_TURNS: [&str; 5] = ["session.", "message.", "permission.", "question.", "todo."];
const END_OF_EVENT: &[u8] = b"\n\n";

/// Passes `event.type#number` before each event is seen by the code, whatever pieces the events come in.
pub(super) fn watch(body: ResponseBody, points: Arc<Points>) -> ResponseBody {
    let reader = Reader { body, points, buffer: BytesMut::new() };
    let events = futures_util::stream::unfold(reader, |mut reader| async {
        let event = reader.next().await?;
        Some((event.map(Frame::data), reader))
    });
    ResponseBody::new(StreamBody::new(Box::pin(events)))
}

struct Reader {
    body: ResponseBody,
    points: Arc<Points>,
    buffer: BytesMut,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        loop {
            let end = self.buffer.windows(END_OF_EVENT.len()).position(|window| window == END_OF_EVENT);
            if let Some(end) = end {
                let event = self.buffer.split_to(end + END_OF_EVENT.len()).freeze();
                pass(&self.points, &event).await;
                return Some(Ok(event));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.buffer.extend(frame.into_data().ok()),
                Some(Err(error)) => return Some(Err(error)),
                None if self.buffer.is_empty() => return None,
                None => return Some(Ok(self.buffer.split().freeze())),
            }
        }
    }
}

async fn pass(points: &Points, event: &[u8]) {
    let data = event.strip_prefix(b"data: ").unwrap_or(event);
    let event: Value = serde_json::from_slice(data).unwrap_or_default();
    let event = event.get("payload").unwrap_or(&event);
    let Some(kind) = event["type"].as_str() else { return };
    // What a server tells of itself is luck: heartbeats, and what it loads when it is first used.
    if kind == "server.connected" || OF_TURNS.iter().any(|of_turns| kind.starts_with(of_turns)) {
        points.pass_next(&format!("event.{kind}"), Numbering::Every).await;
    }
}
