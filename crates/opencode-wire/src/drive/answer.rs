//! What a turn tells the server: its prompt, answers to requests, and aborts.

use std::time::Duration;

use super::Decision;
use super::decision::permission_answer;
use crate::api::{Prompt, SessionHandle};
use crate::ids::SessionId;
use crate::reply::Blocker;
use crate::{Error, ErrorKind, Result};

/// How often a prompt or an answer is tried before it is given up.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Posts a prompt. What provably never left is no post: a kept connection that the server has closed meanwhile, as it
/// does when it restarts, or none that could be made.
///
/// Within that time it is posted, or given up: then nobody knows whether it arrives.
pub(super) async fn post(session: &SessionHandle, prompt: &Prompt, within: Option<Duration>) -> Result<()> {
    let Some(limit) = within else { return try_to_post(session, prompt).await };
    tokio::time::timeout(limit, try_to_post(session, prompt)).await.unwrap_or_else(|_| {
        let mut error = Error::new(ErrorKind::Timeout, "the prompt was not accepted in time");
        error.inner_mut().ambiguous = true;
        Err(error)
    })
}

async fn try_to_post(session: &SessionHandle, prompt: &Prompt) -> Result<()> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match session.send_prompt_async(prompt).await {
            Err(error) if error.kind() == ErrorKind::Connect && !error.is_ambiguous() => {
                tokio::time::sleep(wait).await;
            }
            result => return result,
        }
        wait *= 2;
    }
    session.send_prompt_async(prompt).await
}

/// Sends an answer.
pub(super) async fn send(session: &SessionHandle, blocker: &Blocker, decision: Decision) -> Result<()> {
    let client = session.client();
    match (blocker, decision) {
        (_, Decision::Leave) => Ok(()),
        (Blocker::Permission(request), decision) => {
            let answer = permission_answer(decision, request);
            client.permissions().reply(&request.session_id, &request.id, answer).await
        }
        (Blocker::Question(request), Decision::Answer(answers)) => {
            client.questions().reply(&request.id, &answers).await
        }
        (Blocker::Question(request), Decision::Reject { .. }) => client.questions().reject(&request.id).await,
        (Blocker::Question(request), Decision::AllowOnce | Decision::AllowAlways) => Err(Error::new(
            ErrorKind::InvalidConfig,
            format!("question {} needs an answer, not a permission", request.id),
        )),
    }
}

/// Sends an answer until it arrives: a second one that follows a first is refused by the server, and does no harm.
pub(super) async fn send_persistently(
    session: &SessionHandle,
    blocker: &Blocker,
    decision: Decision,
) -> Result<()> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES {
        match send(session, blocker, decision.clone()).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(wait).await,
            result => return result,
        }
        wait *= 2;
    }
    send(session, blocker, decision).await
}

/// Aborts sessions: the turn's own first, because its end ends the others.
pub(super) async fn abort(session: &SessionHandle, sessions: &[SessionId]) {
    for session_id in sessions {
        if let Err(error) = session.client().session(session_id.clone()).abort().await {
            tracing::warn!(session = %session_id, %error, "a session could not be aborted");
        }
    }
}
