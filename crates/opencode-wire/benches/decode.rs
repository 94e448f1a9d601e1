//! How fast frames become events, and how fast those of other sessions are told apart and dropped.
//!
//! `cargo bench -p opencode-wire --bench decode` prints one figure a line.

mod support;

use std::hint::black_box;

use opencode_wire::event::{Event, scan};
use opencode_wire::sse::{Item, Limits, Parser};

use self::support::{Aim, Corpus, Figure, race};

/// What a read from a socket brings when a server is busy.
const CHUNK: usize = 1400;

fn main() {
    for (corpus, label, least_rate) in [(Corpus::small(), "small", 2.0), (Corpus::mixed(), "mixed", 1.1)] {
        let frames = &corpus.frames;
        assert_eq!(parse(&corpus, decode), frames.len(), "an event was not decoded");
        let [decoding, value, everything, discarding] = race([
            &mut || frames.iter().map(|frame| decode(frame)).sum(),
            &mut || frames.iter().map(|frame| decode_value(frame)).sum(),
            &mut || parse(&corpus, decode),
            &mut || parse(&corpus, discard),
        ]);
        let rate = |seconds: f64| millions(frames.len()) / seconds;
        Figure {
            name: &format!("decode, {label} events"),
            value: rate(decoding),
            unit: "million events/s",
            compared: Some(("serde_json::Value", value / decoding)),
            aims: &[Aim::RatioAtLeast(2.0)],
        }
        .print();
        Figure {
            name: &format!("sse and decode, {label} events"),
            value: rate(everything),
            unit: "million events/s",
            compared: None,
            aims: &[Aim::AtLeast(least_rate)],
        }
        .print();
        if label == "small" {
            Figure {
                name: "sse, scan and discard, small events",
                value: rate(discarding),
                unit: "million events/s",
                compared: None,
                aims: &[Aim::AtLeast(5.0)],
            }
            .print();
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of events are far below 2^52")]
fn millions(count: usize) -> f64 {
    count as f64 / 1e6
}

fn parse(corpus: &Corpus, take: impl Fn(&[u8]) -> usize) -> usize {
    let mut parser = Parser::new(Limits::default());
    let mut count = 0;
    for chunk in corpus.stream.chunks(CHUNK) {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                count += take(frame.data);
            }
        }
    }
    count
}

fn decode(frame: &[u8]) -> usize {
    black_box(Event::decode(frame)).map_or(0, |_| 1)
}

fn decode_value(frame: &[u8]) -> usize {
    black_box(serde_json::from_slice::<serde_json::Value>(frame)).map_or(0, |_| 1)
}

/// What is done with an event that nobody listens to.
fn discard(frame: &[u8]) -> usize {
    let is_ours = scan(frame).is_some_and(|peek| peek.session_id.as_deref() == Some("ses_of_somebody_else"));
    usize::from(black_box(!is_ours))
}
