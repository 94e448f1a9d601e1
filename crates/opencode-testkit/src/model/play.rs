//! Carrying out the operations of one answer.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::body::Part;
use super::encode::{Encoder, Piece, event};
use super::op::{Op, Pace};
use super::pieces::cut;
use super::record::Outcome;
use super::state::Shared;

/// Pieces without a pause between them travel together up to this size.
const BATCH_BYTES: usize = 16 * 1024;

/// Where an answer goes.
pub(super) enum Sink {
    /// To the caller, piece by piece.
    Stream(mpsc::Sender<Part>),
    /// Into a list, for a caller that wants it whole.
    Whole,
}

/// The caller is gone, or the script broke the connection: nothing more can be sent.
struct Ended(Outcome);

/// One answer that is being given.
pub(super) struct Player<'a> {
    pub(super) shared: &'a Shared,
    pub(super) number: usize,
    pub(super) encoder: Encoder,
    pub(super) sink: Sink,
    /// Events that wait to be sent.
    batch: String,
    /// Everything that was said, where it is wanted whole.
    said: Vec<Piece>,
    n_pieces: usize,
    n_tools: usize,
}

impl<'a> Player<'a> {
    pub(super) fn new(shared: &'a Shared, number: usize, encoder: Encoder, sink: Sink) -> Self {
        Self {
            shared,
            number,
            encoder,
            sink,
            batch: String::new(),
            said: Vec::new(),
            n_pieces: 0,
            n_tools: 0,
        }
    }

    /// Plays to the end and writes down how it ended; the whole answer where it is wanted.
    pub(super) async fn play(mut self, ops: Vec<Op>) -> Option<Value> {
        let (outcome, whole) = match self.run(ops).await {
            Ok((outcome, whole)) => (outcome, Some(whole)),
            Err(Ended(outcome)) => (outcome, None),
        };
        self.shared.set_outcome(self.number, outcome);
        whole
    }

    async fn run(&mut self, ops: Vec<Op>) -> Result<(Outcome, Value), Ended> {
        self.batch = self.encoder.start();
        let mut reason = None;
        let mut usage = None;
        let mut finish = true;
        for op in ops {
            match op {
                Op::Text { text, pace } => {
                    self.say(Piece::Text, cut(&text, &pace), &pace).await?;
                }
                Op::Reasoning { text, pace } => {
                    self.say(Piece::Reasoning, cut(&text, &pace), &pace).await?;
                }
                Op::Repeat { text, times, pace } => {
                    let pieces = std::iter::repeat_n(text, times);
                    self.say(Piece::Text, pieces, &pace).await?;
                }
                Op::Tool { name, args, raw_args, id, pace } => {
                    let args = raw_args.unwrap_or_else(|| arguments(&args));
                    self.call(name, &args, id, pace).await?;
                }
                Op::Sleep { ms } => self.pause(Duration::from_millis(ms)).await?,
                Op::Hold { name } => self.hold(name).await?,
                Op::Hang => return Err(self.hang().await),
                Op::Disconnect => return Err(self.disconnect().await),
                Op::Raw { text } => self.add(&text).await?,
                Op::Error { error } => self.add(&event(&json!({ "error": error }))).await?,
                Op::Usage { usage: given } => usage = Some(given),
                Op::Finish { reason: given } => reason = Some(given),
                Op::NoFinish => finish = false,
                // Decided before anything was sent.
                Op::Status { .. } => {}
            }
        }
        let default_reason = if self.n_tools > 0 { "tool_calls" } else { "stop" };
        let reason = reason.unwrap_or_else(|| default_reason.to_owned());
        let usage = usage.unwrap_or_else(|| self.counts());
        let whole = self.encoder.whole(&self.said, &reason, &usage);
        if finish {
            let end = self.encoder.end(&reason, &usage);
            self.batch.push_str(&end);
        }
        self.flush().await?;
        let outcome = if finish { Outcome::Finished { reason } } else { Outcome::EndedWithoutFinish };
        Ok((outcome, whole))
    }

