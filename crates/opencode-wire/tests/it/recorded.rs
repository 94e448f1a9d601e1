//! Replies and endings of the turns that a real server was recorded with.
//!
//! Each snapshot is what a client makes of a recording: read it beside the recording when it changes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use opencode_testkit::fixtures;
use opencode_wire::event::EventKind;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::{Json, StoredMessage};
use opencode_wire::reply::{Change, ChangeKind, Reply};
use opencode_wire::turn::{Action, Ending, FollowPolicy, Follower, Input, Loss};
use serde_json::Value;

use super::decoded::{Decoded, decoded};
use super::mirror::Mirror;
use super::telling::{first_line, notation};

/// The recording of a server that was killed, and was started again afterwards.
const KILLED: &str = "15a-kill9-mid-text.event.sse";

/// A recorded request with its answer, in the server's own notation.
#[derive(serde::Deserialize)]
struct Request {
    method: String,
    path: String,
    response: Option<Json>,
}

/// What a server answered last when it was asked for the messages of a session.
fn stored(name: &str, session_id: &SessionId) -> Option<Vec<StoredMessage>> {
    let capture = name.split('.').next().unwrap();
    let path = fixtures::recordings().join(format!("{capture}.http.json"));
    let requests: Vec<Request> = serde_json::from_slice(&std::fs::read(path).ok()?).unwrap();
    let path = format!("/session/{session_id}/message");
    let is_list =
        |request: &&Request| request.method == "GET" && request.path.split('?').next() == Some(&path);
    let lists = requests.iter().filter(is_list).rev();
    lists.filter_map(|request| serde_json::from_str(request.response.as_ref()?.as_str()).ok()).next()
}

/// When an id was made, in milliseconds since some day in the past.
fn time_of(id: &str) -> Duration {
    let digits = id.split_once('_').unwrap().1.get(..12).unwrap();
    Duration::from_millis(u64::from_str_radix(digits, 16).unwrap() >> 12)
}

/// A follower of a recorded turn, and the server that it asks.
struct Following {
    follower: Follower,
    mirror: Mirror,
    /// What the server answered to another client in the end.
    stored: Option<Vec<StoredMessage>>,
    changes: Vec<Change>,
}

impl Following {
    fn tell(&mut self, now: Duration, input: &Input<'_>) {
        self.changes.extend(self.follower.handle(now, input));
        while let Some(action) = self.follower.next_action() {
            match action {
                Action::Fetch => {
                    let mut snapshot = self.mirror.snapshot(self.follower.reply());
                    if let Some(stored) = &self.stored {
                        let from = self.follower.reply().message_id();
                        let stored = stored.iter().filter(|message| message.info.id >= *from);
                        snapshot.exchanges[0].messages = stored.cloned().collect();
                    }
                    self.changes.extend(self.follower.handle(now, &Input::Fetched(&snapshot)));
                }
                Action::Abort(_) => {
                    assert_eq!(self.follower.ending(), Some(&Ending::Lost(Loss::SessionGone)))
                }
                _ => {}
            }
        }
    }

    fn wait(&mut self, until: Duration) {
        while let Some(at) = self.follower.wake_at().filter(|at| *at <= until) {
            self.tell(at, &Input::Tick);
        }
    }
}

/// Follows a turn over a recording from its prompt on, at the pace of the server, whose memory is as it was at each
/// point; after the last event the server answers as it was recorded to have answered.
fn follow(recording: &Decoded, session_id: &SessionId, prompt: &MessageId) -> Following {
    let reply = Reply::new(session_id.clone(), prompt.clone());
    let follower = Follower::new(reply, FollowPolicy::default());
    let mut following = Following { follower, mirror: Mirror::default(), stored: None, changes: Vec::new() };
    let begin = time_of(prompt.as_str());
    let mut now = begin;
    following.tell(now, &Input::Live);
    for event in &recording.events {
        let time = event.id.as_ref().map_or(now, |id| time_of(id.as_str()));
        now = now.max(time);
        following.wait(now);
        following.mirror.take(event);
        if time < begin {
            continue;
        }
        following.tell(now, &Input::Event(event));
        let is_prompt = matches!(&event.kind, EventKind::MessageUpdated(told) if told.info.id == *prompt);
        if is_prompt {
            following.tell(now, &Input::PromptAccepted);
        }
    }
    let stored = stored(&recording.name, session_id);
    following.stored = stored.filter(|stored| stored.iter().any(|message| message.info.id == *prompt));
    if recording.name == KILLED {
        following.mirror.statuses.clear();
        following.tell(now, &Input::Gap);
        following.tell(now, &Input::Live);
    }
    if following.mirror.statuses.is_empty() {
        following.wait(Duration::MAX);
    }
    following
}

