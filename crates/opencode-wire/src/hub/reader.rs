//! Reading one connection of a stream, and handing out what it brings.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::GapReason;
use super::connection::End;
use super::hand_out::hand_out;
use super::proof::Proof;
use super::queue::Word;
use super::table::{Shared, Stream, StreamKey};
use crate::api::EventSource;
use crate::client::EventBody;
use crate::sse::{Item, Parser};
use crate::{Client, Error, ErrorKind};

/// How many sessions may be remembered for the proof before those that nobody wants are forgotten.
const PROOF_SWEEP: usize = 4096;

pub(super) fn not_ready() -> Error {
    Error::new(ErrorKind::Timeout, "the event stream did not become live in time")
}

/// Asks the server for anything, so that it has turned to the stream once more when it answers.
///
/// `/global/event` says that it is connected and only then begins to listen to what happens: a prompt that is posted
/// at these words can be answered without a word on the stream. Seen for 20 ms and more; an answer to another request
/// comes after it.
async fn knock(client: Client, until: Instant) {
    match timeout_at(until, client.health()).await {
        Ok(Ok(health)) => client.facts().note_version(&health.version),
        Ok(Err(error)) => tracing::debug!(%error, "the server did not answer beside its stream"),
        Err(_) => {}
    }
}

/// Reads one connection.
pub(super) struct Reader<'a> {
    shared: &'a Shared,
    client: &'a Client,
    key: &'a StreamKey,
    parser: Parser,
    proof: Proof,
    /// The server has said that it is connected.
    live: bool,
    /// Runs from then until listeners are told so.
    knock: Option<BoxFuture<'a, ()>>,
    /// Since when nobody listens.
    unused: Option<Instant>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(shared: &'a Shared, client: &'a Client, key: &'a StreamKey) -> Self {
        let parser = Parser::new(shared.options.limits.clone());
        Self { shared, client, key, parser, proof: Proof::default(), live: false, knock: None, unused: None }
    }

    pub(super) async fn read(mut self, mut body: EventBody, ready_by: Instant) -> End {
        let liveness = self.shared.options.liveness;
        let mut silent_at = Instant::now() + liveness;
        loop {
            let give_up_at = if self.live { silent_at } else { ready_by };
            let look_at = Instant::now() + self.shared.options.linger.max(Duration::from_millis(10));
            let heard = tokio::select! {
                biased;
                () = knocked(&mut self.knock) => {
                    self.knock = None;
                    self.shared.with_stream(self.key, announce);
                    continue;
                }
                heard = timeout_at(give_up_at.min(look_at), body.frame()) => heard,
            };
            match heard {
                Ok(Some(Ok(frame))) => {
                    silent_at = Instant::now() + liveness;
                    if let Ok(chunk) = frame.into_data() {
                        let was_live = self.live;
                        if self.take(&chunk) {
                            // Lets it catch up, if it only lacks a turn on this thread. It is not waited for.
                            tokio::task::yield_now().await;
                        }
                        if self.live && !was_live {
                            self.become_live(ready_by);
                        }
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

    /// Tells listeners that the stream is live, once it is.
    fn become_live(&mut self, ready_by: Instant) {
        match self.key {
            StreamKey::Global => {
                self.client.facts().note_events(EventSource::Global);
                self.knock = Some(Box::pin(knock(self.client.clone(), ready_by)));
            }
            StreamKey::Directory(_) => {
                self.client.facts().note_events(EventSource::Directory);
                self.shared.with_stream(self.key, announce);
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
    /// Tells whether one of them fell behind before.
    fn take(&mut self, chunk: &Bytes) -> bool {
        let Self { shared, key, parser, proof, live, .. } = self;
        let fell_behind = shared.with_stream(key, |stream| {
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
            stream.falls_behind
        });
        if let Some(rise) = proof.news() {
            self.client.facts().note_numbers(rise);
        }
        fell_behind.unwrap_or(false)
    }
}

fn announce(stream: &mut Stream) {
    stream.live = true;
    stream.routes.tell(&Word::Live);
}

/// Waits for the answer to a knock; for ever, if there was none.
async fn knocked(knock: &mut Option<BoxFuture<'_, ()>>) {
    match knock {
        Some(knock) => knock.await,
        None => std::future::pending().await,
    }
}
