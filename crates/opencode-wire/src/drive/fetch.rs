//! Asking the server how a turn stands.
//!
//! The order matters. What sessions do is asked first and what they said afterwards: a session that did nothing at the
//! first question has stored everything by the second.

use std::collections::{HashSet, VecDeque};

use futures_util::future::try_join3;

use crate::api::{ListMessages, SessionHandle};
use crate::ids::{MessageId, SessionId};
use crate::model::{PartKind, Session, StoredMessage};
use crate::reply::{Exchange, Reply, Snapshot};
use crate::{ErrorKind, Result};

/// How many messages are fetched at once.
const PAGE: u32 = 50;
/// How many sessions of a turn are asked about. More are possible, and followed by their events alone.
const MAX_SESSIONS: usize = 64;

/// What is asked.
#[derive(Debug)]
pub(super) struct Fetch {
    since: u64,
    message_id: MessageId,
    /// The sessions of the tree that are known so far.
    sessions: Vec<SessionId>,
    /// The answers that are known so far, for servers that cannot list them.
    answers: Vec<MessageId>,
}

impl Fetch {
    pub(super) fn of(reply: &Reply) -> Self {
        Self {
            since: reply.seq(),
            message_id: reply.message_id().clone(),
            sessions: reply.sessions().iter().map(|session| session.id.clone()).collect(),
            answers: reply.messages().into_iter().map(|message| message.id.clone()).collect(),
        }
    }
}

/// Asks everything.
pub(super) async fn fetch(session: &SessionHandle, request: Fetch) -> Result<Snapshot> {
    let client = session.client();
    let statuses = client.sessions().status().await?;
    let mut snapshot = Snapshot { since: request.since, statuses: Some(statuses), ..Snapshot::default() };
    let (permissions, questions) = (client.permissions(), client.questions());
    match try_join3(permissions.list(), questions.list(), session.children()).await {
        Ok((permissions, questions, children)) => {
            snapshot.permissions = Some(permissions);
            snapshot.questions = Some(questions);
            snapshot.children = children;
        }
        Err(error) if error.is_not_found() => {
            snapshot.gone = is_gone(session).await?;
            if snapshot.gone {
                return Ok(snapshot);
            }
        }
        Err(error) => return Err(error),
    }
    fetch_tree(session, request, &mut snapshot).await?;
    Ok(snapshot)
}

/// Fetches the messages of the turn's own session, and of every session that they name.
async fn fetch_tree(session: &SessionHandle, request: Fetch, snapshot: &mut Snapshot) -> Result<()> {
    let mut known: HashSet<SessionId> = request.sessions.iter().cloned().collect();
    let mut waiting: VecDeque<SessionId> = request.sessions.into();
    while let Some(session_id) = waiting.pop_front() {
        if snapshot.exchanges.len() >= MAX_SESSIONS {
            tracing::warn!(limit = MAX_SESSIONS, "a turn has more sessions than are asked about");
            break;
        }
        let is_root = session_id == *session.id();
        let handle = session.client().session(session_id.clone());
        let messages = match messages_since(&handle, &request.message_id).await {
            Ok(messages) => messages,
            Err(error) if error.is_not_found() && is_root => {
                snapshot.gone = is_gone(session).await?;
                return Ok(());
            }
            // A sub-agent's session may be deleted while the turn goes on.
            Err(error) if error.is_not_found() => continue,
            // A prompt with a `format` makes servers of today refuse to list its session's messages.
            Err(error) if error.kind() == ErrorKind::BadRequest && is_root => {
                one_by_one(&handle, &request.answers).await?
            }
            Err(error) => return Err(error),
        };
        for child in children_of(&messages) {
            if known.insert(child.clone()) {
                waiting.push_back(child);
            }
        }
        snapshot.exchanges.push(Exchange { session_id, messages });
    }
    Ok(())
}

/// The proof that a session is gone: the server says so about the session itself.
async fn is_gone(session: &SessionHandle) -> Result<bool> {
    match session.get().await {
        Ok(Session { .. }) => Ok(false),
        Err(error) if error.is_not_found() => Ok(true),
        Err(error) => Err(error),
    }
}

/// The messages from the prompt on, page by page from the end.
async fn messages_since(session: &SessionHandle, prompt: &MessageId) -> Result<Vec<StoredMessage>> {
    let mut messages: Vec<StoredMessage> = Vec::new();
    let mut before = None;
    loop {
        let mut options = ListMessages::default().with_limit(PAGE);
        options.before = before;
        let page = session.list_messages(&options).await?;
        let reaches_prompt = page.messages.iter().any(|message| message.info.id <= *prompt);
        messages.splice(0..0, page.messages);
        match page.next {
            Some(next) if !reaches_prompt => before = Some(next),
            _ => break,
        }
    }
    messages.retain(|message| message.info.id >= *prompt);
    Ok(messages)
}

async fn one_by_one(session: &SessionHandle, answers: &[MessageId]) -> Result<Vec<StoredMessage>> {
    let mut messages = Vec::new();
    for id in answers {
        messages.push(session.message(id).await?);
    }
    Ok(messages)
}

/// The sessions that `task` calls run in.
fn children_of(messages: &[StoredMessage]) -> impl Iterator<Item = SessionId> {
    messages.iter().flat_map(|message| &message.parts).filter_map(|part| match &part.kind {
        PartKind::Tool(tool) if tool.tool == "task" => tool.child_session(),
        _ => None,
    })
}
