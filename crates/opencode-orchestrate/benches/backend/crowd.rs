//! Many sessions at once, each in a directory of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opencode_orchestrate::agent::{
    AgentBackend as _, AgentEvent, AgentEventKind, AgentSession, OpenCodeBackend, SessionRequest,
};
use opencode_orchestrate::turn::RunOptions;
use opencode_store::session::Subject;
use opencode_wire::api::SessionHandle;
use tokio::task::JoinSet;

use crate::support::Host;
use crate::support::far_end::DELTAS;
use crate::support::host::{PROMPT, SCOPE, conversation, directory, session};

/// How turns are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Through [`OpenCodeBackend`], whose turns are stored.
    Backend,
    /// By the client alone, and nothing is stored.
    Wire,
}

/// Sessions that can be prompted.
pub(crate) enum Crowd {
    Backend(Arc<OpenCodeBackend>, Vec<AgentSession>),
    Wire(Vec<SessionHandle>),
}

impl Crowd {
    /// Makes that many sessions.
    pub(crate) async fn gather(way: Way, host: &Host, sessions: usize) -> Self {
        match way {
            Way::Backend => {
                let agent = OpenCodeBackend::new(host.runner(RunOptions::default()));
                let mut made = Vec::new();
                for _ in 0..sessions {
                    made.push(agent.ensure_session(&request()).await.expect("the server makes a session"));
                }
                Self::Backend(Arc::new(agent), made)
            }
            Way::Wire => {
                let mut made = Vec::new();
                for _ in 0..sessions {
                    made.push(session(&host.client, conversation()).await);
                }
                Self::Wire(made)
            }
        }
    }

    /// Prompts all of them, and follows their turns to their ends.
    pub(crate) fn prompt(&self) -> JoinSet<()> {
        match self {
            Self::Backend(agent, sessions) => {
                let turn = |session: &AgentSession| told(Arc::clone(agent), session.clone());
                sessions.iter().map(turn).collect()
            }
            Self::Wire(sessions) => sessions.iter().cloned().map(followed).collect(),
        }
    }
}

fn request() -> SessionRequest {
    let conversation = conversation();
    let subject = Subject::new(SCOPE, format!("conversation/{conversation}")).expect("a short name");
    SessionRequest::new(subject).with_directory(directory(conversation)).with_title("A conversation")
}

/// A turn whose events are told to somebody who counts what is said.
async fn told(agent: Arc<OpenCodeBackend>, session: AgentSession) {
    let heard = Arc::new(AtomicUsize::new(0));
    let sink = {
        let heard = Arc::clone(&heard);
        move |event: AgentEvent| {
            if let AgentEventKind::Text { delta, .. } = event.kind {
                heard.fetch_add(delta.len(), Ordering::Relaxed);
            }
        }
    };
    let outcome = agent.prompt(&session, PROMPT.into(), Arc::new(sink)).await.expect("the turn ends");
    assert_eq!(outcome.text.len(), DELTAS * " a word".len(), "the answer is not whole");
    assert_eq!(heard.load(Ordering::Relaxed), outcome.text.len(), "not all of it was told");
}

async fn followed(session: SessionHandle) {
    let turn = session.prompt(PROMPT).await.expect("the prompt is taken");
    let reply = turn.outcome().await.into_reply().expect("the turn completes");
    assert_eq!(reply.text().len(), DELTAS * " a word".len(), "the answer is not whole");
}
