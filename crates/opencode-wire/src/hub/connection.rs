//! The task that keeps one stream connected.

use std::sync::Arc;

use http::Method;
use tokio::time::{Instant, timeout_at};

use super::GapReason;
use super::backoff::Backoff;
use super::queue::Word;
use super::reader::{Reader, not_ready};
use super::table::{Shared, StreamKey, fall_back};
use crate::{Client, Error, ErrorKind};

/// Why a connection ended.
pub(super) enum End {
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
        let end = Box::pin(connect(&shared, &client, &key, backoff.is_fresh())).await;
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
                shared.with_stream(&key, |stream| stream.routes.tell(&Word::Gap(reason)));
                error
            }
        };
        let wait = backoff.next(error.as_ref(), fastrand::f64());
        if let Some(error) = error {
            let trouble = Word::Trouble(Arc::new(error));
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
async fn connect(shared: &Shared, client: &Client, key: &StreamKey, is_first: bool) -> End {
    let request = match key {
        StreamKey::Global => client.request(Method::GET, "/global/event", &[]).unscoped(),
        StreamKey::Directory(directory) => {
            let request = client.request(Method::GET, "/event", &[]).unscoped();
            let request = request.query_opt("directory", directory.as_deref());
            // One of as many as there are directories, and silent most of the time. What goes wrong may be for want of
            // room, so it is not tried twice.
            if is_first { request.frugal() } else { request }
        }
    };
    // A server that is reached but says nothing must not hold the stream up for as long as an ordinary answer.
    let ready_by = Instant::now() + shared.options.readiness;
    // In a box that is gone once the stream is open: streams are many, and long.
    let opened = timeout_at(ready_by, Box::pin(request.response_timeout(None).send_stream())).await;
    match opened {
        Ok(Ok(body)) => Reader::new(shared, client, key).read(body, ready_by).await,
        Ok(Err(error)) => End::Never(error),
        Err(_) => End::Never(not_ready()),
    }
}
