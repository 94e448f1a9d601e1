//! The OpenCode server, as far as turns can tell: what it stores, what it tells, and what it forgets when it dies.

mod answer;
mod emit;

use std::collections::BTreeMap;
use std::sync::Arc;

use opencode_store::turn::TurnId;
use opencode_wire::ids::{MessageId, SessionId};
use opencode_wire::model::{Extra, Message, PermissionRequest, SessionStatus, StoredMessage};
use tokio::sync::Notify;

use super::Sim;
use super::network::{Inbox, Trouble};
use super::world::{Group, World, lock};

/// The server.
pub(super) struct Server {
    pub(super) is_up: bool,
    /// The group of everything that runs in it.
    group: Group,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) listeners: Vec<Arc<Inbox>>,
    /// What became of each prompt that was ever stored.
    pub(super) fates: BTreeMap<MessageId, Fate>,
    /// The last number that was given out.
    last: u64,
    /// The time of the last message: no two are made at once.
    last_created: u64,
}

/// A session: what is stored of it, and what is in memory alone.
#[derive(Default)]
pub(super) struct Session {
    pub(super) messages: Vec<StoredMessage>,
    pub(super) permissions: Vec<PermissionRequest>,
    pub(super) status: Option<SessionStatus>,
    /// Whether answers are being made.
    runs: bool,
    /// Who has stopped what runs.
    aborted_by: Option<TurnId>,
    /// Something has happened that whoever makes the answer looks at.
    news: Arc<Notify>,
}

/// What became of a prompt.
#[derive(Debug, Clone)]
pub(super) struct Fate {
    pub(super) session: SessionId,
    /// How often it has arrived.
    pub(super) posts: u32,
    pub(super) standing: Standing,
    /// The texts of the answer, each as a whole.
    pub(super) texts: Vec<String>,
    /// How many steps have ended, and how many tokens they have written.
    pub(super) steps: u64,
    pub(super) output: u64,
    /// The turn whose worker has stopped it.
    pub(super) aborted_by: Option<TurnId>,
    /// Whether its message is still to be finished after it was stopped.
    is_unfinished: bool,
    /// Steps that are still to come.
    steps_left: u64,
}

/// How far the answer to a prompt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Waiting,
    Answering,
    Whole,
    Failed,
    Aborted,
    /// The server died while it was waiting or being answered.
    Forgotten,
    /// A newer prompt of the session is answered instead.
    Superseded,
}

impl Standing {
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Answering)
    }
}

impl Server {
    pub(super) fn new(world: &World) -> Self {
        Self {
            is_up: true,
            group: world.new_group(),
            sessions: BTreeMap::new(),
            listeners: Vec::new(),
            fates: BTreeMap::new(),
            last: 0,
            last_created: 0,
        }
    }

    pub(super) fn create_session(&mut self) -> SessionId {
        self.last += 1;
        let id = SessionId::from_wire(&format!("ses_{:012x}", self.last));
        self.sessions.insert(id.clone(), Session::default());
        id
    }

    pub(super) fn session(&self, id: &SessionId) -> Result<&Session, Trouble> {
        self.sessions.get(id).ok_or(Trouble::NotFound)
    }

    pub(super) fn message(&self, session: &SessionId, id: &MessageId) -> Result<Message, Trouble> {
        let found = self.session(session)?.messages.iter().find(|message| message.info.id == *id);
        found.map(|message| message.info.clone()).ok_or(Trouble::NotFound)
    }

    /// Takes a prompt. It says so before it stores it, and forgets it when it dies in between.
    pub(super) fn post(&self, sim: &Sim, id: &SessionId, message: &MessageId) -> Result<(), Trouble> {
        self.session(id)?;
        let time = if sim.world.chance(10) { 50..=500 } else { 0..=10 };
        let (sim, id, message) = (sim.clone(), id.clone(), message.clone());
        sim.clone().world.spawn(self.group, async move {
            sim.world.sleep(sim.world.millis(time)).await;
            lock(&sim.server).take_up(&sim, &id, &message);
        });
        Ok(())
    }

    /// Stores a prompt, and sees to it that it is answered.
    fn take_up(&mut self, sim: &Sim, id: &SessionId, message: &MessageId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let is_idle = !std::mem::replace(&mut session.runs, true);
        let fate = self.fates.entry(message.clone()).or_insert_with(|| Fate {
            session: id.clone(),
            posts: 0,
            standing: Standing::Waiting,
            texts: Vec::new(),
            steps: 0,
            output: 0,
            aborted_by: None,
            is_unfinished: false,
            steps_left: sim.world.pick(1..=3),
        });
        fate.posts += 1;
        if fate.posts > 1 {
            sim.world.violate(format!("G01: the prompt {message} has arrived {} times", fate.posts));
        }
        self.tell_prompt(sim, id, message);
        if is_idle {
            sim.world.spawn(self.group, answer::answer_all(sim.clone(), id.clone()));
        }
    }

    /// Stops what runs in a session. One that does nothing, or that nobody knows, is idle afterwards as well.
    pub(super) fn abort(&mut self, sim: &Sim, id: &SessionId, by: TurnId) {
        match self.sessions.get_mut(id) {
            Some(session) if session.runs => {
                session.aborted_by.get_or_insert(by);
                session.news.notify_one();
            }
            _ => self.tell_idle(sim, id),
        }
    }

    /// Takes the answer to a permission request.
    pub(super) fn reply(
        &mut self,
        sim: &Sim,
        id: &SessionId,
        request: &str,
        reply: &str,
    ) -> Result<(), Trouble> {
        let session = self.sessions.get_mut(id).ok_or(Trouble::NotFound)?;
        let place = session.permissions.iter().position(|asked| asked.id.as_str() == request);
        session.permissions.remove(place.ok_or(Trouble::NotFound)?);
        session.news.notify_one();
        self.tell_replied(sim, id, request, reply);
        Ok(())
    }

    /// Dies: what it was doing is forgotten, and nobody is told.
    pub(super) fn die(&mut self, sim: &Sim) {
        sim.world.tell(|| "server: dies".to_owned());
        sim.world.kill(self.group);
        self.group = sim.world.new_group();
        self.is_up = false;
        for (id, session) in &mut self.sessions {
            let runs = std::mem::take(&mut session.runs);
            for fate in self.fates.values_mut().filter(|fate| fate.session == *id) {
                if fate.is_unfinished || (runs && fate.standing.is_open()) {
                    fate.standing = Standing::Forgotten;
                }
            }
            session.status = None;
            session.permissions.clear();
            session.aborted_by = None;
        }
        for listener in std::mem::take(&mut self.listeners) {
            listener.break_off(sim);
        }
    }

    /// Loses a session with everything in it.
    pub(super) fn lose(&mut self, sim: &Sim, id: &SessionId) {
        sim.world.tell(|| format!("server: loses {id}"));
        if let Some(session) = self.sessions.remove(id) {
            session.news.notify_one();
            self.tell_deleted(sim, id);
        }
    }
}

fn stored(info: Message) -> StoredMessage {
    StoredMessage { info, parts: Vec::new(), extra: Extra::default() }
}
