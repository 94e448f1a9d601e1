//! Asking the server how a turn stands.
//!
//! The order matters. What sessions do is asked first and what they said afterwards: a session that did nothing at the
//! first question has stored everything by the second.

use std::collections::{HashSet, VecDeque};

use futures_util::future::try_join3;

use crate::api::{ListMessages, SessionHandle};
use crate::ids::{MessageId, SessionId};
use crate::model::{PartKind, Session, StoredMessage, Timestamp};
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
    let statuses = if_served(client.sessions().status()).await?;
    let mut snapshot = Snapshot { since: request.since, statuses, ..Snapshot::default() };
    let (permissions, questions) = (client.permissions(), client.questions());
    let lists = (if_served(permissions.list()), if_served(questions.list()), if_served(session.children()));
    match try_join3(lists.0, lists.1, lists.2).await {
        Ok((permissions, questions, children)) => {
            snapshot.permissions = permissions;
            snapshot.questions = questions;
            snapshot.children = children.unwrap_or_default();
        }
        Err(error) if error.is_not_found() => {
            snapshot.gone = is_gone(session).await?;
            if snapshot.gone {
                return Ok(snapshot);
            }
        }
        Err(error) => return Err(error),
    }
    fetch_tree(session, &request, &mut snapshot).await?;
    Ok(snapshot)
}

/// A list that servers of some versions do not have: they answer with their web page, and the turn does without it.
async fn if_served<T>(list: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    match list.await {
        Ok(list) => Ok(Some(list)),
        Err(error) if error.kind() == ErrorKind::NotOpenCode => Ok(None),
        Err(error) => Err(error),
    }
}

/// Fetches the messages of the turn's own session, and of every session that they name.
async fn fetch_tree(session: &SessionHandle, request: &Fetch, snapshot: &mut Snapshot) -> Result<()> {
    let mut known: HashSet<SessionId> = request.sessions.iter().cloned().collect();
    let mut waiting: VecDeque<SessionId> = request.sessions.iter().cloned().collect();
    while let Some(session_id) = waiting.pop_front() {
        if snapshot.exchanges.len() >= MAX_SESSIONS {
            tracing::warn!(limit = MAX_SESSIONS, "a turn has more sessions than are asked about");
            break;
        }
        let is_root = session_id == *session.id();
        let handle = session.client().session(session_id.clone());
        // A sub-agent's messages are told from those of an earlier turn by the server's time: our id may be of a clock
        // that is ahead of it.
        let asked_at = asked_at(snapshot, &request.message_id).filter(|_| !is_root);
        let fetched = match asked_at {
            Some(asked_at) => messages_from(&handle, asked_at).await,
            None => messages_since(&handle, &request.message_id, PAGE).await,
        };
        let messages = match fetched {
            // Servers up to 1.1 list no messages of a session that is gone.
            Ok(messages) if messages.is_empty() && is_root => {
                snapshot.gone = is_gone(session).await?;
                if snapshot.gone {
                    return Ok(());
                }
                messages
            }
            Ok(messages) => messages,
            Err(error) if error.is_not_found() && is_root => {
                snapshot.gone = is_gone(session).await?;
                return Ok(());
            }
            // A sub-agent's session may be deleted while the turn goes on.
            Err(error) if error.is_not_found() => continue,
            Err(error) if error.kind() == ErrorKind::BadRequest && is_root => {
                let messages = around_refusals(&handle, request).await?;
                if messages.is_empty() {
                    // It is not known whether there are none: that is no proof that the prompt is not there.
                    continue;
                }
                messages
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

/// When the server stored the prompt, if it was fetched.
fn asked_at(snapshot: &Snapshot, prompt: &MessageId) -> Option<Timestamp> {
    let mut messages = snapshot.exchanges.iter().flat_map(|exchange| &exchange.messages);
    messages.find(|message| message.info.id == *prompt).map(|message| message.info.time.created)
}

/// The messages that were stored at that time or later, page by page from the end.
async fn messages_from(session: &SessionHandle, time: Timestamp) -> Result<Vec<StoredMessage>> {
    let mut messages: Vec<StoredMessage> = Vec::new();
    let mut before = None;
    loop {
        let mut options = ListMessages::default().with_limit(PAGE);
        options.before = before;
        let page = session.list_messages(&options).await?;
        let reaches_time = page.messages.iter().any(|message| message.info.time.created < time);
        messages.splice(0..0, page.messages);
        match page.next {
            Some(next) if !reaches_time => before = Some(next),
            _ => break,
        }
    }
    messages.retain(|message| message.info.time.created >= time);
    Ok(messages)
}

/// The messages from the prompt on, page by page from the end.
async fn messages_since(
    session: &SessionHandle,
    prompt: &MessageId,
    page_size: u32,
) -> Result<Vec<StoredMessage>> {
    let mut messages: Vec<StoredMessage> = Vec::new();
    let mut before = None;
    let mut is_stored = false;
    loop {
        let mut options = ListMessages::default().with_limit(page_size);
        options.before = before;
        let page = match session.list_messages(&options).await {
            Ok(page) => page,
            // Page by message there is no way past one that is refused; what is newer is had.
            Err(error) if page_size == 1 && error.kind() == ErrorKind::BadRequest => break,
            Err(error) => return Err(error),
        };
        let mut is_over = page.messages.iter().any(|message| message.info.id == *prompt);
        let is_passed = page.messages.iter().all(|message| message.info.id < *prompt);
        messages.splice(0..0, page.messages);
        let Some(next) = page.next else { break };
        if is_passed && !is_over && !is_stored {
            // Either it is not there, or its id is of a clock that is ahead of the server's.
            is_stored = is_there(session, prompt).await?;
            is_over = !is_stored;
        }
        if is_over {
            break;
        }
        before = Some(next);
    }
    // The server lists messages in the order in which it stored them, which need not be that of ids made by clients.
    match messages.iter().position(|message| message.info.id == *prompt) {
        Some(position) => drop(messages.drain(..position)),
        None => messages
            .retain(|message| message.info.id >= *prompt || message.info.parent_id.as_ref() == Some(prompt)),
    }
    Ok(messages)
}

async fn is_there(session: &SessionHandle, prompt: &MessageId) -> Result<bool> {
    match session.message(prompt).await {
        Ok(_) => Ok(true),
        // Some servers (1.18) cannot show a prompt with a `format`.
        Err(error) if error.is_not_found() || error.kind() == ErrorKind::BadRequest => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same on servers that refuse every page with a prompt that has a `format`, as those of today do.
///
/// Ours may be such a prompt, or an earlier or a later one of the session: what cannot be reached from the end is asked
/// for by its id, as far as it is known.
async fn around_refusals(session: &SessionHandle, request: &Fetch) -> Result<Vec<StoredMessage>> {
    let mut messages = messages_since(session, &request.message_id, 1).await?;
    for id in &request.answers {
        if messages.iter().any(|message| message.info.id == *id) {
            continue;
        }
        match session.message(id).await {
            Ok(message) => messages.push(message),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    messages.sort_by(|one, other| one.info.id.cmp(&other.info.id));
    Ok(messages)
}

/// The sessions that `task` calls run in.
fn children_of(messages: &[StoredMessage]) -> impl Iterator<Item = SessionId> {
    messages.iter().flat_map(|message| &message.parts).filter_map(|part| match &part.kind {
        PartKind::Tool(tool) if tool.tool == "task" => tool.child_session(),
        _ => None,
    })
}
