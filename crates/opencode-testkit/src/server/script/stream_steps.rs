//! Script steps that reach past the turn into the event streams.

use bytes::Bytes;
use serde_json::Value;

use super::{Script, Step};

impl Script {
    /// Sends an event of any type on the session's streams. `{}` becomes a well-formed event of an unknown type.
    pub fn event(self, kind: impl Into<String>, properties: impl Into<Value>) -> Self {
        self.then(Step::Event { kind: kind.into(), properties: properties.into() })
    }

    /// Sends a text as the `data` of a frame: wrong shapes (`null`, `[]`, `{"type":1}`), broken JSON, lone
    /// surrogates. On `/global/event`, JSON is put into the envelope.
    pub fn data(self, data: impl Into<String>) -> Self {
        self.then(Step::Data(data.into()))
    }

    /// Sends bytes as they are, which need not be a frame.
    pub fn raw(self, bytes: impl Into<Bytes>) -> Self {
        self.then(Step::Raw(bytes.into()))
    }

    /// Sends status idle and `session.idle` for no reason. The turn goes on.
    pub fn stale_idle(self) -> Self {
        self.then(Step::StaleIdle)
    }

    /// Sends each of the next `events` events twice.
    pub fn duplicate_next(self, events: usize) -> Self {
        self.then(Step::Duplicate(events))
    }

    /// Makes the next two events change places.
    pub fn swap_next(self) -> Self {
        self.then(Step::Swap)
    }

    /// From here on nothing is sent, although the state changes: a gap.
    pub fn suppress(self) -> Self {
        self.then(Step::Suppress(true))
    }

    /// Ends a [`suppress`](Self::suppress).
    pub fn resume(self) -> Self {
        self.then(Step::Suppress(false))
    }

    /// Breaks all event streams, like [`Server::drop_streams`](crate::server::Server::drop_streams).
    pub fn drop_streams(self) -> Self {
        self.then(Step::DropStreams)
    }

    /// Breaks all event streams in the middle of a frame.
    pub fn drop_streams_mid_frame(self) -> Self {
        self.then(Step::DropStreamsMidFrame)
    }

    /// Ends all event streams cleanly.
    pub fn end_streams(self) -> Self {
        self.then(Step::EndStreams)
    }

    /// Leaves all event streams open and silent for good.
    pub fn freeze_streams(self) -> Self {
        self.then(Step::FreezeStreams)
    }
}
