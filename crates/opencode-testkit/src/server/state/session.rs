//! One session: its record, its messages and the turn that runs in it.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use crate::server::script::Script;

/// A message and its parts, as `GET /session/:id/message` returns them.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) info: Value,
    pub(crate) parts: Vec<Value>,
}

impl Message {
    pub(crate) fn id(&self) -> &str {
        self.info["id"].as_str().unwrap_or_default()
    }

    pub(crate) fn is_user(&self) -> bool {
        self.info["role"] == "user"
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({"info": self.info, "parts": self.parts})
    }
}

/// How far a turn is, which decides what an abort does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing has come from the model yet.
    Starting,
    /// Output arrives.
    Streaming,
    /// The server waits before it asks the model again.
    Retrying,
}

/// The turns of a session that run one after the other, until it is idle.
#[derive(Debug)]
pub(crate) struct Run {
    /// A player whose number is not here any more was ended by a restart and must not touch the session.
    pub(crate) id: u64,
    pub(crate) aborted: bool,
    pub(crate) phase: Phase,
}

/// The script a prompt has taken.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    pub(crate) script: Script,
    /// Whether a request waits for the end: then some errors are told there and not on the stream.
    pub(crate) synchronous: bool,
}

/// One session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) info: Value,
    pub(crate) directory: String,
    pub(crate) messages: Vec<Message>,
    pub(crate) todos: Value,
    /// What `GET /session/status` says; `None` when idle.
    pub(crate) status: Option<Value>,
    pub(crate) run: Option<Run>,
    /// The last prompt: its number in this session and its user message.
    pub(crate) newest_prompt: Option<(u64, String)>,
    /// The number of the last prompt that a turn has taken up.
    pub(crate) answered: u64,
    /// Scripts queued for this session.
    pub(crate) scripts: VecDeque<Script>,
    /// Scripts taken by prompts that are not played yet, by user message.
    pub(crate) assigned: HashMap<String, Assigned>,
    /// How many batches of turns have ended, so that waiters can tell.
    pub(crate) finished: u64,
    /// Whether the last turn ended before any answer was stored, which synchronous routes answer with a 500.
    pub(crate) failed: bool,
    /// Gone for requests, while a turn goes on in it. A real server does the same.
    pub(crate) deleted: bool,
}

impl Session {
    pub(crate) fn new(info: Value, directory: String) -> Self {
        Self {
            info,
            directory,
            messages: Vec::new(),
            todos: json!([]),
            status: None,
            run: None,
            newest_prompt: None,
            answered: 0,
            scripts: VecDeque::new(),
            assigned: HashMap::new(),
            finished: 0,
            failed: false,
            deleted: false,
        }
    }

    pub(crate) fn message(&self, message_id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id() == message_id)
    }

    pub(crate) fn message_mut(&mut self, message_id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.id() == message_id)
    }

    /// Inserts or replaces the record of a message.
    pub(crate) fn put_info(&mut self, info: Value) {
        let message_id = info["id"].as_str().unwrap_or_default().to_owned();
        match self.message_mut(&message_id) {
            Some(message) => message.info = info,
            None => self.messages.push(Message { info, parts: Vec::new() }),
        }
    }

    /// Inserts or replaces a part of a message that exists.
    pub(crate) fn put_part(&mut self, part: Value) {
        let message_id = part["messageID"].as_str().unwrap_or_default().to_owned();
        let Some(message) = self.message_mut(&message_id) else { return };
        match message.parts.iter_mut().find(|known| known["id"] == part["id"]) {
            Some(known) => *known = part,
            None => message.parts.push(part),
        }
    }

    /// The last assistant message, which synchronous routes answer with.
    pub(crate) fn last_assistant(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|message| !message.is_user())
    }

    /// Whether a prompt waits that no turn has taken up.
    pub(crate) fn has_unanswered_prompt(&self) -> bool {
        self.newest_prompt.as_ref().is_some_and(|(number, _)| *number > self.answered)
    }
}
