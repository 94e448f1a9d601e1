//! The real server that the tests of this folder share, with its scripted model.
//!
//! A server takes a second or two and half a gigabyte, so that there is one for all tests that run at a time: the
//! first one starts it and the last one that lets go of it ends it. Tests keep out of each other's way by sessions,
//! and by directories where they change what holds for all sessions of one.

use std::fmt::Debug;
use std::future::{Future, IntoFuture as _};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use opencode_testkit::model::{AnsweredBy, Model, ModelScript, RecordedRequest};
use opencode_testkit::real::{RealServer, RealServerBuilder};
use opencode_wire::api::{CreateSession, Prompt, SessionHandle};
use opencode_wire::drive::Turn;
use opencode_wire::model::{PermissionAction, PermissionRule};
use opencode_wire::reply::{Change, ChangeKind};
use opencode_wire::turn::Outcome;
use opencode_wire::{Client, ClientBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Mutex;

/// A turn that takes longer hangs; nothing here takes a tenth of it on a busy machine.
const HANGS_AFTER: Duration = Duration::from_secs(120);

/// A real server and the model behind it.
pub(super) struct Rig {
    pub(super) server: RealServer,
    pub(super) model: Model,
    /// Where the model lives: every test has a runtime of its own, which ends with it.
    runtime: Option<Runtime>,
}

static SHARED: Mutex<Weak<Rig>> = Mutex::const_new(Weak::new());

impl Rig {
    /// The shared server; `None` where the test is to be skipped.
    pub(super) async fn shared() -> Option<Arc<Self>> {
        let mut shared = SHARED.lock().await;
        if let Some(rig) = shared.upgrade() {
            return Some(rig);
        }
        let rig = Arc::new(Self::start(|builder| builder).await?);
        *shared = Arc::downgrade(&rig);
        Some(rig)
    }

    /// A server for one test alone, which may do to it what it likes.
    pub(super) async fn start(choose: impl FnOnce(RealServerBuilder) -> RealServerBuilder) -> Option<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let model = runtime.spawn(Model::start()).await.unwrap();
        let builder = choose(RealServer::builder().model_url(model.url()));
        // The child goes on after the runtime that started it: only its first words are awaited here.
        let server = builder.start_or_skip().await;
        let runtime = Some(runtime);
        match server {
            Some(server) => Some(Self { server, model, runtime }),
            None => {
                shut_down(runtime);
                None
            }
        }
    }

    /// How a client for the server begins.
    pub(super) fn client_builder(&self) -> ClientBuilder {
        Client::builder()
            .base_url(self.server.url())
            .password(self.server.password().expect("servers of tests have a password"))
    }

    /// A client of its own, with its own connection for events.
    pub(super) fn client(&self) -> Client {
        self.client_builder().build().unwrap()
    }

    /// A client for a new directory inside the project, which no other test touches.
    pub(super) fn client_in(&self, name: &str) -> Client {
        let directory = self.server.directory().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        self.client().with_directory(&directory).unwrap()
    }

    /// A session in the project directory, where commands need permission.
    pub(super) async fn session(&self) -> SessionHandle {
        session(&self.client()).await
    }

    /// A session that may run commands without asking.
    pub(super) async fn trusted_session(&self) -> SessionHandle {
        self.client().sessions().create(trusted()).await.unwrap()
    }

    /// Runs a script to its end in a session of its own.
    pub(super) async fn run(&self, script: ModelScript) -> Outcome {
        run(&self.trusted_session().await, script).await
    }

    /// What the model was asked by one session, retries included; not that for a title, which old servers want for every
    /// session.
    pub(super) fn requests_of(&self, session: &SessionHandle) -> Vec<RecordedRequest> {
        let session_id = Some(session.id().as_str());
        self.model
            .requests()
            .into_iter()
            .filter(|request| {
                request.session_id.as_deref() == session_id && request.answered_by != AnsweredBy::Title
            })
            .collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        shut_down(self.runtime.take());
    }
}

/// A runtime must not be dropped inside another one.
fn shut_down(runtime: Option<Runtime>) {
    if let Some(runtime) = runtime {
        runtime.shutdown_background();
    }
}

/// A session with a title, so that no model is asked for one.
pub(super) async fn session(client: &Client) -> SessionHandle {
    client.sessions().create("a test").await.unwrap()
}

/// A session that may run commands without asking.
pub(super) fn trusted() -> CreateSession {
    let rules = vec![PermissionRule::new("bash", "*", PermissionAction::Allow)];
    CreateSession::default().with_title("a test").with_permission(rules)
}

/// The prompt that makes the model play a script.
pub(super) fn prompt(session: &SessionHandle, script: &ModelScript) -> Prompt {
    script.to_prompt(&words(session, "Please go.")).into()
}

/// Words of a prompt, with the id of the session: old servers do not tell the model whose call it is.
pub(super) fn words(session: &SessionHandle, words: &str) -> String {
    format!("{words} ({})", session.id())
}

/// Starts a turn.
pub(super) async fn start(session: &SessionHandle, script: ModelScript) -> Turn {
    finishes("the prompt", session.prompt(prompt(session, &script)).into_future()).await.unwrap()
}

/// Runs a script to its end.
pub(super) async fn run(session: &SessionHandle, script: ModelScript) -> Outcome {
    outcome(start(session, script).await).await
}

/// The outcome of a turn.
pub(super) fn outcome(turn: Turn) -> BoxFuture<'static, Outcome> {
    Box::pin(async { finishes("the turn", turn.outcome()).await })
}

/// Reads changes until one is as wanted, which is the last one.
pub(super) async fn until(turn: &mut Turn, wanted: impl Fn(&ChangeKind) -> bool) -> Vec<Change> {
    let mut changes = Vec::new();
    loop {
        let change = finishes("a change", turn.next()).await;
        let change = change.unwrap_or_else(|| panic!("the turn ended before: {changes:#?}"));
        let found = wanted(&change.kind);
        changes.push(change);
        if found {
            return changes;
        }
    }
}

/// Reads every change and returns them with the outcome.
pub(super) fn drain(mut turn: Turn) -> BoxFuture<'static, (Vec<Change>, Outcome)> {
    Box::pin(async {
        let mut changes = Vec::new();
        while let Some(change) = finishes("a change", turn.next()).await {
            changes.push(change);
        }
        (changes, outcome(turn).await)
    })
}

/// Fails a test that hangs instead of letting it hang.
pub(super) async fn finishes<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(HANGS_AFTER, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} did not come within {HANGS_AFTER:?}"),
    }
}

/// A value as people read it, for messages of failed tests.
pub(super) fn shown(value: &impl Debug) -> String {
    format!("{value:#?}")
}
