//! Turns that a real server was recorded with, in the words of any agent.
//!
//! Each snapshot is what a host sends to a browser: read it beside the recording when it changes.

use std::collections::{BTreeMap, BTreeSet};

use opencode_orchestrate::agent::transform::{Redact, StripTags, Transforms};
use opencode_orchestrate::agent::{AgentEvent, AgentEventKind, EventMapper, Origin, UsageLedger};
use opencode_testkit::fixtures::{self, Fixture};
use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::reply::{Change, Reply};

/// A recorded stream with the prompts that are answered in it.
struct Recording {
    name: String,
    events: Vec<Event>,
    /// In the order in which they were told, those of sub-agents too.
    prompts: Vec<(SessionId, MessageId)>,
}

fn recordings() -> Vec<Recording> {
    let fixtures = Fixture::load_all(fixtures::recordings()).unwrap().into_iter();
    let recordings = fixtures.filter(|fixture| fixture.name().ends_with(".event")).map(|fixture| {
        let events: Vec<_> =
            fixture.data().unwrap().iter().map(|frame| Event::decode(frame.as_bytes()).unwrap()).collect();
        let mut prompts = Vec::new();
        for event in &events {
            if let EventKind::MessageUpdated(told) = &event.kind
                && told.info.role.as_str() == "user"
            {
                let prompt = (told.info.session_id.clone(), told.info.id.clone());
                if !prompts.contains(&prompt) {
                    prompts.push(prompt);
                }
            }
        }
        let name = fixture.name().trim_end_matches(".event").to_owned();
        Recording { name, events, prompts }
    });
    recordings.collect()
}

/// How the changes of a turn come to whoever maps them.
#[derive(Clone, Copy)]
enum Pace {
    /// Each with the reply as it was then.
    AtOnce,
    /// All of them when the turn is over.
    Late,
    /// Every third goes missing.
    Gappy,
}

/// A turn as its reply is in the end, and what was told of it.
fn follow(
    recording: &Recording,
    (session_id, prompt): &(SessionId, MessageId),
    pace: Pace,
    transforms: Transforms,
) -> (Reply, Vec<AgentEvent>) {
    let mut reply = Reply::new(session_id.clone(), prompt.clone());
    let mut mapper = EventMapper::new(transforms);
    let (mut told, mut late): (_, Vec<Change>) = (Vec::new(), Vec::new());
    for event in &recording.events {
        for change in reply.apply(event) {
            match pace {
                Pace::Late => late.push(change),
                Pace::Gappy if change.seq % 3 == 0 => {}
                Pace::AtOnce | Pace::Gappy => told.extend(mapper.map(&change, &reply)),
            }
        }
    }
    for change in &late {
        told.extend(mapper.map(change, &reply));
    }
    told.extend(mapper.finish(&reply));
    assert_eq!(mapper.finish(&reply).count(), 0, "{}", recording.name);
    (reply, told)
}

/// What somebody sees who knows nothing but the events.
#[derive(Default)]
struct Screen {
    texts: BTreeMap<String, String>,
    thoughts: BTreeMap<String, String>,
    /// Whether each call is open.
    calls: BTreeMap<String, bool>,
    asked: BTreeSet<String>,
    idle: bool,
    usage: UsageLedger,
}

impl Screen {
    fn of(events: &[AgentEvent], origin: &Origin) -> Self {
        let mut screen = Self::default();
        for event in events.iter().filter(|event| event.origin == *origin) {
            screen.take(event);
        }
        screen
    }

    fn take(&mut self, event: &AgentEvent) {
        self.usage.note("turn", event);
        match &event.kind {
            AgentEventKind::Text { part, delta } => {
                assert!(!delta.is_empty());
                self.texts.entry(part.clone()).or_default().push_str(delta);
            }
            AgentEventKind::Reasoning { part, delta } => {
                self.thoughts.entry(part.clone()).or_default().push_str(delta);
            }
            AgentEventKind::TextReplaced { part, text } => self.texts.get_mut(part).unwrap().clone_from(text),
            AgentEventKind::ReasoningReplaced { part, text } => {
                self.thoughts.get_mut(part).unwrap().clone_from(text);
            }
            AgentEventKind::PartRemoved { part } => {
                let texts = [self.texts.remove(part), self.thoughts.remove(part)];
                let was_call = self.calls.remove(part).is_some();
                assert!(was_call || texts.iter().any(Option::is_some), "{part} was never told");
            }
            AgentEventKind::ToolCall(call) | AgentEventKind::ToolUpdate(call) => {
                let is_new = self.calls.insert(call.id.clone(), !call.status.is_terminal()).is_none();
                assert_eq!(is_new, matches!(event.kind, AgentEventKind::ToolCall(_)), "{}", call.id);
            }
            AgentEventKind::Asked(request) => assert!(self.asked.insert(request.id.clone())),
            AgentEventKind::Answered { request } => assert!(self.asked.remove(request)),
            AgentEventKind::Status(status) => {
                self.idle = serde_json::to_value(status).unwrap()["status"] == "idle";
            }
            _ => {}
        }
    }
}

