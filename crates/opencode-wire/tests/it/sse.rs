//! The SSE parser against random streams: cut anywhere, and compared with other parsers.

use std::convert::Infallible;

use futures_util::{StreamExt as _, stream};
use opencode_wire::sse::{Item, Limits, Parser};
use proptest::prelude::*;

/// An item that borrows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Owned {
    Frame { event: Vec<u8>, data: Vec<u8>, id: Vec<u8> },
    Comment(Vec<u8>),
    Retry(u128),
    Oversize(usize),
    Discarded(usize),
}

fn parse<'a>(limits: Limits, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Owned> {
    let mut parser = Parser::new(limits);
    let mut out = Vec::new();
    for chunk in chunks {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            out.push(match item {
                Item::Frame(frame) => Owned::Frame {
                    event: frame.event.unwrap_or_default().to_vec(),
                    data: frame.data.to_vec(),
                    id: frame.id.to_vec(),
                },
                Item::Comment(text) => Owned::Comment(text.to_vec()),
                Item::Retry(delay) => Owned::Retry(delay.as_millis()),
                Item::Oversize { bytes } => Owned::Oversize(bytes),
                other => panic!("an item that this test does not know: {other:?}"),
            });
        }
    }
    out.push(Owned::Discarded(parser.finish()));
    out
}

/// The rules once more, as slowly and as plainly as the specification writes them.
fn parse_by_the_book(stream: &[u8]) -> Vec<Owned> {
    let stream = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut lines = vec![Vec::new()];
    let mut bytes = stream.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' => {
                bytes.next_if(|next| **next == b'\n');
                lines.push(Vec::new());
            }
            b'\n' => lines.push(Vec::new()),
            other => lines.last_mut().expect("a line").push(*other),
        }
    }
    let unfinished = lines.pop().expect("a line");

    let mut out = Vec::new();
    let (mut data, mut event, mut id, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for line in lines {
        if line.is_empty() {
            if data.pop().is_some() {
                out.push(Owned::Frame { event: event.clone(), data: data.clone(), id: id.clone() });
            }
            (data, event, size) = (Vec::new(), Vec::new(), 0);
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match colon {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (&line[..], &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if colon != Some(0) {
            size += line.len();
        }
        match name {
            b"" => out.push(Owned::Comment(value.to_vec())),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"event" => event = value.to_vec(),
            b"id" if !value.contains(&0) => id = value.to_vec(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = std::str::from_utf8(value).expect("digits");
                out.push(Owned::Retry(digits.parse().expect("a number")));
            }
            _ => {}
        }
    }
    if unfinished.first() != Some(&b':') {
        size += unfinished.len();
    }
    out.push(Owned::Discarded(size));
    out
}

/// Streams of the pieces that the rules are about.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "data",
        "data:",
        "data: ",
        "event:",
        "id",
        "id: ",
        "retry:",
        ":",
        " ",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "\r\n\r\n",
        "x",
        "12",
        "é",
        "\0",
        "\u{feff}",
        "\u{2028}",
        "data: {}\n\n",
        ": heartbeat\n\n",
        "a rather long piece of text",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

fn cut<'a>(stream: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut positions: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
    positions.extend([0, stream.len()]);
    positions.sort_unstable();
    positions.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn cutting_changes_nothing(
        stream in streams(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        limit in prop_oneof![Just(usize::MAX), 0_usize..60],
    ) {
        let limits = Limits::default().with_max_frame_bytes(limit);
        let whole = parse(limits.clone(), [&stream[..]]);
        prop_assert_eq!(&parse(limits.clone(), cut(&stream, &cuts)), &whole);
        prop_assert_eq!(&parse(limits, stream.chunks(1)), &whole);
    }

    #[test]
    fn the_rules_are_kept(stream in streams()) {
        prop_assert_eq!(parse(Limits::default(), [&stream[..]]), parse_by_the_book(&stream));
    }

    #[test]
    fn another_parser_agrees_where_it_keeps_the_rules(
        frames in prop::collection::vec(
            (prop::option::of("[a-z]{1,8}"), prop::collection::vec("[a-zé\u{2028}]{1,30}", 1..4), any::<bool>()),
            0..10,
        ),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut stream = String::new();
        for (event, lines, has_comment) in &frames {
            if *has_comment {
                stream.push_str(": a comment");
                stream.push_str(end);
            }
            if let Some(event) = event {
                stream.push_str(&format!("event: {event}{end}"));
            }
            for line in lines {
                stream.push_str(&format!("data: {line}{end}"));
            }
            stream.push_str(end);
        }
        let chunks = cut(stream.as_bytes(), &cuts);
        let ours: Vec<_> = parse(Limits::default(), chunks.iter().copied())
            .into_iter()
            .filter_map(|item| match item {
                Owned::Frame { event, data, .. } => {
                    let event = if event.is_empty() { b"message".to_vec() } else { event };
                    Some((String::from_utf8(event).unwrap(), String::from_utf8(data).unwrap()))
                }
                _ => None,
            })
            .collect();
        prop_assert_eq!(ours.len(), frames.len());
        prop_assert_eq!(ours, with_eventsource_stream(&chunks));
    }
}

fn with_eventsource_stream(chunks: &[&[u8]]) -> Vec<(String, String)> {
    let chunks = chunks.iter().map(|chunk| Ok::<_, Infallible>(*chunk));
    let events = eventsource_stream::EventStream::new(stream::iter(chunks));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(
        events
            .map(|event| {
                let event = event.expect("UTF-8");
                (event.event, event.data)
            })
            .collect(),
    )
}

#[test]
fn recorded_streams_are_read_whole() {
    let mut frames = 0;
    for recording in crate::events::recordings() {
        let items = parse(Limits::default(), [&recording.bytes[..]]);
        assert_eq!(items, parse(Limits::default(), recording.bytes.chunks(7)), "{}", recording.name);
        assert_eq!(items, parse_by_the_book(&recording.bytes), "{}", recording.name);
        frames += items.iter().filter(|item| matches!(item, Owned::Frame { .. })).count();
    }
    assert!(frames > 500, "only {frames} frames were found");
}
