//! `/event` and `/global/event`.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::server::core::{Core, StreamGuard};
use crate::server::event::Event;
use crate::server::gate::hold;
use crate::server::reply::Reply;
use crate::server::request::Request;
use crate::server::stream::{EventBody, Piece, Scope, StreamStyle};

pub(super) fn of_directory(core: &Arc<Core>, request: &Request) -> Reply {
    let directory = core.peek(|state| request.directory(&state.options.directory));
    open(core, Scope::Directory(directory), request)
}

pub(super) fn global(core: &Arc<Core>, request: &Request) -> Reply {
    if core.peek(|state| !state.options.family.global_stream) {
        return Reply::html();
    }
    open(core, Scope::Global, request)
}

/// Subscribes and greets. With a withheld greeting, the status line comes at once and the subscription later.
fn open(core: &Arc<Core>, scope: Scope, request: &Request) -> Reply {
    let (sender, receiver) = unbounded_channel();
    let (stream_id, style) = core.with(|state| {
        let style = state.next_streams.pop_front().unwrap_or_else(|| state.stream_style.clone());
        (state.bus.new_stream_id(), style)
    });
    match style.ready_gate.clone() {
        None => subscribe(core, stream_id, scope, style, sender),
        Some(gate) => {
            let player = Arc::clone(core);
            core.spawn(async move {
                hold(&player, &gate).await;
                subscribe(&player, stream_id, scope, style, sender);
            });
        }
    }
    Reply::events(EventBody::new(receiver, request.flushes.clone(), StreamGuard::new(core, stream_id)))
}

fn subscribe(core: &Core, stream_id: u64, scope: Scope, style: StreamStyle, sender: UnboundedSender<Piece>) {
    core.with(|state| {
        let connected = Event {
            id: state.ids.ascending("evt"),
            kind: "server.connected".to_owned(),
            properties: json!({}),
            directory: None,
            sync: None,
        };
        state.bus.subscribe(stream_id, scope, style, sender, &connected);
    });
}
