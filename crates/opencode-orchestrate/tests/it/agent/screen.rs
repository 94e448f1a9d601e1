//! What a person sees of the events of a turn.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opencode_orchestrate::agent::{AgentEvent, AgentEventKind, EventSink, ToolSnapshot};
use tokio::sync::Notify;

/// Puts the events of a turn together, as a page would.
#[derive(Default)]
pub(super) struct Screen {
    events: Mutex<Vec<AgentEvent>>,
    changed: Notify,
}

impl Screen {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn sink(self: &Arc<Self>) -> EventSink {
        let screen = Arc::clone(self);
        Arc::new(move |event| {
            screen.events.lock().unwrap().push(event);
            screen.changed.notify_waiters();
        })
    }

    pub(super) fn events(&self) -> Vec<AgentEvent> {
        self.events.lock().unwrap().clone()
    }

    /// The texts, in the order in which they came.
    pub(super) fn text(&self) -> String {
        let mut texts: Vec<(String, String)> = Vec::new();
        for event in self.events() {
            match event.kind {
                AgentEventKind::Text { part, delta } => match texts.iter_mut().find(|(id, _)| *id == part) {
                    Some((_, text)) => text.push_str(&delta),
                    None => texts.push((part, delta)),
                },
                AgentEventKind::TextReplaced { part, text } => {
                    texts.retain(|(id, _)| *id != part);
                    texts.push((part, text));
                }
                AgentEventKind::PartRemoved { part } => texts.retain(|(id, _)| *id != part),
                _ => {}
            }
        }
        texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n")
    }

    /// The calls of tools, as they were told last.
    pub(super) fn tools(&self) -> BTreeMap<String, ToolSnapshot> {
        let mut tools = BTreeMap::new();
        for event in self.events() {
            if let AgentEventKind::ToolCall(tool) | AgentEventKind::ToolUpdate(tool) = event.kind {
                tools.insert(tool.id.clone(), *tool);
            }
        }
        tools
    }

    /// Waits until something was told.
    pub(super) async fn until<T>(&self, find: impl Fn(&AgentEventKind) -> Option<T> + Send + Sync) -> T {
        let found = async {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(found) = self.events().iter().find_map(|event| find(&event.kind)) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(super::HANGS_AFTER, found).await.expect("it is not told")
    }
}