    async fn say(
        &mut self,
        piece: fn(String) -> Piece,
        pieces: impl IntoIterator<Item = String> + Send,
        pace: &Pace,
    ) -> Result<(), Ended> {
        // Collected first: the iterator must not live across an await point by its type.
        for text in pieces.into_iter().collect::<Vec<_>>() {
            self.send(piece(text), pace).await?;
        }
        Ok(())
    }

    async fn call(
        &mut self,
        name: String,
        args: &str,
        id: Option<String>,
        mut pace: Pace,
    ) -> Result<(), Ended> {
        let index = self.n_tools;
        self.n_tools += 1;
        let id = id.unwrap_or_else(|| format!("call_{}_{index}", self.number));
        self.send(Piece::ToolStart { index, id, name }, &Pace::default()).await?;
        if pace.chars.is_none() && pace.pieces.is_none() {
            pace.pieces = Some(1);
        }
        for text in cut(args, &pace) {
            self.send(Piece::ToolArgs { index, text }, &pace).await?;
        }
        Ok(())
    }

    async fn send(&mut self, piece: Piece, pace: &Pace) -> Result<(), Ended> {
        self.n_pieces += 1;
        let encoded = self.encoder.piece(&piece);
        if matches!(self.sink, Sink::Whole) {
            self.said.push(piece);
        }
        self.add(&encoded).await?;
        if pace.delay_ms > 0 {
            self.pause(Duration::from_millis(pace.delay_ms)).await?;
        }
        Ok(())
    }

    async fn add(&mut self, encoded: &str) -> Result<(), Ended> {
        self.batch.push_str(encoded);
        if self.batch.len() >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Ended> {
        let batch = std::mem::take(&mut self.batch);
        let Sink::Stream(sender) = &self.sink else {
            return Ok(());
        };
        if batch.is_empty() {
            return Ok(());
        }
        sender.send(Part::Bytes(Bytes::from(batch))).await.map_err(|_| Ended(Outcome::ClientClosed))
    }

    async fn pause(&mut self, pause: Duration) -> Result<(), Ended> {
        self.flush().await?;
        tokio::select! {
            biased;
            () = self.caller_gone() => Err(Ended(Outcome::ClientClosed)),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    async fn hold(&mut self, name: String) -> Result<(), Ended> {
        self.flush().await?;
        let shared = self.shared;
        shared.set_outcome(self.number, Outcome::Holding { name: name.clone() });
        let released = shared.wait_until(|state| state.released.contains(&name).then_some(()));
        tokio::select! {
            biased;
            () = released => {}
            () = self.caller_gone() => return Err(Ended(Outcome::ClientClosed)),
        }
        shared.set_outcome(self.number, Outcome::Running);
        Ok(())
    }

    async fn hang(&mut self) -> Ended {
        if let Err(ended) = self.flush().await {
            return ended;
        }
        self.shared.set_outcome(self.number, Outcome::Hanging);
        self.caller_gone().await;
        Ended(Outcome::ClientClosed)
    }

    async fn disconnect(&mut self) -> Ended {
        if let Err(ended) = self.flush().await {
            return ended;
        }
        if let Sink::Stream(sender) = &self.sink {
            let _gone_already = sender.send(Part::Break).await;
        }
        Ended(Outcome::Disconnected)
    }

    /// A caller that waits for a whole answer is noticed by hyper instead, which drops the
    /// player.
    async fn caller_gone(&self) {
        match &self.sink {
            Sink::Stream(sender) => sender.closed().await,
            Sink::Whole => std::future::pending().await,
        }
    }

    fn counts(&self) -> Value {
        json!({
            "prompt_tokens": 100,
            "completion_tokens": self.n_pieces,
            "total_tokens": 100 + self.n_pieces,
        })
    }
}

fn arguments(args: &Value) -> String {
    if args.is_null() { "{}".to_owned() } else { args.to_string() }
}
