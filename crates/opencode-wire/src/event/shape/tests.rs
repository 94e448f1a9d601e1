//! Whatever is read by its looks must be what the parser reads.

use serde::de::DeserializeSeed as _;

use super::*;
use crate::event::EventKind;
use crate::event::envelope::EnvelopeSeed;

const DELTA: &str = r#"{"id":"evt_1","type":"message.part.delta","properties":{"sessionID":"ses_1","messageID":"msg_1","partID":"prt_1","field":"text","delta":"@"}}"#;
const PART: &str = r#"{"id":"evt_1","type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"id":"prt_1","messageID":"msg_1","sessionID":"ses_2","type":"text","text":"@","time":{"start":12,"end":0}},"time":34}}"#;
const REASONING: &str = r#"{"id":"evt_1","type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"text":"@","type":"reasoning","time":{"start":12},"sessionID":"ses_2","messageID":"msg_1","id":"prt_1"},"time":34}}"#;
const PROMPT: &str = r#"{"id":"evt_1","type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"type":"text","text":"@","messageID":"msg_1","sessionID":"ses_2","id":"prt_1"},"time":34}}"#;

fn parse(json: &str) -> Option<Event> {
    let mut event = Event::new(EventKind::ServerHeartbeat);
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let is_known = EnvelopeSeed::new(&mut event).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    is_known.then_some(event)
}

#[test]
fn the_parser_reads_the_same() {
    for frame in [DELTA, PART, REASONING, PROMPT] {
        for text in ["", "plain", "é→😀", r#"\"\\\/\b\f\n\r\t"#, r"end\\", "\u{7f}"] {
            let plain = frame.replace('@', text);
            assert_eq!(read(&plain).expect("a known look"), parse(&plain).unwrap());
            let global = format!(r#"{{"directory":"/srv/me","project":"p","payload":{plain}}}"#);
            assert_eq!(read(&global).expect("a known look"), parse(&global).unwrap());
        }
    }
}

#[test]
fn what_differs_is_left_to_the_parser() {
    for (part, other) in [
        ("{\"id\"", "{ \"id\""),
        ("\"evt_1\"", "null"),
        ("evt_1", "evt\\u005f1"),
        ("evt_1", "evt\n1"),
        ("\"msg_1\"", "1"),
        ("messageID", "messageId"),
        ("@", "\u{1}"),
        ("@", "\\x"),
        ("@", "\\u00e9"),
        ("@", "\\ud83d"),
        ("@", "\\"),
        ("\"@\"", "7"),
        ("}}", "}}}"),
        ("}}", "},\"more\":1}"),
        ("}}", "}"),
    ] {
        for frame in [DELTA, PART, REASONING, PROMPT] {
            assert!(frame.contains(part), "{part}");
            assert_eq!(read(&frame.replacen(part, other, 1)), None, "{other}");
        }
    }
    for (part, other) in [
        ("\"text\",\"text\"", "\"hologram\",\"text\""),
        ("\"text\":\"@\"", "\"text\":\"@\",\"text\":\"@\""),
        ("\"text\":\"@\"", "\"text\":\"@\",\"synthetic\":true"),
        ("\"text\":\"@\",", ""),
        ("\"start\":12", "\"start\":1.5"),
        ("\"start\":12", "\"start\":-1"),
        ("\"start\":12", "\"start\":01"),
        ("\"start\":12", "\"start\":1e3"),
        ("\"start\":12", "\"start\":12345678901234567890"),
        ("\"start\":12", "\"start\":"),
        (",\"end\":0", ",\"end\":null"),
    ] {
        assert!(PART.contains(part), "{part}");
        assert_eq!(read(&PART.replacen(part, other, 1)), None, "{other}");
    }
}

#[test]
fn no_damage_makes_it_read_what_the_parser_refuses() {
    for frame in [DELTA, PART, REASONING, PROMPT] {
        for position in 0..frame.len() {
            for damage in ["", "\"", "\\", "}", ",", "0", "\n"] {
                let damaged = format!("{}{damage}{}", &frame[..position], &frame[position + 1..]);
                if let Some(event) = read(&damaged) {
                    assert_eq!(Some(event), parse(&damaged), "{damaged}");
                }
            }
        }
    }
}
