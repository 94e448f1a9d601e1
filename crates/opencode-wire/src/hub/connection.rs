//! The task that reads one stream: the only place of the hub that does IO.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::GapReason;
use super::backoff::Backoff;
use super::proof::Proof;
use super::queue::Delivery;
use super::table::{Shared, Stream, StreamKey, fall_back};
use crate::client::EventBody;
use crate::event::{self, Peek};
use crate::sse::{Item, Parser};
use crate::{Client, Error, ErrorKind};

/// How many sessions may be remembered for the proof before those that nobody wants are forgotten.
const PROOF_SWEEP: usize = 4096;

/// Why a connection ended.
enum End {
    /// It was live, and broke.
    Gap(GapReason, Option<Error>),
    /// It never became live.
    Never(Error),
    /// Nobody listens any more.
    Unused,
}

/// Keeps a stream connected while anybody listens to it.
pub(super) async fn run(shared: Arc<Shared>, client: Client, key: StreamKey) {
    let mut backoff = Backoff::new(&shared.options);
    loop {
        let end = Box::pin(connect(&shared, &client, &key)).await;
        shared.with_stream(&key, |stream| stream.live = false);
        let error = match end {
            End::Unused => {
                if shared.end_if_unused(&key) {
                    return;
                }
                continue;
            }
            End::Never(error) if key == StreamKey::Global && is_missing(&error) => {
                tracing::debug!("the server has no global event stream");
                return fall_back(&shared, &client);
            }
            End::Never(error) => Some(error),
            End::Gap(reason, error) => {
                backoff.reset();
                tracing::debug!(?reason, "opencode.stream.interrupted");
                shared.with_stream(&key, |stream| stream.routes.tell(&Delivery::Gap(reason)));
                error
            }
        };
        let wait = backoff.next(error.as_ref(), fastrand::f64());
        if let Some(error) = error {
            let trouble = Delivery::Trouble(Arc::new(error));
            shared.with_stream(&key, |stream| stream.routes.tell(&trouble));
        }
        tokio::time::sleep(wait).await;
        if shared.end_if_unused(&key) {
            return;
        }
    }
}

/// Whether the answer means that the server has no such route.
fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotOpenCode | ErrorKind::NotFound)
}

/// Opens the stream and reads it to its end.
async fn connect(shared: &Shared, client: &Client, key: &StreamKey) -> End {
    let request = match key {
        StreamKey::Global => client.request(Method::GET, "/global/event", &[]).unscoped(),
        StreamKey::Directory(directory) => {
            let request = client.request(Method::GET, "/event", &[]).unscoped();
            request.query_opt("directory", directory.as_deref())
        }
    };
    // A server that is reached but says nothing must not hold the stream up for as long as an ordinary answer.
    let ready_by = Instant::now() + shared.options.readiness;
    match timeout_at(ready_by, request.response_timeout(None).send_stream()).await {
        Ok(Ok(body)) => Reader::new(shared, key).read(body, ready_by).await,
        Ok(Err(error)) => End::Never(error),
        Err(_) => End::Never(not_ready()),
    }
}

fn not_ready() -> Error {
    Error::new(ErrorKind::Timeout, "the event stream did not become live in time")
}

/// Reads one connection.
struct Reader<'a> {
    shared: &'a Shared,
    key: &'a StreamKey,
    parser: Parser,
    proof: Proof,
    live: bool,
    /// Since when nobody listens.
    unused: Option<Instant>,
}

impl<'a> Reader<'a> {
    fn new(shared: &'a Shared, key: &'a StreamKey) -> Self {
        let parser = Parser::new(shared.options.limits.clone());
        Self { shared, key, parser, proof: Proof::default(), live: false, unused: None }
    }

