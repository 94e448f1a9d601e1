//! What is said in answer to a prompt.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::FarEnd;
use super::http::frame;
use super::ids::now;
use super::stream::{BURST, Stream};

/// In how many pieces an answer is said.
pub(crate) const DELTAS: usize = 200;
/// What a model says at once.
const DELTA: &str = " a word";
const TOKENS: &str = r#""cost":0.0123,"tokens":{"total":1630,"input":1200,"output":340,"reasoning":0,"cache":{"read":11000,"write":90}}"#;

/// How fast an answer is said, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as it is taken.
    AtOnce,
    /// A piece in so many milliseconds.
    Every(u64),
    /// The answer begins, and nothing is said.
    Silent,
    /// Half of it is said, and no more.
    Half,
    /// Half of it is said, then something is asked.
    Asks,
}

impl Pace {
    /// The word by which a process is told.
    pub(crate) fn word(self) -> String {
        match self {
            Self::AtOnce => "at-once".to_owned(),
            Self::Every(millis) => millis.to_string(),
            Self::Silent => "silent".to_owned(),
            Self::Half => "half".to_owned(),
            Self::Asks => "asks".to_owned(),
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "at-once" => Self::AtOnce,
            "silent" => Self::Silent,
            "half" => Self::Half,
            "asks" => Self::Asks,
            millis => Self::Every(millis.parse().expect("a pace")),
        }
    }

    /// How many pieces are said.
    fn deltas(self) -> usize {
        match self {
            Self::AtOnce | Self::Every(_) => DELTAS,
            Self::Silent => 0,
            Self::Half | Self::Asks => DELTAS / 2,
        }
    }
}

/// One prompt and what answers it.
struct Turn {
    far_end: Arc<FarEnd>,
    session: String,
    directory: String,
    user: String,
    answer: String,
    text: String,
    /// Who hears of this directory alone.
    here: Arc<Stream>,
    /// Events that were not sent yet.
    frames: Vec<u8>,
    /// The same for those who hear of this directory alone.
    plain: Vec<u8>,
}

