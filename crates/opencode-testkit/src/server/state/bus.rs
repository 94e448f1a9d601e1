//! From one event to the bytes of every stream that gets it, with the disturbances a script asks for.

use std::collections::HashMap;

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::server::event::{Event, envelope};
use crate::server::family::EventFamily;
use crate::server::stream::{Piece, Scope, StreamStyle, Subscriber};

/// The subscribers, the event log and the disturbances in force.
#[derive(Debug)]
pub(crate) struct Bus {
    family: EventFamily,
    project: String,
    subscribers: Vec<Subscriber>,
    next_stream: u64,
    seqs: HashMap<String, u64>,
    history: Vec<Value>,
    suppressed: bool,
    duplicates: usize,
    swap: Swap,
}

/// Whether the next two events change places.
#[derive(Debug)]
enum Swap {
    Off,
    Armed,
    Holding(Event),
}

impl Bus {
    pub(crate) fn new(family: EventFamily, project: String) -> Self {
        Self {
            family,
            project,
            subscribers: Vec::new(),
            next_stream: 0,
            seqs: HashMap::new(),
            history: Vec::new(),
            suppressed: false,
            duplicates: 0,
            swap: Swap::Off,
        }
    }

    /// The place of the next durable event of `session_id` in its log.
    pub(crate) fn next_seq(&mut self, session_id: &str) -> u64 {
        let next = self.seqs.entry(session_id.to_owned()).or_default();
        *next += 1;
        *next - 1
    }

    /// Logs an event and sends it, unless it is suppressed or waits to be swapped.
    pub(crate) fn publish(&mut self, event: Event) {
        self.history.extend(event.history());
        if self.suppressed {
            return;
        }
        match std::mem::replace(&mut self.swap, Swap::Off) {
            Swap::Off => self.deliver(&event),
            Swap::Armed => self.swap = Swap::Holding(event),
            Swap::Holding(earlier) => {
                self.deliver(&event);
                self.deliver(&earlier);
            }
        }
    }

    /// Sends a text as `data:` to every stream. On `/global/event` JSON is put into the envelope.
    pub(crate) fn send_data(&mut self, directory: Option<&str>, data: &str) {
        let wrapped = serde_json::from_str::<Value>(data)
            .map(|payload| envelope(directory, &self.project, &payload).to_string());
        for subscriber in &mut self.subscribers {
            match (&subscriber.scope, &wrapped) {
                (Scope::Global, Ok(wrapped)) => subscriber.send(wrapped),
                _ => subscriber.send(data),
            }
        }
    }

    /// Sends bytes to every stream as they are.
    pub(crate) fn send_raw(&self, bytes: &[u8]) {
        for subscriber in &self.subscribers {
            subscriber.send_raw(bytes);
        }
    }

    /// A number for a stream that may subscribe later.
    pub(crate) const fn new_stream_id(&mut self) -> u64 {
        self.next_stream += 1;
        self.next_stream
    }

    /// Adds a stream and greets it with an event that no other stream gets.
    pub(crate) fn subscribe(
        &mut self,
        stream_id: u64,
        scope: Scope,
        style: StreamStyle,
        sender: UnboundedSender<Piece>,
        greeting: &Event,
    ) {
        let mut subscriber = Subscriber::new(stream_id, scope, style, sender);
        if subscriber.is_open() {
            send_to(&mut subscriber, greeting, self.family, &self.project);
            subscriber.greeted();
            self.subscribers.push(subscriber);
        }
    }

    pub(crate) fn unsubscribe(&mut self, stream_id: u64) {
        self.subscribers.retain(|subscriber| subscriber.id != stream_id);
    }

    /// The streams that are greeted and do not listen yet.
    pub(crate) fn deaf_streams(&self) -> Vec<u64> {
        let deaf = self.subscribers.iter().filter(|subscriber| subscriber.is_deaf());
        deaf.map(|subscriber| subscriber.id).collect()
    }

    /// Makes these streams listen, as far as they are still there.
    pub(crate) fn listen(&mut self, stream_ids: &[u64]) {
        let streams = self.subscribers.iter_mut();
        streams.filter(|subscriber| stream_ids.contains(&subscriber.id)).for_each(Subscriber::listen);
    }

    /// How many streams are open, frozen ones included.
    pub(crate) fn open_streams(&self) -> usize {
        self.subscribers.iter().filter(|subscriber| subscriber.is_open()).count()
    }

    /// Whether a stream was ended or broken that has not been flushed and closed yet.
    pub(crate) fn has_ending_streams(&self) -> bool {
        self.subscribers.iter().any(Subscriber::is_ending)
    }

    /// Does something to every open stream that `wanted` accepts.
    pub(crate) fn each_stream(
        &mut self,
        wanted: impl Fn(&Scope) -> bool,
        mut action: impl FnMut(&mut Subscriber),
    ) {
        for subscriber in self.subscribers.iter_mut().filter(|subscriber| wanted(&subscriber.scope)) {
            action(subscriber);
        }
    }

    /// While suppressed, events are logged but not sent.
    pub(crate) const fn suppress(&mut self, suppressed: bool) {
        self.suppressed = suppressed;
    }

    /// Sends each of the next `events` events twice.
    pub(crate) const fn duplicate_next(&mut self, events: usize) {
        self.duplicates = events;
    }

    /// Makes the next two events change places.
    pub(crate) fn swap_next(&mut self) {
        self.swap = Swap::Armed;
    }

    /// The log as `POST /sync/history` returns it: everything after the seq that `known` names per session.
    pub(crate) fn history(&self, known: &HashMap<String, u64>) -> Vec<Value> {
        let is_new = |row: &&Value| {
            let session_id = row["aggregate_id"].as_str().unwrap_or_default();
            known.get(session_id).is_none_or(|last| row["seq"].as_u64().is_some_and(|seq| seq > *last))
        };
        self.history.iter().filter(is_new).cloned().collect()
    }

    fn deliver(&mut self, event: &Event) {
        let times = if self.duplicates > 0 { 2 } else { 1 };
        self.duplicates = self.duplicates.saturating_sub(1);
        for _ in 0..times {
            for subscriber in &mut self.subscribers {
                send_to(subscriber, event, self.family, &self.project);
            }
        }
    }
}

/// Sends an event to a stream if it is in its scope.
fn send_to(subscriber: &mut Subscriber, event: &Event, family: EventFamily, project: &str) {
    let records: Vec<Value> = match (&subscriber.scope, &event.directory) {
        (Scope::Global, _) => event.global(family, project),
        (Scope::Directory(_), None) => vec![event.plain(family)],
        (Scope::Directory(wanted), Some(directory)) if wanted == directory => {
            vec![event.plain(family)]
        }
        (Scope::Directory(_), Some(_)) => Vec::new(),
    };
    for record in records {
        subscriber.send(&record.to_string());
    }
}
