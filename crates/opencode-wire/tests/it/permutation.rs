//! Recorded turns in other orders, with repetitions and with gaps: the reply is the same.

use std::collections::HashMap;

use opencode_wire::event::{Event, EventKind};
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::{PartKind, Role, SessionStatus};
use opencode_wire::reply::Reply;
use opencode_wire::sse::{Item, Limits, Parser};
use proptest::prelude::*;
use proptest::sample::Index;

use super::checked::{Checked, View};
use super::decoded::decoded;
use super::events::recordings;
use super::mirror::Mirror;

/// A turn that was recorded to its end.
#[derive(Clone)]
struct Turn {
    name: String,
    session_id: SessionId,
    prompt: MessageId,
    events: Vec<Event>,
    end: Mirror,
}

thread_local! {
    static TURNS: Vec<Turn> = turns();
}

fn turns() -> Vec<Turn> {
    let mut turns = Vec::new();
    for recording in decoded(".event.sse") {
        let end = Mirror::of(&recording.events);
        for (session_id, prompt) in recording.prompts() {
            let messages = end.messages(&session_id, &prompt);
            let is_whole =
                messages.iter().all(|message| message.info.role == Role::User || message.info.is_completed());
            // Some turns were reverted afterwards: nothing that can be asked for tells that.
            let is_kept = !recording.events.iter().any(|event| {
                matches!(&event.kind, EventKind::MessageRemoved(told)
                    if told.session_id == session_id && told.message_id >= prompt)
            });
            if is_whole && is_kept && end.statuses.is_empty() {
                let (name, events) = (recording.name.clone(), recording.events.clone());
                turns.push(Turn { name, session_id, prompt, events, end: end.clone() });
            }
        }
    }
    assert!(turns.len() > 40, "only {} turns were found", turns.len());
    turns
}

impl Turn {
    /// The turn without what people did afterwards, which a follower does not hear any more.
    fn alone(mut self) -> Self {
        let mut seen = Mirror::default();
        let end = self.events.iter().position(|event| {
            seen.take(event);
            let messages = seen.messages(&self.session_id, &self.prompt);
            let is_over = messages.len() > 1
                && messages
                    .iter()
                    .all(|message| message.info.role == Role::User || message.info.is_completed());
            is_over
                && matches!(&event.kind, EventKind::SessionIdle(session_id) if *session_id == self.session_id)
        });
        // A turn without an answer has no end that could be told from its beginning.
        self.events.truncate(end.map_or(usize::MAX, |end| end + 1));
        self.end = seen;
        self
    }
}

fn pick(which: &Index) -> Turn {
    TURNS.with(|turns| which.get(turns).clone())
}

fn new(turn: &Turn) -> Checked {
    Checked::new(Reply::new(turn.session_id.clone(), turn.prompt.clone()))
}

fn uninterrupted(turn: &Turn) -> View {
    new(turn).apply_all(&turn.events).end(&turn.end).view()
}

/// What an event is about: events about the same thing keep their order.
fn subject(event: &Event) -> String {
    match &event.kind {
        EventKind::PartDelta(told) => told.part_id.to_string(),
        EventKind::PartUpdated(told) => told.part.id.to_string(),
        EventKind::PartRemoved(told) => told.part_id.to_string(),
        EventKind::MessageUpdated(told) => told.info.id.to_string(),
        EventKind::MessageRemoved(told) => told.message_id.to_string(),
        EventKind::PermissionAsked(request) => request.id.to_string(),
        EventKind::PermissionReplied(replied) => replied.request_id.to_string(),
        EventKind::QuestionAsked(request) => request.id.to_string(),
        EventKind::QuestionReplied(replied) => replied.request_id.to_string(),
        EventKind::QuestionRejected(rejected) => rejected.request_id.to_string(),
        EventKind::TodoUpdated(told) => format!("todos of {}", told.session_id),
        kind => format!("session {:?}", kind.session_id()),
    }
}

/// Events that everything else stays before or behind: a call begins a sub-agent, a retry takes back what was said
/// before it, a removal what was told.
fn is_fixed(event: &Event) -> bool {
    match &event.kind {
        EventKind::SessionCreated(_) | EventKind::MessageRemoved(_) | EventKind::PartRemoved(_) => true,
        EventKind::SessionStatus(told) => matches!(told.status, SessionStatus::Retry(_)),
        EventKind::PartUpdated(told) => {
            matches!(&told.part.kind, PartKind::Tool(tool) if tool.tool == "task")
        }
        _ => false,
    }
}

