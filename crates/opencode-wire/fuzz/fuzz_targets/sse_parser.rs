//! However a stream is cut, the same comes out of it, and no frame is above the limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opencode_wire::sse::{Item, Limits, Parser};

fuzz_target!(|input: (u8, Vec<u8>, &[u8])| {
    let (limit, cuts, stream) = input;
    let limits = Limits::default().with_max_frame_bytes(match limit {
        0..128 => usize::from(limit),
        _ => 1 << 20,
    });

    let whole = parse(&limits, [stream]);
    assert_eq!(parse(&limits, stream.chunks(1)), whole, "byte by byte");

    let mut rest = stream;
    let mut chunks = Vec::new();
    for cut in cuts {
        let (chunk, tail) = rest.split_at(rest.len().min(usize::from(cut)));
        chunks.push(chunk);
        rest = tail;
    }
    chunks.push(rest);
    assert_eq!(parse(&limits, chunks), whole, "cut");
});

/// What came out, with nothing borrowed.
fn parse<'a>(limits: &Limits, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut parser = Parser::new(limits.clone());
    let mut out = Vec::new();
    for chunk in chunks {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = &item {
                assert!(frame.data.len() <= limits.max_frame_bytes);
            }
            out.push(format!("{item:?}"));
        }
    }
    out.push(format!("last id {:?}", parser.last_event_id()));
    out.push(format!("discarded {}", parser.finish()));
    out
}
