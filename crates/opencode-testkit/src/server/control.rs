//! What a test does to a running server: scripts, faults, streams, events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::Server;
use super::fault::Fault;
use super::script::Script;
use super::stream::{StreamStyle, Subscriber};

/// Scripts and gates.
impl Server {
    /// Queues a script. Each prompt, of whichever session, takes the next one when it is accepted; when none is
    /// left, the default script answers.
    pub fn script(&self, script: Script) {
        self.core.with(|state| state.scripts.push_back(script));
    }

    /// Queues a script for one session. Its prompts take these first.
    pub fn script_for(&self, session_id: &str, script: Script) {
        self.core.with(|state| {
            if let Some(session) = state.session_mut(session_id) {
                session.scripts.push_back(script);
            }
        });
    }

    /// Sets what answers prompts that have no script of their own. At first that is the text `ok`.
    pub fn default_script(&self, script: Script) {
        self.core.with(|state| state.default_script = script);
    }

    /// Lets one waiter at the gate `name` go on, now or when it comes.
    pub fn release(&self, name: &str) {
        self.core.with(|state| state.gates.release(name));
    }
}

/// Faults and event streams.
impl Server {
    /// Disturbs requests that follow.
    pub fn fault(&self, fault: Fault) {
        self.core.with(|state| state.faults.push(fault));
    }

    /// Takes all faults back.
    pub fn clear_faults(&self) {
        self.core.with(|state| state.faults.clear());
    }

    /// Decides how the next event stream connection behaves. Several calls are for several connections.
    pub fn next_stream(&self, style: StreamStyle) {
        self.core.with(|state| state.next_streams.push_back(style));
    }

    /// Decides how event stream connections behave that no [`next_stream`](Self::next_stream) is for.
    pub fn all_streams(&self, style: StreamStyle) {
        self.core.with(|state| state.stream_style = style);
    }

    /// Breaks all event streams, after what was sent so far: the chunked bodies have no end.
    pub fn drop_streams(&self) {
        self.core.with(|state| state.bus.each_stream(|_| true, Subscriber::drop_connection));
    }

    /// Breaks all event streams in the middle of a frame.
    pub fn drop_streams_mid_frame(&self) {
        self.core.with(|state| state.drop_streams_mid_frame());
    }

    /// Ends all event streams cleanly.
    pub fn end_streams(&self) {
        self.core.with(|state| state.bus.each_stream(|_| true, Subscriber::end));
    }

    /// Leaves all event streams open and silent for good, as when a machine disappears from the network.
    pub fn freeze_streams(&self) {
        self.core.with(|state| state.bus.each_stream(|_| true, Subscriber::freeze));
    }
}

/// Events.
impl Server {
    /// Sends an event that belongs to no session, of the server's own directory. Returns its id.
    pub fn emit(&self, kind: &str, properties: impl Into<Value>) -> String {
        let directory = self.directory();
        self.core.with(|state| state.emit_in(Some(&directory), kind, properties.into()))
    }

    /// Sends an event of a session, in whose directory it appears. Durable types get a place in the session's log.
    pub fn emit_for(&self, session_id: &str, kind: &str, properties: impl Into<Value>) -> String {
        self.core.with(|state| state.emit(session_id, kind, properties.into()))
    }

    /// Sends a text as the `data` of a frame; see [`Script::data`].
    pub fn emit_data(&self, data: &str) {
        let directory = self.directory();
        self.core.with(|state| state.bus.send_data(Some(&directory), data));
    }

    /// Sends bytes as they are to all event streams.
    pub fn emit_raw(&self, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        self.core.with(|state| state.bus.send_raw(&bytes));
    }

    /// Sends `server.heartbeat`, which a real server does every 10 seconds and this one only here.
    pub fn heartbeat(&self) {
        self.core.with(|state| state.emit_in(None, "server.heartbeat", json!({})));
    }

    /// Sends status idle and `session.idle` of a session, whatever it is doing.
    pub fn stale_idle(&self, session_id: &str) {
        self.core.with(|state| state.say_idle(session_id));
    }

    /// Sends each of the next `events` events twice.
    pub fn duplicate_next(&self, events: usize) {
        self.core.with(|state| state.bus.duplicate_next(events));
    }

    /// Makes the next two events change places.
    pub fn swap_next(&self) {
        self.core.with(|state| state.bus.swap_next());
    }

    /// While suppressed, nothing is sent although the state changes: a gap.
    pub fn suppress(&self, suppressed: bool) {
        self.core.with(|state| state.bus.suppress(suppressed));
    }
}