fn joined(texts: &BTreeMap<String, String>) -> String {
    let texts: Vec<_> = texts.values().map(String::as_str).filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[test]
fn b14_every_recorded_turn_is_told_once_however_its_changes_come() {
    let (mut turns, mut texts, mut sub_agents) = (0, 0, 0);
    for recording in recordings() {
        for prompt in &recording.prompts {
            for pace in [Pace::AtOnce, Pace::Late, Pace::Gappy] {
                let (reply, events) = follow(&recording, prompt, pace, Transforms::new());
                let screen = Screen::of(&events, &Origin::Prompted);
                assert_eq!(joined(&screen.texts), reply.text(), "{}", recording.name);
                assert_eq!(joined(&screen.thoughts), reply.reasoning(), "{}", recording.name);
                assert!(
                    screen.calls.values().all(|is_open| !is_open) && screen.asked.is_empty() && screen.idle
                );
                let mut everything = UsageLedger::new();
                events.iter().for_each(|event| everything.note("turn", event));
                let (told, known) = (everything.total().input, reply.usage().input);
                // What was used stays used, also when the message is taken back.
                let was_reverted =
                    recording.events.iter().any(|event| matches!(event.kind, EventKind::MessageRemoved(_)));
                assert!(told == known || was_reverted && told > known, "{}", recording.name);
                texts += usize::from(!reply.text().is_empty());
                sub_agents += reply.sessions().len() - 1;
            }
            turns += 1;
        }
    }
    assert!(turns >= 55 && texts >= 120 && sub_agents >= 3, "{turns}, {texts}, {sub_agents}");
}

#[test]
fn every_recorded_turn_says_the_same_through_transforms_that_find_nothing() {
    let transforms = || {
        Transforms::new()
            .with_text(|| Box::new(StripTags::new(["dcp-message-id"])))
            .with_text(|| Box::new(Redact::new(["Parent finished, and more", "no such secret"])))
            .with_reasoning(|| Box::new(Redact::new(["think about something else"])))
    };
    for recording in recordings() {
        for prompt in &recording.prompts {
            let (reply, events) = follow(&recording, prompt, Pace::AtOnce, transforms());
            let screen = Screen::of(&events, &Origin::Prompted);
            assert_eq!(joined(&screen.texts), reply.text(), "{}", recording.name);
            assert_eq!(joined(&screen.thoughts), reply.reasoning(), "{}", recording.name);
        }
    }
}

#[test]
fn an_event_is_read_back() {
    for recording in recordings() {
        for prompt in &recording.prompts {
            let (_, events) = follow(&recording, prompt, Pace::AtOnce, Transforms::new());
            for event in events {
                let frame = serde_json::to_string(&event).unwrap();
                assert_eq!(serde_json::from_str::<AgentEvent>(&frame).unwrap(), event, "{frame}");
            }
        }
    }
}

#[test]
fn recorded_turns_as_frames() {
    let names = [
        "02-reasoning-text",
        "03-tool-write",
        "04-bash-permission-once",
        "05-question-reply",
        "07-subagent-task",
        "08b-abort-mid-bash",
        "09e-retry-429",
    ];
    let recordings = recordings();
    for name in names {
        let recording = recordings.iter().find(|recording| recording.name == name).unwrap();
        let prompt = recording.prompts.first().unwrap();
        let (_, events) = follow(recording, prompt, Pace::AtOnce, Transforms::new());
        let frames: Vec<_> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("agent-{name}"), frames.join("\n")));
    }
}
