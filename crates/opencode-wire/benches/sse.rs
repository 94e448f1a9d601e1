//! How fast a stream is cut into frames, compared with the least that any parser must do, and with others.
//!
//! `cargo bench -p opencode-wire --bench sse` prints one figure a line.

mod support;

use std::convert::Infallible;
use std::hint::black_box;

use bytes::Bytes;
use futures_util::{StreamExt as _, future::FutureExt as _, stream};
use opencode_wire::sse::{Item, Limits, Parser};

use self::support::{Aim, Corpus, Figure, race};

fn main() {
    let small = Corpus::small();
    let chunks = cut(&small, 1400);
    let frames = small.frames.len();
    assert!(parse(&chunks) == frames && with_sse_stream(&chunks) == frames, "a parser has lost frames");
    let [ours, walk, sse_stream, eventsource_stream] = race([
        &mut || parse(&chunks),
        &mut || walk_line_ends(&chunks),
        &mut || with_sse_stream(&chunks),
        &mut || with_eventsource_stream(&chunks),
    ]);
    for (other, seconds, least) in [
        ("memchr2 walk of the line ends", walk, 0.7),
        ("sse-stream 0.3", sse_stream, 2.5),
        ("eventsource-stream 0.2.3", eventsource_stream, 18.0),
    ] {
        Figure {
            name: "sse 1.4 kB chunks",
            value: megabytes_per_second(&small, ours),
            unit: "MB/s",
            compared: Some((other, seconds / ours)),
            aims: &[Aim::RatioAtLeast(least)],
        }
        .print();
    }

    let large = Corpus::large();
    let (small_chunks, large_chunks) = (cut(&small, 64), cut(&large, 64));
    let [small_seconds, large_seconds] = race([&mut || parse(&small_chunks), &mut || parse(&large_chunks)]);
    let (small_rate, large_rate) =
        (megabytes_per_second(&small, small_seconds), megabytes_per_second(&large, large_seconds));
    Figure {
        name: "sse 64 B chunks, events of 20 to 200 kB",
        value: large_rate,
        unit: "MB/s",
        compared: Some(("events of 200 to 600 B", large_rate / small_rate)),
        aims: &[Aim::RatioAtLeast(0.7)],
    }
    .print();
}

#[expect(clippy::cast_precision_loss, reason = "sizes of corpora are far below 2^52")]
fn megabytes_per_second(corpus: &Corpus, seconds: f64) -> f64 {
    corpus.len() as f64 / seconds / 1e6
}

fn cut(corpus: &Corpus, size: usize) -> Vec<Bytes> {
    let all = Bytes::copy_from_slice(&corpus.stream);
    (0..all.len()).step_by(size).map(|start| all.slice(start..all.len().min(start + size))).collect()
}

fn parse(chunks: &[Bytes]) -> usize {
    let mut parser = Parser::new(Limits::default());
    let mut count = 0;
    for chunk in chunks {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                black_box(frame.data);
                count += 1;
            }
        }
    }
    count
}

/// The least that a parser must do: look at every line end.
fn walk_line_ends(chunks: &[Bytes]) -> usize {
    let mut count = 0;
    for chunk in chunks {
        for end in memchr::memchr2_iter(b'\n', b'\r', chunk) {
            count += 1;
            black_box(end);
        }
    }
    count
}

fn with_sse_stream(chunks: &[Bytes]) -> usize {
    let events =
        sse_stream::SseByteStream::new(stream::iter(chunks.iter().cloned().map(Ok::<_, Infallible>)));
    count(events.filter_map(|event| async { event.ok().filter(|event| event.data.is_some()) }))
}

fn with_eventsource_stream(chunks: &[Bytes]) -> usize {
    let events = eventsource_stream::EventStream::new(stream::iter(chunks.iter().map(Ok::<_, Infallible>)));
    count(events.filter_map(|event| async { event.ok() }))
}

/// Drives a stream that never waits.
fn count<T>(events: impl futures_util::Stream<Item = T>) -> usize {
    let counted = events.fold(0, |count, event| {
        black_box(event);
        std::future::ready(count + 1)
    });
    counted.now_or_never().unwrap_or_default()
}
