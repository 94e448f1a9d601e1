//! Streams as an OpenCode server sends them.

use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "the",
    "function",
    "returns",
    "an",
    "error",
    "when",
    "the",
    "buffer",
    "is",
    "empty",
    "so",
    "we",
    "check",
    "its",
    "length",
    "first",
    "and",
    "then",
    "`parse()`",
    "the",
    "next",
    "line",
    "\"quoted\"",
    "src/main.rs:42",
    "impl",
    "fn",
    "match",
    "Some(None)",
    "await",
    "résumé",
    "naïve",
    "→",
    "ok\n",
];
const ID_CHARACTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghijkmnpqrstvwxyz";

/// A stream and the data of its frames.
pub(crate) struct Corpus {
    pub(crate) stream: Vec<u8>,
    pub(crate) frames: Vec<Vec<u8>>,
}

impl Corpus {
    /// Events of 200 to 600 bytes: mostly growing text, as a turn sends them.
    pub(crate) fn small() -> Self {
        Self::generate(8 << 20, 0)
    }

    /// The same, but four in a thousand are tool outputs of 20 to 200 kB, which make half of the bytes.
    pub(crate) fn mixed() -> Self {
        Self::generate(16 << 20, 4)
    }

    /// Nothing but tool outputs of 20 to 200 kB.
    pub(crate) fn large() -> Self {
        Self::generate(8 << 20, 1000)
    }

    /// How many bytes the stream has.
    pub(crate) fn len(&self) -> usize {
        self.stream.len()
    }

    fn generate(size: usize, large_per_thousand: u64) -> Self {
        let mut source = Source { state: 7, sessions: Vec::new() };
        source.sessions = (0..4).map(|_| source.id("ses")).collect();
        let mut corpus = Self { stream: Vec::new(), frames: Vec::new() };
        while corpus.stream.len() < size {
            let frame = if source.below(1000) < large_per_thousand { source.large() } else { source.small() };
            corpus.stream.extend_from_slice(b"data: ");
            corpus.stream.extend_from_slice(frame.as_bytes());
            corpus.stream.extend_from_slice(b"\n\n");
            corpus.frames.push(frame.into_bytes());
        }
        corpus
    }
}

/// A deterministic source of events.
struct Source {
    state: u64,
    sessions: Vec<String>,
}

impl Source {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.next()).unwrap_or(0) % from.len()]
    }

    fn id(&mut self, prefix: &str) -> String {
        let random = (0..26).map(|_| char::from(*self.pick(ID_CHARACTERS)));
        format!("{prefix}_{}", random.collect::<String>())
    }

    fn text(&mut self, least: u64, most: u64) -> String {
        let length = usize::try_from(least + self.below(most - least)).unwrap_or(0);
        let mut text = String::new();
        while text.len() < length {
            let word: &&str = self.pick(WORDS);
            text.push_str(word);
            text.push(' ');
        }
        text
    }

    fn small(&mut self) -> String {
        let (message, part) = (self.id("msg"), self.id("prt"));
        let sessions = self.sessions.clone();
        let session = self.pick(&sessions).as_str();
        let identity = format!(r#""id":"{part}","sessionID":"{session}","messageID":"{message}""#);
        match self.below(100) {
            0..62 => {
                let delta = quoted(self.text(3, 180));
                let properties = format!(
                    r#""sessionID":"{session}","messageID":"{message}","partID":"{part}","field":"text","delta":{delta}"#
                );
                self.event("message.part.delta", &properties)
            }
            62..80 => {
                let kind = *self.pick(&["text", "reasoning"]);
                let text = quoted(self.text(1, 220));
                let rest = format!(r#""type":"{kind}","text":{text},"time":{{"start":1763000000000}}"#);
                self.part(session, &identity, &rest)
            }
            80..86 => {
                let (call, file) = (self.id("call"), quoted(format!("/srv/me/src/{}", self.text(4, 12))));
                let rest = format!(
                    r#""type":"tool","callID":"{call}","tool":"read","state":{{"status":"running","input":{{"filePath":{file}}},"time":{{"start":1763000000000}}}}"#
                );
                self.part(session, &identity, &rest)
            }
            86..90 => self.part(
                session,
                &identity,
                r#""type":"step-finish","reason":"tool-calls","cost":0.0123,"tokens":{"input":1200,"output":340,"reasoning":0,"cache":{"read":11000,"write":90}}"#,
            ),
            90..95 => {
                let parent = self.id("msg");
                let properties = format!(
                    r#""sessionID":"{session}","info":{{"id":"{message}","sessionID":"{session}","role":"assistant","time":{{"created":1763000000000}},"parentID":"{parent}","modelID":"model-x","providerID":"lab","mode":"build","agent":"build","path":{{"cwd":"/srv/me","root":"/srv/me"}},"cost":0.01,"tokens":{{"input":1,"output":2,"reasoning":0,"cache":{{"read":0,"write":0}}}}}}"#
                );
                self.event("message.updated", &properties)
            }
            95..98 => {
                let properties = format!(r#""sessionID":"{session}","status":{{"type":"busy"}}"#);
                self.event("session.status", &properties)
            }
            _ => self.event("server.heartbeat", ""),
        }
    }

    fn large(&mut self) -> String {
        let (session, message, part, call) =
            (self.id("ses"), self.id("msg"), self.id("prt"), self.id("call"));
        let state: Value = json!({
            "status": "completed",
            "input": {"command": "cat a", "description": self.text(10, 30)},
            "output": self.text(20_000, 200_000),
            "title": "cat a",
            "metadata": {"exit": 0, "truncated": false},
            "time": {"start": 1_763_000_000_000_u64, "end": 1_763_000_001_000_u64},
        });
        let identity = format!(r#""id":"{part}","sessionID":"{session}","messageID":"{message}""#);
        let rest = format!(r#""type":"tool","callID":"{call}","tool":"bash","state":{state}"#);
        self.part(&session, &identity, &rest)
    }

    fn part(&mut self, session: &str, identity: &str, rest: &str) -> String {
        let properties =
            format!(r#""sessionID":"{session}","part":{{{identity},{rest}}},"time":1763000001000"#);
        self.event("message.part.updated", &properties)
    }

    fn event(&mut self, type_name: &str, properties: &str) -> String {
        let id = self.id("evt");
        format!(r#"{{"id":"{id}","type":"{type_name}","properties":{{{properties}}}}}"#)
    }
}

fn quoted(text: String) -> String {
    Value::from(text).to_string()
}
