//! What an agent tells while it works, whatever agent it is and however it is reached.

use opencode_wire::reply::Usage;
use serde::{Deserialize, Serialize};

use super::{AgentStatus, Origin, Request, ToolSnapshot};

/// Something that an agent tells while it works.
///
/// It knows nothing of any agent's protocol, so that a host shows all of them alike. Ids are plain text, and mean
/// nothing beyond being the same for the same thing within a turn.
///
/// As JSON it is an object whose `type` says what it is, ready to be sent as a frame:
/// `{"origin":"prompted","type":"text","part":"prt_1","delta":"Hello"}`. Types that a reader does not know have to be
/// passed over, and so have fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentEvent {
    /// Whose it is. Only the prompted agent's text is the answer.
    pub origin: Origin,
    /// What is told.
    #[serde(flatten)]
    pub kind: AgentEventKind,
}

impl AgentEvent {
    /// An event of an agent.
    #[must_use]
    pub const fn new(origin: Origin, kind: AgentEventKind) -> Self {
        Self { origin, kind }
    }
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgentEventKind {
    /// Text has grown. Deltas of one part, put together, are its text.
    Text {
        /// The part.
        part: String,
        /// What is to be appended; never empty.
        delta: String,
    },
    /// What the model thinks has grown.
    Reasoning {
        /// The part.
        part: String,
        /// What is to be appended; never empty.
        delta: String,
    },
    /// A text is other than what was told of it. What grows later is appended to this.
    TextReplaced {
        /// The part.
        part: String,
        /// All of it, as far as it is known.
        text: String,
    },
    /// What the model thinks is other than what was told of it. What grows later is appended to this.
    ReasoningReplaced {
        /// The part.
        part: String,
        /// All of it, as far as it is known.
        text: String,
    },
    /// A text, a thought or a tool call is no longer there: a try that failed said it, and the next one says it anew.
    PartRemoved {
        /// The part, or the [`id`](ToolSnapshot::id) of the call.
        part: String,
    },
    /// A tool was called. The first that is told of a call, which may be over already.
    ToolCall(Box<ToolSnapshot>),
    /// A tool call has advanced: in place of everything that was told of it. Nothing follows one that has ended.
    ToolUpdate(Box<ToolSnapshot>),
    /// What a step used. One that is told again, with other figures, is to be counted once, as told last.
    StepUsage {
        /// The step.
        step: String,
        /// What it used; never nothing.
        usage: Usage,
    },
    /// A person is asked something, and the agent waits.
    Asked(Box<Request>),
    /// What was asked is answered, or nobody waits for an answer any more.
    Answered {
        /// The [`id`](Request::id) of what was asked.
        request: String,
    },
    /// The agent does something else now.
    Status(AgentStatus),
    /// Something failed; not always the turn, whose end says so.
    Failed {
        /// What kind of failure it is, in the agent's words.
        name: String,
        /// The explanation, for people.
        message: String,
    },
    /// A stretch of what the agent said was missed. What it changed is told as soon as it is known.
    Gap,
    /// A sub-agent has begun to work: the [`origin`](AgentEvent::origin).
    SubAgentStarted {
        /// Who has started it.
        parent: Origin,
        /// What kind of agent it is, such as `general`; `None` where that is not known.
        agent: Option<String>,
        /// What it works on, for people; may be empty.
        title: String,
        /// The [`id`](ToolSnapshot::id) of the call that has started it; `None` where that is not known yet.
        call: Option<String>,
    },
}
