//! What a reply costs for each delta, and that it costs the same however long the reply is.
//!
//! `cargo bench -p opencode-wire --bench reply` prints one figure a line.

mod support;

use opencode_wire::event::Event;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::Reply;
use opencode_wire::sse::{Item, Limits, Parser};

use self::support::{Aim, Figure, race};

/// What a read from a socket brings when a server is busy.
const CHUNK: usize = 1400;
/// Deltas of a long reply and of a very long one.
const LONG: usize = 10_000;
const VERY_LONG: usize = 100_000;

fn main() {
    let (long, very_long) = (stream(LONG), stream(VERY_LONG));
    assert_eq!(fold(&very_long), VERY_LONG * DELTA.len(), "the text is not whole");
    let [short_seconds, long_seconds] = race([
        // As many deltas in all, so that both are measured for as long.
        &mut || (0..VERY_LONG / LONG).map(|_| fold(&long)).sum(),
        &mut || fold(&very_long),
    ]);
    let nanoseconds = |seconds: f64| seconds * 1e9 / count(VERY_LONG);
    Figure {
        name: "parse, decode and apply a delta, 10,000 deltas",
        value: nanoseconds(short_seconds),
        unit: "ns",
        compared: None,
        aims: &[Aim::AtMost(400.0)],
    }
    .print();
    Figure {
        name: "parse, decode and apply a delta, 100,000 deltas",
        value: nanoseconds(long_seconds),
        unit: "ns",
        compared: Some(("10,000 deltas", long_seconds / short_seconds)),
        aims: &[Aim::RatioAtMost(1.2)],
    }
    .print();
}

/// Fifty-eight bytes: what a fast model sends at once.
const DELTA: &str = "a few words, as a fast model sends them with each piece.  ";

/// The stream of a reply of one part.
fn stream(deltas: usize) -> Vec<u8> {
    let (session, message, part) = (
        "ses_e05102456ffehdzOyTzyiDG16i",
        "msg_1faefdbdf001J9ywpU709fhqlB",
        "prt_1faefdc610015CVCh6GpaWOK3Y",
    );
    let mut stream = Vec::new();
    let mut send = |number: usize, kind: &str, properties: String| {
        let event =
            format!(r#"data: {{"id":"evt_{number:026}","type":"{kind}","properties":{{{properties}}}}}"#);
        stream.extend_from_slice(event.as_bytes());
        stream.extend_from_slice(b"\n\n");
    };
    send(
        0,
        "message.updated",
        format!(
            r#""sessionID":"{session}","info":{{"id":"{message}","sessionID":"{session}","role":"assistant","parentID":"msg_1","time":{{"created":1}}}}"#
        ),
    );
    send(
        1,
        "message.part.updated",
        format!(
            r#""sessionID":"{session}","part":{{"id":"{part}","sessionID":"{session}","messageID":"{message}","type":"text","text":"","time":{{"start":1}}}}"#
        ),
    );
    for number in 0..deltas {
        send(
            number + 2,
            "message.part.delta",
            format!(
                r#""sessionID":"{session}","messageID":"{message}","partID":"{part}","field":"text","delta":"{DELTA}""#
            ),
        );
    }
    stream
}

/// Folds a stream into a reply; gives the length of its text.
fn fold(stream: &[u8]) -> usize {
    let mut parser = Parser::new(Limits::default());
    let session = SessionId::from_wire("ses_e05102456ffehdzOyTzyiDG16i");
    let mut reply = Reply::new(session, MessageId::from_wire("msg_1"));
    for chunk in stream.chunks(CHUNK) {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                let event = Event::decode(frame.data).expect("the stream is JSON");
                std::hint::black_box(reply.apply(&event));
            }
        }
    }
    reply.text().len()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}
