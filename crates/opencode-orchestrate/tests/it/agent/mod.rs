//! OpenCode as one agent among others.

mod backend;
mod ending;
mod faults;
mod recorded;
mod screen;
mod sessions;

use std::sync::Arc;
use std::time::Duration;

use opencode_orchestrate::agent::{AgentBackend, AgentOutcome, AgentPrompt, OpenCodeBackend, SessionRequest};
use opencode_orchestrate::blocker::BlockerPolicy;
use opencode_orchestrate::turn::{RunOptions, TurnRunner};
use opencode_store::Store;
use opencode_testkit::server::Server;
use opencode_wire::Client;

use self::screen::Screen;
use crate::support::subject;

/// Whatever takes longer hangs.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// A backend on a scripted server, with a store in memory.
struct Rig {
    server: Server,
    store: Store,
    agent: Arc<dyn AgentBackend>,
}

impl Rig {
    async fn start() -> Self {
        Self::with(|agent| agent).await
    }

    async fn with(change: impl FnOnce(OpenCodeBackend) -> OpenCodeBackend) -> Self {
        let (server, store) = (Server::start().await, Store::memory());
        let runner = runner(&server, &store).with_blockers(BlockerPolicy::ask());
        let agent = change(OpenCodeBackend::new(runner));
        Self { server, store, agent: Arc::new(agent) }
    }

    /// Prompts the session of the subject, and says what came of it.
    async fn prompt(&self, screen: &Arc<Screen>, prompt: impl Into<AgentPrompt>) -> AgentOutcome {
        let session = self.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
        let run = self.agent.prompt(&session, prompt.into(), screen.sink());
        tokio::time::timeout(HANGS_AFTER, run).await.expect("the turn hangs").unwrap()
    }
}

fn runner(server: &Server, store: &Store) -> TurnRunner {
    let client = Client::new(server.url()).unwrap();
    TurnRunner::new(store.clone(), client, RunOptions::default())
}