/// Writes down a reply so that people can read it.
fn describe(reply: &Reply, changes: &[Change], ending: Option<&Ending>) -> String {
    let mut out = String::new();
    let ending = ending.map_or_else(|| "none: the recording stops before".to_owned(), ToString::to_string);
    let _ = writeln!(out, "{} in {}", reply.message_id(), reply.session_id());
    let _ = writeln!(out, "ending: {}\ntext: {:?}", first_line(&ending), reply.text());
    if !reply.reasoning().is_empty() {
        let _ = writeln!(out, "reasoning: {:?}", reply.reasoning());
    }
    let _ = writeln!(out, "usage: {} in {} steps", reply.usage(), reply.usage().steps);
    for todo in reply.todos() {
        let _ = writeln!(out, "todo: {} {}", todo.status, todo.content);
    }
    for (session_id, error) in reply.errors() {
        let _ = writeln!(out, "error: {session_id} {}: {}", error.name, first_line(&error.data.message));
    }
    if !reply.files().is_empty() {
        let _ = writeln!(out, "files: {}", reply.files().join(", "));
    }
    if let Some(structured) = reply.structured() {
        let _ = writeln!(out, "structured: {}", structured.as_str());
    }
    let _ = writeln!(out, "changes:");
    let mut lines: Vec<(String, usize)> = Vec::new();
    for change in changes {
        let grows = matches!(change.kind, ChangeKind::Text { .. } | ChangeKind::Reasoning { .. });
        let line = match (&change.kind, change.session_id == *reply.session_id()) {
            (ChangeKind::Text { part_id, .. }, _) => format!("{part_id} +"),
            (ChangeKind::Reasoning { part_id, .. }, _) => format!("{part_id} ~"),
            (_, true) => notation(change),
            (_, false) => format!("{}: {}", change.session_id, notation(change)),
        };
        match lines.last_mut() {
            Some((last, count)) if grows && *last == line => *count += 1,
            _ => lines.push((line, 1)),
        }
    }
    for (line, count) in lines {
        let times = if count > 1 { format!(" ({count} times)") } else { String::new() };
        let _ = writeln!(out, "  {line}{times}");
    }
    let _ = writeln!(out, "parts:");
    for part in reply.canonical_parts() {
        let _ = writeln!(out, "  {part}");
    }
    rename(&out)
}

/// Gives ids short names, in the order in which they appear.
fn rename(text: &str) -> String {
    let mut names: HashMap<&str, String> = HashMap::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['s', 'm', 'p', 'q']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(from.len());
        let (word, after) = from.split_at(length.max(1));
        let prefix = word.get(..4).filter(|_| word.len() == 30);
        match prefix.filter(|prefix| ["ses_", "msg_", "prt_", "per_", "que_"].contains(prefix)) {
            Some(prefix) => {
                let name = names.entry(word).or_insert_with(|| {
                    let count = counts.entry(prefix).or_default();
                    *count += 1;
                    format!("{prefix}{count}")
                });
                out.push_str(name);
            }
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn check(recording: &Decoded) -> usize {
    let capture = recording.name.trim_end_matches(".sse");
    let prompts = recording.prompts();
    for (number, (session_id, prompt)) in prompts.iter().enumerate() {
        let following = follow(recording, session_id, prompt);
        let described = describe(following.follower.reply(), &following.changes, following.follower.ending());
        let suffix = if prompts.len() > 1 { format!("-{}", number + 1) } else { String::new() };
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = format!("{}{suffix}", capture.replace(".event", ""));
        settings.bind(|| insta::assert_snapshot!(name, described));
    }
    prompts.len()
}

#[test]
fn every_recorded_turn() {
    let turns: usize = decoded(".event").iter().map(check).sum();
    assert!(turns >= 55, "only {turns} turns were found");
}

/// Both streams tell the same turn. The global one also carries each stored event a second time.
#[test]
fn both_streams_give_the_same_reply() {
    let plain = decoded(".event.sse");
    let mut count = 0;
    for global in decoded(".global.sse") {
        let capture = global.name.trim_end_matches(".global.sse");
        let plain = plain.iter().find(|plain| plain.name.trim_end_matches(".event.sse") == capture);
        let Some(plain) = plain else { continue };
        if !Mirror::of(&plain.events).statuses.is_empty() {
            // Cut by the disposal of its directory, which the global stream survives.
            continue;
        }
        for (session_id, prompt) in plain.prompts() {
            let [one, other] = [plain, &global].map(|stream| {
                let mut reply = Reply::new(session_id.clone(), prompt.clone());
                let changes: Vec<_> = stream.events.iter().flat_map(|event| reply.apply(event)).collect();
                describe(&reply, &changes, None)
            });
            assert_eq!(one, other, "{capture}");
            count += 1;
        }
    }
    assert!(count >= 12, "only {count} turns were compared");
}

/// What is stored in the end is what the events told: the mirror that other tests ask instead of a server is true.
#[test]
fn the_mirror_is_the_server() {
    let mut count = 0;
    for recording in decoded(".event.sse") {
        let mirror = Mirror::of(&recording.events);
        if !mirror.statuses.is_empty() {
            // The recording stops in the middle of a turn.
            continue;
        }
        for (session_id, prompt) in recording.prompts() {
            let Some(mut stored) = stored(&recording.name, &session_id) else { continue };
            stored.retain(|message| message.info.id >= prompt && message.info.is_completed());
            let mut mirrored = mirror.messages(&session_id, &prompt);
            // The question may have been asked before the last turn.
            mirrored.retain(|message| stored.iter().any(|stored| stored.info.id == message.info.id));
            let answers = |messages: &[StoredMessage]| -> Vec<Value> {
                let parts = messages.iter().flat_map(|message| &message.parts);
                parts.map(|part| serde_json::to_value(part).unwrap()).collect()
            };
            assert_eq!(answers(&mirrored), answers(&stored), "{}", recording.name);
            count += stored.len();
        }
    }
    assert!(count >= 30, "only {count} answers were compared");
}
