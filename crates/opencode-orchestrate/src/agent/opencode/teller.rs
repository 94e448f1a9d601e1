//! Tells the events of a turn.

use std::sync::{Mutex, MutexGuard, PoisonError};

use opencode_wire::reply::{Change, Reply};

use crate::agent::transform::{TextTransform as _, Transforms};
use crate::agent::{AgentEvent, AgentEventKind, EventMapper, EventSink, Origin};
use crate::turn::{Listen, SEPARATOR, TurnOutcome};

/// Tells the events of a turn.
pub(super) struct Teller {
    state: Mutex<State>,
    transforms: Transforms,
    events: EventSink,
}

struct State {
    mapper: EventMapper,
    /// Whether the turn was heard to its end.
    is_whole: bool,
    /// Whether it was heard before.
    has_begun: bool,
}

impl Teller {
    pub(super) fn new(transforms: Transforms, events: EventSink) -> Self {
        let mapper = EventMapper::new(transforms.clone());
        let state = State { mapper, is_whole: false, has_begun: false };
        Self { state: Mutex::new(state), transforms, events }
    }

    /// Tells what is stored of a turn that another worker has carried to its end.
    pub(super) fn finish(&self, outcome: &TurnOutcome) {
        if self.state().is_whole {
            return;
        }
        for part in outcome.canonical_parts() {
            let (Some(kind), Some(content)) = (part["type"].as_str(), part["content"].as_str()) else {
                continue;
            };
            let is_reasoning = kind == "reasoning";
            if !is_reasoning && kind != "text" {
                continue;
            }
            let text = transformed(&self.transforms, is_reasoning, content);
            let part = part["id"].as_str().unwrap_or_default().to_owned();
            self.tell(AgentEvent::new(
                Origin::Prompted,
                // Whatever of it was heard before stands in its place.
                if is_reasoning {
                    AgentEventKind::ReasoningReplaced { part, text }
                } else {
                    AgentEventKind::TextReplaced { part, text }
                },
            ));
        }
    }

    fn tell(&self, event: AgentEvent) {
        (self.events)(event);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listen for Teller {
    fn began(&self) {
        let mut state = self.state();
        if std::mem::replace(&mut state.has_begun, true) {
            state.mapper.begin_anew();
        }
    }

    fn heard(&self, change: &Change, reply: &Reply) {
        let events: Vec<AgentEvent> = self.state().mapper.map(change, reply).collect();
        events.into_iter().for_each(|event| self.tell(event));
    }

    fn ended(&self, reply: &Reply) {
        let mut state = self.state();
        state.is_whole = true;
        let events: Vec<AgentEvent> = state.mapper.finish(reply).collect();
        drop(state);
        events.into_iter().for_each(|event| self.tell(event));
    }
}

/// What a turn has said, as those were told who heard it.
pub(super) fn text(outcome: &TurnOutcome, transforms: &Transforms) -> String {
    let texts = outcome.canonical_parts().filter(|part| part["type"] == "text");
    let texts = texts.filter_map(|part| Some(transformed(transforms, false, part["content"].as_str()?)));
    texts.collect::<Vec<_>>().join(SEPARATOR)
}

fn transformed(transforms: &Transforms, is_reasoning: bool, text: &str) -> String {
    let mut shown = String::new();
    let mut chain = transforms.chain(is_reasoning);
    chain.push(text, &mut shown);
    chain.flush(&mut shown);
    shown
}
