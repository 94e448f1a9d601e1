//! One step of a script.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use super::{Subagent, Tool, Usage};

/// What the player can do. Built with the methods of [`Script`](super::Script).
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Text { reasoning: bool, chunks: Vec<String> },
    More(Vec<String>),
    Tool(Box<Tool>),
    Subagent(Box<Subagent>),
    Next,
    Finish(String),
    Usage(Usage),
    Structured(Value),
    Hold(String),
    Hang,
    Delay(Duration),
    Fail(Value),
    Retry(String),
    Compact { summary: String, overflow: bool },
    UnknownAgent(String),
    UnknownModel(String),
    Event { kind: String, properties: Value },
    Data(String),
    Raw(Bytes),
    StaleIdle,
    Duplicate(usize),
    Swap,
    Suppress(bool),
    DropStreams,
    DropStreamsMidFrame,
    EndStreams,
    FreezeStreams,
}
