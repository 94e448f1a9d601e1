//! Asks the server how a turn stands, in the order of `opencode_wire::drive`: first what sessions do, then what they
//! said.

use std::collections::BTreeMap;

use opencode_wire::ids::SessionId;
use opencode_wire::model::StoredMessage;
use opencode_wire::reply::{Exchange, Reply, Snapshot};

use super::super::Sim;
use super::super::network::Trouble;

/// What is asked.
pub(super) struct Fetch {
    since: u64,
    session: SessionId,
    prompt: opencode_wire::ids::MessageId,
}

impl Fetch {
    pub(super) fn of(reply: &Reply) -> Self {
        Self { since: reply.seq(), session: reply.session_id().clone(), prompt: reply.message_id().clone() }
    }
}

/// Asks everything.
pub(super) async fn fetch(sim: Sim, request: Fetch) -> Result<Snapshot, Trouble> {
    let statuses = sim.request("statuses", |_, server| {
        let working =
            server.sessions.iter().filter_map(|(id, session)| Some((id.clone(), session.status.clone()?)));
        Ok(working.collect::<BTreeMap<_, _>>())
    });
    let mut snapshot =
        Snapshot { since: request.since, statuses: Some(statuses.await?), ..Snapshot::default() };
    let id = request.session.clone();
    let permissions =
        sim.request("permissions", move |_, server| Ok(server.session(&id)?.permissions.clone()));
    match permissions.await {
        Ok(permissions) => snapshot.permissions = Some(permissions),
        Err(Trouble::NotFound) => return gone(&sim, request, snapshot).await,
        Err(trouble) => return Err(trouble),
    }
    let id = request.session.clone();
    let messages = sim.request("messages", move |_, server| Ok(server.session(&id)?.messages.clone())).await;
    let mut messages: Vec<StoredMessage> = match messages {
        Ok(messages) => messages,
        Err(Trouble::NotFound) => return gone(&sim, request, snapshot).await,
        Err(trouble) => return Err(trouble),
    };
    let prompt = &request.prompt;
    match messages.iter().position(|message| message.info.id == *prompt) {
        Some(position) => drop(messages.drain(..position)),
        None => messages
            .retain(|message| message.info.id >= *prompt || message.info.parent_id.as_ref() == Some(prompt)),
    }
    snapshot.exchanges.push(Exchange { session_id: request.session, messages });
    Ok(snapshot)
}

/// The proof that a session is gone: the server says so about the session itself.
async fn gone(sim: &Sim, request: Fetch, mut snapshot: Snapshot) -> Result<Snapshot, Trouble> {
    let id = request.session;
    let there = sim.request("session", move |_, server| server.session(&id).map(drop)).await;
    snapshot.gone = match there {
        Ok(()) => return Err(Trouble::Unknown),
        Err(Trouble::NotFound) => true,
        Err(trouble) => return Err(trouble),
    };
    Ok(snapshot)
}
