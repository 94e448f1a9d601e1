//! Server-sent events for a browser, without a framework: text comes out, and goes into any body that streams.

mod frame;

use futures_core::Stream;
use futures_util::stream::unfold;
use opencode_store::Result;
use tokio::time::{Instant, sleep_until};

use self::frame::{HEARTBEAT, retry};
pub use self::frame::{cursor, render};
use super::Follow;

/// The answer to one browser: the items of a [`Follow`] as server-sent events, with a comment wherever there would be
/// silence.
///
/// It is sent with `content-type: text/event-stream` and `cache-control: no-cache`, and nothing between may collect it.
#[derive(Debug)]
pub struct Sse {
    follow: Follow,
    /// What is to be sent first.
    beginning: Option<String>,
    /// When something was last sent.
    sent_at: Instant,
}

impl Sse {
    /// Waits for the first item, so that it is known whether there is anything to answer.
    ///
    /// # Errors
    ///
    /// When the turn cannot be followed, as [`NotFound`](opencode_store::ErrorKind::NotFound) when there is no such turn.
    /// A store that cannot be read for a while is no error: the answer begins, and waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the reader.
    pub async fn open(mut follow: Follow) -> Result<Self> {
        let mut beginning = retry(follow.options().reconnect);
        match follow.next().await {
            Ok(Some(item)) => beginning.push_str(&render(&item)),
            Err(error) if !error.is_transient() => return Err(error),
            Ok(None) | Err(_) => {}
        }
        Ok(Self { follow, beginning: Some(beginning), sent_at: Instant::now() })
    }

    /// Waits for the next piece of text: whole events, or a comment after a time without any. `None` when the answer has
    /// ended.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost by dropping the future.
    pub async fn next(&mut self) -> Option<String> {
        let text = match self.beginning.take() {
            Some(text) => text,
            None => self.item_or_heartbeat().await?,
        };
        self.sent_at = Instant::now();
        Some(text)
    }

    /// The pieces of text as a stream.
    pub fn into_stream(self) -> impl Stream<Item = String> + Send + 'static {
        unfold(self, |mut sse| async {
            let text = sse.next().await?;
            Some((text, sse))
        })
    }

    async fn item_or_heartbeat(&mut self) -> Option<String> {
        let quiet_until = self.sent_at + self.follow.options().heartbeat;
        loop {
            tokio::select! {
                biased;
                item = self.follow.next() => match item {
                    Ok(item) => return Some(render(&item?)),
                    // Closing every connection would let all browsers come back at once; so they are kept waiting.
                    Err(error) => tracing::debug!(%error, "a browser waits for the store"),
                },
                () = sleep_until(quiet_until) => return Some(HEARTBEAT.to_owned()),
            }
        }
    }
}
