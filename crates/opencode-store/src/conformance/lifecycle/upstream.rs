//! A server that does what it is told, and counts.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use opencode_wire::ids::SessionId;
use opencode_wire::model::PermissionRule;
use tokio::sync::{Semaphore, watch};

use crate::conformance::race::soon;
use crate::conformance::steps::upstream_id;
use crate::session::{NewUpstreamSession, SessionPlace, Upstream, UpstreamError};

/// What the server does with a request to make a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Create {
    /// It makes none, and says so.
    Refuse,
    /// It makes one, and the answer is lost.
    LoseAnswer,
    /// It makes one when it is [released](ScriptedUpstream::release), and answers then.
    Hang,
}

/// Calls that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Call {
    Search,
    Abort,
    Delete,
    Permissions,
}

/// Servers that do what they are told, and count. Each knows its own sessions, and no others.
#[derive(Debug)]
pub(super) struct ScriptedUpstream {
    state: Mutex<State>,
    /// How many requests to make a session have come.
    creates: watch::Sender<usize>,
    released: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Create>,
    failing: HashSet<Call>,
    alive: BTreeMap<SessionId, NewUpstreamSession>,
    aborted: Vec<SessionId>,
    deleted: Vec<(SessionId, SessionPlace)>,
    permission_calls: usize,
}

impl Default for ScriptedUpstream {
    fn default() -> Self {
        let (state, creates) = (Mutex::default(), watch::Sender::default());
        Self { state, creates, released: Semaphore::new(0) }
    }
}

impl ScriptedUpstream {
    /// Says what becomes of the next request to make a session; without a word it is granted.
    pub(super) fn next(&self, create: Create) {
        self.state().script.push_back(create);
    }

    /// Lets one request that hangs go on.
    pub(super) fn release(&self) {
        self.released.add_permits(1);
    }

    pub(super) fn fail(&self, call: Call, fails: bool) {
        let mut state = self.state();
        if fails {
            state.failing.insert(call)
        } else {
            state.failing.remove(&call)
        };
    }

    /// Forgets a session, as a server does that lost its disk.
    pub(super) fn lose(&self, id: &SessionId) {
        self.state().alive.remove(id).expect("the server had it");
    }

    pub(super) fn creates(&self) -> usize {
        *self.creates.borrow()
    }

    /// Waits until so many requests to make a session have come.
    pub(super) async fn creates_reach(&self, count: usize) {
        let mut creates = self.creates.subscribe();
        soon("the request to make a session", creates.wait_for(|seen| *seen >= count)).await.unwrap();
    }

    pub(super) fn alive(&self) -> Vec<SessionId> {
        self.state().alive.keys().cloned().collect()
    }

    pub(super) fn aborted(&self) -> Vec<SessionId> {
        self.state().aborted.clone()
    }

    /// Which sessions were deleted, and where.
    pub(super) fn deleted(&self) -> Vec<(SessionId, SessionPlace)> {
        self.state().deleted.clone()
    }

    pub(super) fn permission_calls(&self) -> usize {
        self.state().permission_calls
    }

    /// A session as it is on the server.
    pub(super) fn made(&self, id: &SessionId) -> NewUpstreamSession {
        self.state().alive.get(id).expect("the server has it").clone()
    }

    /// Begins a call about one session, which fails if it was told to, or if the session is not on that server.
    fn call(
        &self,
        call: Call,
        id: &SessionId,
        place: &SessionPlace,
    ) -> Result<MutexGuard<'_, State>, UpstreamError> {
        let state = self.state();
        if state.failing.contains(&call) {
            return Err(UpstreamError::new("as scripted"));
        }
        let is_there = state.alive.get(id).is_some_and(|session| session.place.server == place.server);
        if is_there { Ok(state) } else { Err(UpstreamError::gone("404")) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Upstream for ScriptedUpstream {
    async fn create(&self, session: &NewUpstreamSession) -> Result<SessionId, UpstreamError> {
        let next = self.state().script.pop_front();
        self.creates.send_modify(|count| *count += 1);
        match next {
            Some(Create::Refuse) => return Err(UpstreamError::new("as scripted")),
            Some(Create::Hang) => self.released.acquire().await.map_err(UpstreamError::new)?.forget(),
            Some(Create::LoseAnswer) | None => {}
        }
        let id = upstream_id();
        self.state().alive.insert(id.clone(), session.clone());
        if next == Some(Create::LoseAnswer) { Err(UpstreamError::ambiguous("as scripted")) } else { Ok(id) }
    }

    async fn minted(&self, token: &str, place: &SessionPlace) -> Result<Vec<SessionId>, UpstreamError> {
        let state = self.state();
        if state.failing.contains(&Call::Search) {
            return Err(UpstreamError::new("as scripted"));
        }
        let carries = |session: &NewUpstreamSession| session.token == token && session.place == *place;
        Ok(state.alive.iter().filter(|(_, session)| carries(session)).map(|(id, _)| id.clone()).collect())
    }

    async fn abort(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        self.call(Call::Abort, id, place)?.aborted.push(id.clone());
        Ok(())
    }

    async fn delete(&self, id: &SessionId, place: &SessionPlace) -> Result<(), UpstreamError> {
        let mut state = self.call(Call::Delete, id, place)?;
        state.alive.remove(id);
        state.deleted.push((id.clone(), place.clone()));
        Ok(())
    }

    async fn set_permissions(
        &self,
        id: &SessionId,
        place: &SessionPlace,
        rules: &[PermissionRule],
    ) -> Result<(), UpstreamError> {
        self.state().permission_calls += 1;
        let mut state = self.call(Call::Permissions, id, place)?;
        if let Some(session) = state.alive.get_mut(id) {
            session.permissions = rules.to_vec();
        }
        Ok(())
    }
}
