//! Who gets a frame of the stream.

use super::GapReason;
use super::proof::Proof;
use super::table::{Shared, Stream};
use crate::event::{self, Peek};

/// Hands a frame to those who want it.
pub(super) fn hand_out(
    shared: &Shared,
    stream: &mut Stream,
    proof: &mut Proof,
    live: &mut bool,
    data: &[u8],
) {
    let peek = event::scan(data);
    let is_addressed = peek.as_ref().is_some_and(|peek| peek.session_id.is_some() || peek.sync.is_some());
    // Whoever an event is for finds out whether it can be read. One that is for nobody may be a broken one for anybody.
    if *live && !is_addressed && !is_json(data) {
        tracing::warn!(bytes = data.len(), "a frame could not be read");
        stream.routes.tell_gap_within(None, GapReason::Unreadable);
        return;
    }
    let Some(peek) = peek else { return };
    if peek.type_name == "server.connected" {
        learn_time(shared, data);
        *live = true;
    }
    // What comes before the server says that it is connected may be incomplete.
    if !*live {
        return;
    }
    if stream.routes.has_listener_to_all() {
        stream.routes.deliver_to_all(data);
    }
    if let Some(sync) = &peek.sync {
        let session = &sync.aggregate_id;
        if stream.routes.is_wanted(session) && proof.has_hole(session, sync.seq) {
            stream.routes.tell_gap_in(session, GapReason::Sequence);
        }
        return;
    }
    match &*peek.type_name {
        "global.disposed" => stream.routes.tell_gap_within(None, GapReason::Disposed),
        "server.instance.disposed" => {
            let directory = disposed_directory(&peek, data);
            stream.routes.tell_gap_within(directory.as_deref(), GapReason::Disposed);
        }
        _ => stream.routes.deliver(peek.session_id.as_deref(), peek.parent_id.as_deref(), data),
    }
}

fn is_json(data: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok()
}

/// The id of the first event tells the server's time, on which message ids are minted.
fn learn_time(shared: &Shared, data: &[u8]) {
    if let Ok(event) = event::Event::decode(data)
        && let Some(id) = event.id.as_ref()
    {
        let _: Option<i64> = shared.clock.observe(id);
        tracing::trace!(event = %id, "the stream is connected");
    }
}

/// The directory whose instance was disposed; `None` if the server does not say.
fn disposed_directory(peek: &Peek<'_>, data: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Disposed {
        properties: Option<Directory>,
        payload: Option<Box<Self>>,
    }
    #[derive(serde::Deserialize)]
    struct Directory {
        directory: Option<String>,
    }
    let disposed: Disposed = serde_json::from_slice(data).ok()?;
    let inner = disposed.payload.map_or(disposed.properties, |payload| payload.properties);
    inner.and_then(|properties| properties.directory).or_else(|| peek.directory.as_deref().map(str::to_owned))
}
