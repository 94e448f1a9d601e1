//! What a follower is told, and what it asks for.

use crate::event::Event;
use crate::ids::SessionId;
use crate::reply::Snapshot;

/// What the follower is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The event stream is live: `server.connected` was seen, for the first time or again.
    Live,
    /// A stretch of the event stream was not seen: the connection broke, or the listener was too slow.
    Gap,
    /// An event of the stream.
    Event(&'a Event),
    /// The server took the prompt.
    PromptAccepted,
    /// It is not known whether the server took the prompt.
    PromptUnknown,
    /// What [`Action::Fetch`] asked for.
    Fetched(&'a Snapshot),
    /// What [`Action::Fetch`] asked for could not be had.
    FetchFailed,
    /// The server answered to [`Action::Abort`], or will not: one for each.
    Aborted,
    /// The caller wants the turn to stop.
    Cancel,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Post the prompt: asked for once, ever.
    Prompt,
    /// Fetch a [`Snapshot`]: first what sessions do, then open requests, children and messages.
    Fetch,
    /// Abort these sessions: the turn's own first.
    Abort(Vec<SessionId>),
}
