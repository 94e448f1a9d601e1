//! A program that has nothing but the sans-IO half: it reads a stream from memory and prints the reply.

use opencode_wire::event::Event;
use opencode_wire::reply::Reply;
use opencode_wire::sse::{Item, Limits, Parser};

const STREAM: &str = r#"data: {"type":"message.updated","properties":{"sessionID":"ses_1","info":{"id":"msg_2","sessionID":"ses_1","role":"assistant","parentID":"msg_1","time":{"created":1}}}}

data: {"type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"id":"prt_1","sessionID":"ses_1","messageID":"msg_2","type":"text","text":"Hello from "}}}

data: {"type":"message.part.delta","properties":{"sessionID":"ses_1","messageID":"msg_2","partID":"prt_1","field":"text","delta":"outside."}}

data: {"type":"message.part.updated","properties":{"sessionID":"ses_1","part":{"id":"prt_2","sessionID":"ses_1","messageID":"msg_2","type":"step-finish","reason":"stop","cost":0.001,"tokens":{"input":8,"output":5,"reasoning":0,"cache":{"read":0,"write":0}}}}}

"#;

fn main() -> Result<(), opencode_wire::Error> {
    let mut parser = Parser::new(Limits::default());
    let mut reply = Reply::new("ses_1".parse()?, "msg_1".parse()?);
    for chunk in STREAM.as_bytes().chunks(7) {
        let mut items = parser.feed(chunk);
        while let Some(item) = items.next() {
            if let Item::Frame(frame) = item {
                reply.apply(&Event::decode(frame.data)?);
            }
        }
    }
    println!("{}\n{}", reply.text(), reply.usage());
    Ok(())
}
