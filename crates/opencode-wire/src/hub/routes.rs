//! Which listeners want which sessions.

use std::collections::HashMap;
use std::sync::Arc;

use super::GapReason;
use super::queue::{Queue, Word};
use crate::ids::SessionId;

/// A listener's number, unique within a hub.
pub(super) type ListenerId = u64;

/// Who listens to what.
///
/// Invariant: every listener in `sessions` is in `queues`, and knows its sessions in `wants`.
#[derive(Debug, Default)]
pub(super) struct Routes {
    sessions: HashMap<SessionId, Vec<ListenerId>>,
    queues: HashMap<ListenerId, Route>,
    /// Those who want every event.
    all: Vec<ListenerId>,
    /// Those who were given something since they were last woken, so that waking costs nothing for the others.
    touched: Vec<ListenerId>,
}

/// One listener.
#[derive(Debug)]
pub(super) struct Route {
    queue: Arc<Queue>,
    sessions: Vec<SessionId>,
    /// The directory it is about, where that is known.
    directory: Option<String>,
    /// Has been given something since it was last woken.
    touched: bool,
}

impl Routes {
    pub(super) fn add(
        &mut self,
        id: ListenerId,
        queue: Arc<Queue>,
        session: Option<SessionId>,
        directory: Option<String>,
    ) {
        self.queues.insert(id, Route { queue, sessions: Vec::new(), directory, touched: false });
        match session {
            Some(session) => self.want(id, session),
            None => self.all.push(id),
        }
    }

    /// Takes a listener over from another stream.
    pub(super) fn adopt(&mut self, id: ListenerId, route: Route) {
        let sessions = route.sessions.clone();
        self.queues.insert(id, Route { sessions: Vec::new(), touched: false, ..route });
        if sessions.is_empty() {
            self.all.push(id);
        }
        for session in sessions {
            self.want(id, session);
        }
    }

    /// Gives all listeners away.
    pub(super) fn into_routes(self) -> impl Iterator<Item = (ListenerId, Route)> {
        self.queues.into_iter()
    }

    /// Adds a session to those that a listener wants.
    pub(super) fn want(&mut self, id: ListenerId, session: SessionId) {
        let Some(route) = self.queues.get_mut(&id) else { return };
        if !route.sessions.contains(&session) {
            route.sessions.push(session.clone());
            self.sessions.entry(session).or_default().push(id);
        }
    }

    pub(super) fn remove(&mut self, id: ListenerId) {
        let Some(route) = self.queues.remove(&id) else { return };
        self.all.retain(|listener| *listener != id);
        for session in route.sessions {
            if let Some(listeners) = self.sessions.get_mut(&session) {
                listeners.retain(|listener| *listener != id);
                if listeners.is_empty() {
                    self.sessions.remove(&session);
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queues.is_empty()
    }

    pub(super) fn is_wanted(&self, session: &str) -> bool {
        self.sessions.contains_key(session)
    }

    /// Gives a frame to everybody who wants its session. A child's listeners are those of its parent.
    pub(super) fn deliver(&mut self, session: Option<&str>, parent: Option<&str>, frame: &[u8]) {
        if let (Some(session), Some(parent)) = (session, parent) {
            for id in self.sessions.get(parent).cloned().unwrap_or_default() {
                self.want(id, SessionId::from_wire(session));
            }
        }
        let wanted = session.and_then(|session| self.sessions.get(session));
        for id in wanted.into_iter().flatten() {
            give_frame(&mut self.queues, &mut self.touched, *id, frame);
        }
    }

    /// Gives a frame to those who want every event.
    pub(super) fn deliver_to_all(&mut self, frame: &[u8]) {
        for id in &self.all {
            give_frame(&mut self.queues, &mut self.touched, *id, frame);
        }
    }

    pub(super) fn has_listener_to_all(&self) -> bool {
        !self.all.is_empty()
    }

    /// Tells one listener that the stream is live.
    pub(super) fn tell_live_to(&mut self, id: ListenerId) {
        give(&mut self.queues, &mut self.touched, id, Word::Live);
    }

    /// Tells everybody.
    pub(super) fn tell(&mut self, word: &Word) {
        for id in self.ids() {
            give(&mut self.queues, &mut self.touched, id, word.clone());
        }
    }

    /// Tells everybody in a directory that events are missing, although the stream is live; everybody, if it is not
    /// known which directory.
    pub(super) fn tell_gap_within(&mut self, directory: Option<&str>, reason: GapReason) {
        let is_within = |route: &Route| match (directory, &route.directory) {
            (Some(directory), Some(listened)) => directory == listened,
            _ => true,
        };
        let ids: Vec<_> =
            self.queues.iter().filter(|(_, route)| is_within(route)).map(|(id, _)| *id).collect();
        for id in ids {
            give(&mut self.queues, &mut self.touched, id, Word::Gap(reason));
            give(&mut self.queues, &mut self.touched, id, Word::Live);
        }
    }

    /// Tells those who want a session that events of it are missing, although the stream is live.
    pub(super) fn tell_gap_in(&mut self, session: &str, reason: GapReason) {
        for id in self.sessions.get(session).into_iter().flatten() {
            give(&mut self.queues, &mut self.touched, *id, Word::Gap(reason));
            give(&mut self.queues, &mut self.touched, *id, Word::Live);
        }
    }

    /// Wakes everybody who was given something; tells whether one of them falls behind.
    pub(super) fn wake(&mut self) -> bool {
        let mut falls_behind = false;
        for id in self.touched.drain(..) {
            if let Some(route) = self.queues.get_mut(&id) {
                route.touched = false;
                falls_behind |= route.queue.wake();
            }
        }
        falls_behind
    }

    fn ids(&self) -> Vec<ListenerId> {
        self.queues.keys().copied().collect()
    }
}

impl Route {
    fn touch(&mut self, id: ListenerId, touched: &mut Vec<ListenerId>) {
        if !std::mem::replace(&mut self.touched, true) {
            touched.push(id);
        }
    }

    pub(super) fn directory(&self) -> Option<&str> {
        self.directory.as_deref()
    }
}

fn give(queues: &mut HashMap<ListenerId, Route>, touched: &mut Vec<ListenerId>, id: ListenerId, word: Word) {
    if let Some(route) = queues.get_mut(&id) {
        route.queue.push(word);
        route.touch(id, touched);
    }
}

fn give_frame(
    queues: &mut HashMap<ListenerId, Route>,
    touched: &mut Vec<ListenerId>,
    id: ListenerId,
    frame: &[u8],
) {
    if let Some(route) = queues.get_mut(&id) {
        route.queue.push_frame(frame);
        route.touch(id, touched);
    }
}
