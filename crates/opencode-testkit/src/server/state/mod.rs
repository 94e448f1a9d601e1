//! Everything a scripted server knows, and the events that its changes cause. No IO happens here.

mod abort;
mod blockers;
mod bus;
mod dispose;
mod fork;
mod gates;
mod prompt;
mod session;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use serde_json::{Value, json};

use super::event::{Event, SyncRecord, is_durable};
use super::fault::Fault;
use super::ids::Ids;
use super::options::Options;
use super::record::RecordedRequest;
use super::script::Script;
use super::stream::StreamStyle;

pub(crate) use abort::aborted_error;
pub(crate) use blockers::{Blocker, BlockerKind, Ruling};
pub(crate) use bus::Bus;
pub(crate) use fork::SNAPSHOT;
pub(crate) use gates::Gates;
pub(crate) use prompt::PromptError;
pub(crate) use session::{Assigned, Message, Phase, Run, Session};
pub(crate) use store::new_assistant;

/// The whole server behind its lock.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) ids: Ids,
    pub(crate) bus: Bus,
    /// Deleted sessions stay as long as a turn still runs in them; see [`Session::deleted`].
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) blockers: Vec<Blocker>,
    /// What `always` replies have allowed: directory, permission, pattern.
    pub(crate) allowed: Vec<(String, String, String)>,
    pub(crate) gates: Gates,
    pub(crate) scripts: VecDeque<Script>,
    pub(crate) default_script: Script,
    pub(crate) faults: Vec<Fault>,
    pub(crate) stream_style: StreamStyle,
    pub(crate) next_streams: VecDeque<StreamStyle>,
    pub(crate) requests: Vec<RecordedRequest>,
    /// TCP and Unix connections accepted so far.
    pub(crate) accepted: usize,
    /// The numbers of those that are open.
    pub(crate) connected: BTreeSet<usize>,
    /// Files that `/file/content` serves, by path relative to the directory.
    pub(crate) files: BTreeMap<String, String>,
    next_run: u64,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            ids: Ids::new(options.clock.clone(), options.seed),
            bus: Bus::new(options.family, options.project.clone()),
            options,
            sessions: HashMap::new(),
            blockers: Vec::new(),
            allowed: Vec::new(),
            gates: Gates::default(),
            scripts: VecDeque::new(),
            default_script: Script::new().text("ok"),
            faults: Vec::new(),
            stream_style: StreamStyle::new(),
            next_streams: VecDeque::new(),
            requests: Vec::new(),
            accepted: 0,
            connected: BTreeSet::new(),
            files: BTreeMap::new(),
            next_run: 0,
        }
    }

    /// A session that requests can see.
    pub(crate) fn session(&self, session_id: &str) -> Option<&Session> {
        self.sessions.get(session_id).filter(|session| !session.deleted)
    }

    /// The same, to change it.
    pub(crate) fn session_mut(&mut self, session_id: &str) -> Option<&mut Session> {
        self.sessions.get_mut(session_id).filter(|session| !session.deleted)
    }

    /// Publishes an event of a session and returns its id.
    pub(crate) fn emit(&mut self, session_id: &str, kind: &str, properties: Value) -> String {
        let directory = match self.sessions.get(session_id) {
            Some(session) => session.directory.clone(),
            None => self.options.directory.clone(),
        };
        let sync = is_durable(kind)
            .then(|| SyncRecord { aggregate_id: session_id.to_owned(), seq: self.bus.next_seq(session_id) });
        self.publish(Some(directory), kind, properties, sync)
    }

    /// Publishes an event of a directory, or of the server itself.
    pub(crate) fn emit_in(&mut self, directory: Option<&str>, kind: &str, properties: Value) -> String {
        self.publish(directory.map(str::to_owned), kind, properties, None)
    }

    /// Publishes `session.status`, and remembers it for `GET /session/status`.
    pub(crate) fn set_status(&mut self, session_id: &str, status: &Value) {
        if let Some(session) = self.sessions.get_mut(session_id) {
            session.status = (status["type"] != "idle").then(|| status.clone());
        }
        self.emit(session_id, "session.status", json!({"sessionID": session_id, "status": status}));
    }

    /// `session.status` busy.
    pub(crate) fn set_busy(&mut self, session_id: &str) {
        self.set_status(session_id, &json!({"type": "busy"}));
    }

    /// The pair that ends every turn: `session.status` idle and `session.idle`.
    pub(crate) fn set_idle(&mut self, session_id: &str) {
        self.set_status(session_id, &json!({"type": "idle"}));
        self.emit(session_id, "session.idle", json!({"sessionID": session_id}));
    }

    /// Says that a session is idle without making it so.
    pub(crate) fn say_idle(&mut self, session_id: &str) {
        let status = json!({"sessionID": session_id, "status": {"type": "idle"}});
        self.emit(session_id, "session.status", status);
        self.emit(session_id, "session.idle", json!({"sessionID": session_id}));
    }

    /// Forgets what only lives in a server's memory, as a kill does.
    pub(crate) fn forget_running(&mut self) {
        for session in self.sessions.values_mut() {
            session.run = None;
            // `finished` stays: who waits for it shall see the connection break and not an answer.
            session.status = None;
        }
        self.sessions.retain(|_, session| !session.deleted);
        let running: Vec<String> = self.sessions.keys().cloned().collect();
        for session_id in running {
            self.skip_prompts(&session_id);
        }
        self.blockers.clear();
        self.allowed.clear();
        self.bus.suppress(false);
    }

    /// Breaks every stream in the middle of a heartbeat.
    pub(crate) fn drop_streams_mid_frame(&mut self) {
        let heartbeat = json!({
            "id": self.ids.ascending("evt"),
            "type": "server.heartbeat",
            "properties": {},
        });
        let heartbeat = heartbeat.to_string();
        self.bus.each_stream(|_| true, |subscriber| subscriber.drop_mid_frame(&heartbeat));
    }

    /// A number no run of any session has had.
    pub(crate) const fn new_run_id(&mut self) -> u64 {
        self.next_run += 1;
        self.next_run
    }

    fn publish(
        &mut self,
        directory: Option<String>,
        kind: &str,
        properties: Value,
        sync: Option<SyncRecord>,
    ) -> String {
        let id = self.ids.ascending("evt");
        self.bus.publish(Event { id: id.clone(), kind: kind.to_owned(), properties, directory, sync });
        id
    }
}