/// Delays each event by a few places.
fn delayed(events: &[Event], delays: &[usize]) -> Vec<Event> {
    let mut last: HashMap<String, usize> = HashMap::new();
    let (mut barrier, mut latest) = (0, 0);
    let mut keyed: Vec<(usize, &Event)> = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let before = last.entry(subject(event)).or_default();
        let mut key = (at + delays[at % delays.len()]).max(*before).max(barrier);
        // Whoever writes has seen what was said before, be it the server.
        let is_new = *before == 0
            && matches!(&event.kind, EventKind::MessageUpdated(told) if told.info.role == Role::User);
        if is_fixed(event) || is_new {
            key = key.max(latest);
            barrier = key;
        }
        *before = key;
        latest = latest.max(key);
        keyed.push((key, event));
    }
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, event)| event.clone()).collect()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn g08_the_order_of_different_things_means_nothing(
        which in any::<Index>(),
        delays in prop::collection::vec(0_usize..14, 1..60),
    ) {
        let turn = pick(&which);
        let events = delayed(&turn.events, &delays);
        // Not settled: the events alone must do it.
        let view = new(&turn).apply_all(&events).view();
        prop_assert_eq!(view, new(&turn).apply_all(&turn.events).view(), "{}", turn.name);
    }

    #[test]
    fn g08_repetitions_mean_nothing(
        which in any::<Index>(),
        repeats in prop::collection::vec(prop::option::of(0_usize..20), 1..60),
    ) {
        let turn = pick(&which);
        let mut keyed = Vec::new();
        for (at, event) in turn.events.iter().enumerate() {
            keyed.push((at, event));
            keyed.extend(repeats[at % repeats.len()].map(|later| (at + later, event)));
        }
        keyed.sort_by_key(|(key, _)| *key);
        let mut checked = new(&turn);
        keyed.into_iter().for_each(|(_, event)| checked.apply(event));
        prop_assert_eq!(checked.view(), new(&turn).apply_all(&turn.events).view(), "{}", turn.name);
    }

    /// The stream breaks, comes back, and the answer to the question how things are is late: what came meanwhile is newer.
    #[test]
    fn g06_a_gap_is_healed(which in any::<Index>(), from in any::<Index>(), to in any::<Index>(), late in 0_usize..12) {
        let turn = pick(&which).alone();
        let length = turn.events.len();
        let (from, to) = (from.index(length + 1), to.index(length + 1));
        let (from, to) = (from.min(to), from.max(to));
        let applied = (to + late).min(length);
        let mut checked = new(&turn);
        checked.apply_all(&turn.events[..from]);
        let changes = checked.reply.mark_gap();
        checked.check(&changes, false);
        let mut snapshot = Mirror::of(&turn.events[..to]).snapshot(&checked.reply);
        if late == 0 {
            // The sessions that an answer names are asked about as well.
            checked.resync(&snapshot);
            snapshot = Mirror::of(&turn.events[..to]).snapshot(&checked.reply);
        }
        checked.apply_all(&turn.events[to..applied]);
        checked.resync(&snapshot);
        checked.apply_all(&turn.events[applied..]);
        prop_assert_eq!(checked.end(&turn.end).view(), uninterrupted(&turn), "{}", turn.name);
    }

    /// What is stored is right, whatever was heard before.
    #[test]
    fn the_end_does_not_depend_on_what_was_heard(which in any::<Index>(), heard in any::<Index>()) {
        let turn = pick(&which);
        let heard = heard.index(turn.events.len() + 1);
        let view = new(&turn).apply_all(&turn.events[..heard]).end(&turn.end).view();
        prop_assert_eq!(view, uninterrupted(&turn), "{} after {}", turn.name, heard);
    }

    #[test]
    fn the_cuts_of_the_stream_mean_nothing(
        which in any::<Index>(),
        cuts in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let turn = pick(&which);
        let recordings = recordings();
        let bytes = &recordings.iter().find(|recording| recording.name == turn.name).unwrap().bytes;
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut parser = Parser::new(Limits::default());
        let mut checked = new(&turn);
        for pair in cuts.windows(2) {
            let mut items = parser.feed(&bytes[pair[0]..pair[1]]);
            while let Some(item) = items.next() {
                if let Item::Frame(frame) = item {
                    checked.apply(&Event::decode(frame.data).unwrap());
                }
            }
        }
        prop_assert_eq!(checked.view(), new(&turn).apply_all(&turn.events).view(), "{}", turn.name);
    }
}