impl FarEnd {
    /// Answers a prompt.
    pub(super) async fn play(self: Arc<Self>, session: String, prompt: Vec<u8>) {
        let prompt: Value = serde_json::from_slice(&prompt).expect("a prompt is JSON");
        let directory = self.with(&session, |session| session.directory.clone());
        let user = prompt["messageID"].as_str().map_or_else(|| self.ids.ascending("msg"), str::to_owned);
        let (answer, text) = (self.ids.ascending("msg"), self.ids.ascending("prt"));
        let (pace, here) = (self.pace, self.of_directory(&directory));
        let (frames, plain) = (Vec::new(), Vec::new());
        let mut turn = Turn { far_end: self, session, directory, user, answer, text, here, frames, plain };
        turn.begin(&prompt["parts"][0]["text"]);
        turn.say(pace).await;
        match pace {
            Pace::AtOnce | Pace::Every(_) => turn.end(pace.deltas()),
            Pace::Asks => turn.ask(),
            Pace::Silent | Pace::Half => {}
        }
        turn.send();
        if turn.far_end.with(&turn.session, |session| session.busy) {
            turn.far_end.held.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Turn {
    fn begin(&mut self, text: &Value) {
        self.far_end.with(&self.session, |session| session.busy = true);
        let (session, user, now) = (&self.session, &self.user, now());
        let info = format!(
            r#"{{"id":"{user}","sessionID":"{session}","role":"user","time":{{"created":{now}}},"agent":"build","model":{{"providerID":"lab","modelID":"model-x"}}}}"#
        );
        self.message(&self.user.clone(), &info);
        let part = self.far_end.ids.ascending("prt");
        let body = format!(
            r#"{{"id":"{part}","sessionID":"{}","messageID":"{}","type":"text","text":{text}}}"#,
            self.session, self.user
        );
        self.part(&part, &body);
        self.status("busy");
        self.message(&self.answer.clone(), &self.info(""));
        self.status("busy");
        if self.far_end.pace != Pace::Silent {
            self.whole(&self.far_end.ids.ascending("prt"), r#""type":"step-start","snapshot":"6f0a1b""#);
            self.whole(&self.text.clone(), &format!(r#""type":"text","text":"","time":{{"start":{now}}}"#));
        }
    }

    async fn say(&mut self, pace: Pace) {
        let mut ticks = match pace {
            Pace::Every(millis) => Some(tokio::time::interval(Duration::from_millis(millis))),
            _ => None,
        };
        for number in 1..=pace.deltas() {
            let rest = format!(
                r#""sessionID":"{}","messageID":"{}","partID":"{}","field":"text","delta":"{DELTA}""#,
                self.session, self.answer, self.text
            );
            self.event("message.part.delta", &rest);
            if let Some(ticks) = &mut ticks {
                self.send();
                ticks.tick().await;
            } else if number % BURST == 0 {
                self.send();
                tokio::task::yield_now().await;
            }
        }
    }

    fn end(&mut self, deltas: usize) {
        let (text, now) = (DELTA.repeat(deltas), now());
        let rest = format!(r#""type":"text","text":"{text}","time":{{"start":{now},"end":{now}}}"#);
        self.whole(&self.text.clone(), &rest);
        let rest = format!(r#""type":"step-finish","reason":"stop","snapshot":"6f0a1b",{TOKENS}"#);
        self.whole(&self.far_end.ids.ascending("prt"), &rest);
        self.message(&self.answer.clone(), &self.info(&format!(r#","completed":{now}"#)));
        self.status("busy");
        // What is asked at the idle is answered from what is stored by then.
        self.far_end.with(&self.session, |session| session.busy = false);
        self.status("idle");
        self.event("session.idle", &format!(r#""sessionID":"{}""#, self.session));
    }

    fn ask(&mut self) {
        let rest = format!(
            r#""id":"{}","sessionID":"{}","permission":"bash","patterns":["make"],"metadata":{{"command":"make"}},"always":["make *"]"#,
            self.far_end.ids.ascending("per"),
            self.session
        );
        self.far_end.with(&self.session, |session| session.asks = Some(format!("{{{rest}}}")));
        self.event("permission.asked", &rest);
    }

    /// The answer's record; with `completed` it is finished.
    fn info(&self, completed: &str) -> String {
        let (session, user, answer, directory, now) =
            (&self.session, &self.user, &self.answer, &self.directory, now());
        let finish = if completed.is_empty() { "" } else { r#","finish":"stop""# };
        format!(
            r#"{{"id":"{answer}","sessionID":"{session}","role":"assistant","parentID":"{user}","modelID":"model-x","providerID":"lab","mode":"build","agent":"build","path":{{"cwd":"{directory}","root":"{directory}"}},"time":{{"created":{now}{completed}}},{TOKENS}{finish}}}"#
        )
    }

    fn status(&mut self, status: &str) {
        let rest = format!(r#""sessionID":"{}","status":{{"type":"{status}"}}"#, self.session);
        self.event("session.status", &rest);
    }

    /// Stores a message and tells of it.
    fn message(&mut self, id: &str, info: &str) {
        self.far_end.with(&self.session, |session| session.store_message(id, info));
        self.durable("message.updated", &format!(r#""sessionID":"{}","info":{info}"#, self.session));
    }

    /// Stores a part of the answer and tells of it.
    fn whole(&mut self, id: &str, rest: &str) {
        let body =
            format!(r#"{{"id":"{id}","sessionID":"{}","messageID":"{}",{rest}}}"#, self.session, self.answer);
        self.part(id, &body);
    }

    fn part(&mut self, id: &str, body: &str) {
        self.far_end.with(&self.session, |session| session.store_part(id, body));
        let rest = format!(r#""sessionID":"{}","part":{body},"time":{}"#, self.session, now());
        self.durable("message.part.updated", &rest);
    }

    /// An event that the server keeps comes a second time, as a record with a number; not to those who hear of one
    /// directory.
    fn durable(&mut self, kind: &str, properties: &str) {
        let id = self.event(kind, properties);
        let seq = self.far_end.with(&self.session, |session| {
            session.seq += 1;
            session.seq - 1
        });
        let session = &self.session;
        let record = format!(
            r#"{{"type":"sync","id":"{id}","syncEvent":{{"id":"{id}","type":"{kind}.1","seq":{seq},"aggregateID":"{session}","data":{{{properties}}}}}}}"#
        );
        self.envelope(&record);
    }

    fn event(&mut self, kind: &str, properties: &str) -> String {
        let id = self.far_end.ids.ascending("evt");
        let payload = format!(r#"{{"id":"{id}","type":"{kind}","properties":{{{properties}}}}}"#);
        self.envelope(&payload);
        if self.here.is_heard() {
            self.plain.extend(frame(&payload));
        }
        id
    }

    fn envelope(&mut self, payload: &str) {
        if self.far_end.all.is_heard() {
            let directory = &self.directory;
            let data = format!(r#"{{"directory":"{directory}","project":"5ca1ab1e","payload":{payload}}}"#);
            self.frames.extend(frame(&data));
        }
    }

    fn send(&mut self) {
        for (stream, frames) in [(&self.far_end.all, &mut self.frames), (&*self.here, &mut self.plain)] {
            if !frames.is_empty() {
                stream.tell(std::mem::take(frames));
            }
        }
    }
}
