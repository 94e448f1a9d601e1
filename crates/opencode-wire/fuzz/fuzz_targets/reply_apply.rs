//! Whatever a stream says, in whatever order: a reply numbers its changes without a gap, forgets no step unless it is
//! told to, and can be written down.
#![no_main]

use libfuzzer_sys::fuzz_target;
use opencode_wire::event::{Event, EventKind};
use opencode_wire::model::StoredMessage;
use opencode_wire::reply::{Changes, Exchange, Reply, Snapshot};
use opencode_wire::sse::{Item, Limits, Parser};

/// The messages, and the parts, that events are about: few, so that they meet. A message belongs to one session, and a
/// part to one message.
const MESSAGES: [[&str; 4]; 2] = [["msg_1", "msg_2", "msg_3", "msg_4"], ["msg_5", "msg_6", "msg_7", "msg_8"]];
const SESSIONS: [&str; 2] = ["ses_1", "ses_2"];

/// An event made of three bytes: what happens, where, and how far it is.
fn made(bytes: &[u8]) -> Option<String> {
    let &[what, place, how] = bytes else { return None };
    let (session, messages) = (SESSIONS[usize::from(place >> 7)], MESSAGES[usize::from(place >> 7)]);
    let message = messages[usize::from(place & 3)];
    let part = |kind: &str| format!("prt_{message}_{kind}{}", (place >> 2) & 3);
    let time =
        if how & 1 == 0 { r#"{"start":1}"# } else { r#"{"start":1,"end":2,"completed":2,"created":1}"# };
    let text = "abcdefgh".get(..usize::from(how >> 1) % 9).unwrap_or_default();
    let told = |kind: &str, rest: &str| {
        let (id, head) = (part(kind), format!(r#""sessionID":"{session}","messageID":"{message}""#));
        let part = format!(r#"{{"id":"{id}",{head},"type":"{kind}","time":{time}{rest}}}"#);
        ("message.part.updated", format!(r#""part":{part}"#))
    };
    let info = |rest: &str| {
        let time = if how & 1 == 0 { r#"{"created":1}"# } else { r#"{"created":1,"completed":2}"# };
        let info = format!(r#"{{"id":"{message}","sessionID":"{session}","time":{time},{rest}}}"#);
        ("message.updated", format!(r#""info":{info}"#))
    };
    let (kind, rest) = match what % 16 {
        0 => info(r#""role":"user""#),
        1 | 2 => info(&format!(r#""role":"assistant","parentID":"{}""#, messages[usize::from(how >> 6)])),
        3 => info(r#""role":"assistant","parentID":"msg_1","summary":true"#),
        4 => told("text", &format!(r#","text":"{text}""#)),
        5 => told("reasoning", &format!(r#","text":"{text}""#)),
        6 => told("compaction", r#","auto":true"#),
        7 => told("step-finish", r#","reason":"stop","tokens":{"input":1}"#),
        8 => {
            let status = ["pending", "running", "completed", "error"][usize::from(how >> 6)];
            let rest = r#""input":{"todos":[{"content":"a","status":"x"}]},"metadata":{"sessionId":"ses_2"}"#;
            let tool = if how & 2 == 0 { "task" } else { "todowrite" };
            told(
                "tool",
                &format!(r#","tool":"{tool}","callID":"call_1","state":{{"status":"{status}",{rest}}}"#),
            )
        }
        9 | 10 => {
            let id = part(if what & 1 == 0 { "text" } else { "reasoning" });
            let rest = format!(r#""messageID":"{message}","partID":"{id}","field":"text","delta":"{text}""#);
            ("message.part.delta", rest)
        }
        11 => ("session.status", r#""status":{"type":"retry","attempt":1}"#.to_owned()),
        12 => ("session.status", r#""status":{"type":"busy"}"#.to_owned()),
        13 => ("permission.asked", format!(r#""id":"per_{}","permission":"bash""#, how & 3)),
        14 => ("permission.replied", format!(r#""requestID":"per_{}","reply":"once""#, how & 3)),
        _ => ("message.part.removed", format!(r#""messageID":"{message}","partID":"{}""#, part("text"))),
    };
    Some(format!(r#"{{"type":"{kind}","properties":{{"sessionID":"{session}",{rest}}}}}"#))
}

/// What a server would have stored, as far as the events told it.
fn exchange(events: &[Event]) -> Option<Exchange> {
    let mut messages: Vec<StoredMessage> = Vec::new();
    for event in events {
        match &event.kind {
            EventKind::MessageUpdated(told) => {
                let info = serde_json::to_string(&told.info).ok()?;
                let parts = match messages.iter().position(|message| message.info.id == told.info.id) {
                    Some(known) => messages.remove(known).parts,
                    None => Vec::new(),
                };
                let mut message: StoredMessage =
                    serde_json::from_str(&format!(r#"{{"info":{info},"parts":[]}}"#)).ok()?;
                message.parts = parts;
                messages.push(message);
            }
            EventKind::PartRemoved(told) => {
                messages.iter_mut().for_each(|message| message.parts.retain(|part| part.id != told.part_id));
            }
            EventKind::PartUpdated(told) => {
                let of = messages.iter_mut().find(|message| message.info.id == told.part.message_id);
                if let Some(message) = of {
                    message.parts.retain(|part| part.id != told.part.id);
                    message.parts.push(told.part.clone());
                }
            }
            _ => {}
        }
    }
    Some(Exchange { session_id: SESSIONS[0].parse().ok()?, messages })
}

fn check(reply: &Reply, seq: &mut u64, changes: &Changes) {
    for change in changes.iter() {
        *seq += 1;
        assert_eq!(change.seq, *seq);
    }
    assert_eq!(reply.seq(), *seq);
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, data)) = data.split_first() else { return };
    let mut events = Vec::new();
    if mode & 1 == 0 {
        let mut parser = Parser::new(Limits::default());
        let mut items = parser.feed(data);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                events.extend(Event::decode(frame.data));
            }
        }
    } else {
        let frames = data.chunks_exact(3).filter_map(made);
        events.extend(
            frames.map(|frame| Event::decode(frame.as_bytes()).expect("an event that was made is JSON")),
        );
    }
    let mut reply = Reply::new(SESSIONS[0].parse().unwrap(), MESSAGES[0][0].parse().unwrap());
    let (mut seq, mut steps) = (0, 0);
    let every = usize::from(mode >> 1).max(1);
    for (at, event) in events.iter().enumerate() {
        let changes = reply.apply(event);
        check(&reply, &mut seq, &changes);
        if at % every == 0 {
            let changes = reply.mark_gap();
            check(&reply, &mut seq, &changes);
            let exchanges: Vec<_> = exchange(&events[..at]).into_iter().collect();
            let snapshot = Snapshot { since: seq, exchanges, ..Snapshot::default() };
            let changes = reply.resync(&snapshot);
            check(&reply, &mut seq, &changes);
        }
        // Only an event that takes a part away, or makes another of it, may take its step away.
        let removes =
            mode & 1 == 0 || matches!(event.kind, EventKind::PartRemoved(_) | EventKind::MessageRemoved(_));
        let now = reply.usage().steps;
        assert!(removes || now >= steps, "{now} steps after {steps}");
        steps = now;
    }
    let before = reply.clone();
    if let Some(exchange) = exchange(&events) {
        for _ in 0..2 {
            let changes = reply.settle(&exchange);
            check(&reply, &mut seq, &changes);
        }
        let changes = reply.settle(&exchange);
        assert!(mode & 1 == 0 || changes.is_empty(), "settling twice changes something: {changes:?}");
    }
    for reply in [before, reply] {
        serde_json::to_string(&reply.canonical_parts()).expect("canonical parts are JSON");
        let _ = (reply.text(), reply.reasoning(), reply.files(), reply.last_message());
    }
});
