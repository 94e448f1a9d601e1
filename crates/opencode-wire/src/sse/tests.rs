//! Unit tests, a rule each. What splitting does to a stream is tested from outside, with random streams.

use super::*;

/// Parses chunks and writes down what came out, one line for each item.
fn parse_with(limits: Limits, chunks: &[&[u8]]) -> Vec<String> {
    let mut parser = Parser::new(limits);
    let mut out = Vec::new();
    for chunk in chunks {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            out.push(describe(item));
        }
    }
    let discarded = parser.finish();
    if discarded > 0 {
        out.push(format!("discarded {discarded}"));
    }
    out
}

fn describe(item: Item<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match item {
        Item::Frame(frame) => {
            let event = frame.event.map(|event| format!("{}=", text(event))).unwrap_or_default();
            let id = if frame.id.is_empty() { String::new() } else { format!("#{}", text(frame.id)) };
            format!("{event}{:?}{id}", text(frame.data))
        }
        Item::Comment(comment) => format!("comment {:?}", text(comment)),
        Item::Retry(delay) => format!("retry {delay:?}"),
        Item::Oversize { bytes } => format!("oversize {bytes}"),
    }
}

/// Parses a stream whole, cut in two everywhere, and byte by byte: all must agree.
fn check(stream: &str, expected: &[&str]) {
    check_with(&Limits::default(), stream, expected);
}

fn check_with(limits: &Limits, stream: &str, expected: &[&str]) {
    let stream = stream.as_bytes();
    assert_eq!(parse_with(limits.clone(), &[stream]), expected, "whole");
    for at in 0..=stream.len() {
        let (head, tail) = stream.split_at(at);
        assert_eq!(parse_with(limits.clone(), &[head, tail]), expected, "cut at {at}");
    }
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(parse_with(limits.clone(), &bytes), expected, "byte by byte");
}

#[test]
fn a_frame_ends_at_an_empty_line() {
    check("data: a\n\ndata: b\n\n", &["\"a\"", "\"b\""]);
}

#[test]
fn lines_end_in_lf_cr_or_crlf() {
    check(
        "data: a\r\n\r\ndata: b\r\rdata: c\n\r\ndata: d\r\n\ndata: e\r\n\r",
        &["\"a\"", "\"b\"", "\"c\"", "\"d\"", "\"e\""],
    );
}

#[test]
fn a_byte_order_mark_is_skipped_once() {
    check("\u{feff}data: a\n\n\u{feff}data: b\n\n", &["\"a\""]);
    check("\u{feff}\u{feff}data: a\n\ndata: b\n\n", &["\"b\""]);
}

#[test]
fn the_start_of_a_byte_order_mark_is_none() {
    let parse = |chunks: &[&[u8]]| parse_with(Limits::default(), chunks);
    assert_eq!(parse(&[b"\xef", b"\xbbdata: a\n\ndata: b\n\n"]), ["\"b\""]);
    assert_eq!(parse(&[b"\xef\xbb"]), ["discarded 2"]);
    assert_eq!(parse(&[b"\xef", b"\xbb", b"\xbf", b"data: a\n\n"]), ["\"a\""]);
}

#[test]
fn data_lines_are_joined() {
    check("data: a\ndata:\ndata\ndata: b\n\n", &["\"a\\n\\n\\nb\""]);
}

#[test]
fn one_space_after_the_colon_is_syntax() {
    check("data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n", &["\"a\"", "\"a\"", "\" a\"", "\"\\ta\""]);
}

#[test]
fn a_field_may_lack_its_colon() {
    check("data\n\n", &["\"\""]);
    check("data: x\nevent\nunknown\n\n", &["\"x\""]);
}

#[test]
fn without_data_there_is_no_frame() {
    check("event: ping\n\n\n\nid: 7\n\ndata: x\n\n", &["\"x\"#7"]);
}

#[test]
fn the_event_field_names_one_frame() {
    check(
        "event: a\nevent: b\ndata: 1\n\ndata: 2\nevent: c\n\ndata: 3\n\n",
        &["b=\"1\"", "c=\"2\"", "\"3\""],
    );
    check("event: a\nevent:\ndata: 1\n\n", &["\"1\""]);
}