    async fn read(mut self, mut body: EventBody, ready_by: Instant) -> End {
        let liveness = self.shared.options.liveness;
        let mut silent_at = Instant::now() + liveness;
        loop {
            let give_up_at = if self.live { silent_at } else { ready_by };
            let look_at = Instant::now() + self.shared.options.linger.max(Duration::from_millis(10));
            match timeout_at(give_up_at.min(look_at), body.frame()).await {
                Ok(Some(Ok(frame))) => {
                    silent_at = Instant::now() + liveness;
                    if let Ok(chunk) = frame.into_data() {
                        self.take(&chunk);
                    }
                }
                Ok(Some(Err(error))) => return self.end(GapReason::Disconnected, Some(error)),
                Ok(None) => return self.end(GapReason::Disconnected, None),
                Err(_) if Instant::now() >= give_up_at => return self.end(GapReason::Silent, None),
                Err(_) => {}
            }
            if self.is_unused() {
                return End::Unused;
            }
        }
    }

    fn end(&self, reason: GapReason, error: Option<Error>) -> End {
        if self.live {
            return End::Gap(reason, error);
        }
        let closed = || Error::new(ErrorKind::Stream, "the event stream ended before it was live");
        End::Never(match reason {
            GapReason::Silent => not_ready(),
            _ => error.unwrap_or_else(closed),
        })
    }

    fn is_unused(&mut self) -> bool {
        let is_unused = self.shared.with_stream(self.key, |stream| stream.routes.is_empty()).unwrap_or(true);
        if !is_unused {
            self.unused = None;
            return false;
        }
        let since = *self.unused.get_or_insert_with(Instant::now);
        since.elapsed() >= self.shared.options.linger
    }

    /// Takes the next bytes: everything they contain is handed out under one lock, and listeners are woken once.
    fn take(&mut self, chunk: &Bytes) {
        let Self { shared, key, parser, proof, live, .. } = self;
        shared.with_stream(key, |stream| {
            let mut items = parser.feed(chunk);
            while let Some(item) = items.next() {
                match item {
                    Item::Frame(frame) => hand_out(shared, stream, proof, live, frame.data),
                    Item::Oversize { bytes } if *live => {
                        tracing::warn!(bytes, "an event above the limit was skipped");
                        stream.routes.tell_gap_within(None, GapReason::Oversize);
                    }
                    _ => {}
                }
            }
            if proof.len() > PROOF_SWEEP {
                proof.retain(|session| stream.routes.is_wanted(session));
            }
        });
    }
}

/// Hands a frame to those who want it.
fn hand_out(shared: &Shared, stream: &mut Stream, proof: &mut Proof, live: &mut bool, data: &[u8]) {
    let Some(peek) = event::scan(data) else { return };
    if peek.type_name == "server.connected" {
        become_live(shared, stream, live, data);
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
        "server.instance.disposed" | "global.disposed" => {
            let directory = disposed_directory(&peek, data);
            stream.routes.tell_gap_within(directory.as_deref(), GapReason::Disposed);
        }
        _ => stream.routes.deliver(peek.session_id.as_deref(), peek.parent_id.as_deref(), data),
    }
}

fn become_live(shared: &Shared, stream: &mut Stream, live: &mut bool, data: &[u8]) {
    // The event's id tells the server's time, on which message ids are minted.
    if let Ok(event) = event::Event::decode(data)
        && let Some(id) = event.id.as_ref()
    {
        let _: Option<i64> = shared.clock.observe(id);
        tracing::trace!(event = %id, "the stream is live");
    }
    *live = true;
    stream.live = true;
    stream.routes.tell(&Delivery::Live);
}

/// The directory whose instance was disposed; `None` if it was all of them.
fn disposed_directory(peek: &Peek<'_>, data: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Disposed {
        properties: Option<Directory>,
        payload: Option<Box<Disposed>>,
    }
    #[derive(serde::Deserialize)]
    struct Directory {
        directory: Option<String>,
    }
    let disposed: Disposed = serde_json::from_slice(data).ok()?;
    let inner = disposed.payload.map_or(disposed.properties, |payload| payload.properties);
    inner.and_then(|properties| properties.directory).or_else(|| peek.directory.as_deref().map(str::to_owned))
}