#[test]
fn the_id_field_stays_until_it_is_set_again() {
    check("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", &["\"a\"#1", "\"b\"#1", "\"c\""]);
    check("id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", &["\"a\"#1", "\"b\"#1"]);
}

#[test]
fn an_unfinished_frame_does_not_move_the_point_to_resume_from() {
    let mut parser = Parser::default();
    drop(parser.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n"));
    assert_eq!(parser.last_event_id(), b"1");
    assert_eq!(parser.finish(), 12);
}

#[test]
fn retry_is_made_of_digits() {
    check("retry: 1500\nretry: 12a\nretry: +1\nretry:\nretry: -1\nretry:7\n\n", &["retry 1.5s", "retry 7ms"]);
    check("retry: 99999999999999999999999\n\n", &[]);
}

#[test]
fn comments_are_surfaced_within_frames_too() {
    check(
        ": heartbeat\n\n:\n:: x\ndata: a\n: within\ndata: b\n\n",
        &["comment \"heartbeat\"", "comment \"\"", "comment \": x\"", "comment \"within\"", "\"a\\nb\""],
    );
}

#[test]
fn other_fields_are_ignored() {
    check("Data: no\n data: no\ndata : no\nfoo: bar\ndata: yes\n\n", &["\"yes\""]);
}

#[test]
fn an_unfinished_frame_is_discarded() {
    check("data: a\n\ndata: b\n", &["\"a\"", "discarded 7"]);
    check("data: a\n\ndata: b", &["\"a\"", "discarded 7"]);
    check("data: a\n\n: unfinished comm", &["\"a\""]);
}

#[test]
fn other_line_separators_are_content() {
    check("data: a\u{2028}b\u{2029}c\u{85}d\u{b}e\n\n", &["\"a\\u{2028}b\\u{2029}c\\u{85}d\\u{b}e\""]);
}

#[test]
fn a_frame_above_the_limit_is_skipped_and_reported_once() {
    let limits = Limits::default().with_max_frame_bytes(12);
    check_with(
        &limits,
        "data: 123456\n\ndata: 1234567\n\ndata: x\n\n",
        &["\"123456\"", "oversize 13", "\"x\""],
    );
    check_with(
        &limits,
        "data: 1\ndata: 2\n: c\ndata: 3\nid: 9\n\ndata: x\n\n",
        &["comment \"c\"", "oversize 26", "\"x\""],
    );
    check_with(&limits, "event: long event\n\ndata: x\n\n", &["oversize 17", "\"x\""]);
    check_with(&limits, ": a comment above the limit\ndata: x\n\n", &["comment \"a comment a\"", "\"x\""]);
}

#[test]
fn what_a_large_frame_took_is_given_back() {
    let mut parser = Parser::default();
    let value = vec![b'x'; 1 << 20];
    for chunk in [&b"data: "[..], &value, b"\n\n", b": ping\n"] {
        let mut items = parser.feed(chunk);
        while items.next().is_some() {}
    }
    assert!(parser.line.capacity() <= KEPT_CAPACITY && parser.block.capacity() <= KEPT_CAPACITY);
}

#[test]
fn frames_of_one_chunk_are_borrowed_from_it() {
    let chunk = b"id: 1\nevent: e\ndata: a\n\ndata: b\n\n";
    let mut parser = Parser::default();
    let mut items = parser.feed(chunk);
    let mut count = 0;
    while let Some(Item::Frame(frame)) = items.next() {
        assert!(chunk.as_ptr_range().contains(&frame.data.as_ptr()));
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn what_is_not_asked_for_is_parsed_all_the_same() {
    let mut parser = Parser::default();
    drop(parser.feed(b"data: a\n\ndata: b\n\nid: 3\n\ndata: c"));
    let mut items = parser.feed(b"d\n\n");
    assert_eq!(items.next().map(describe), Some("\"cd\"#3".to_owned()));
}
