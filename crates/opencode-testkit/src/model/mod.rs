//! A scripted model: an OpenAI-compatible server that says what the test tells it to.
//!
//! [`Model`] stands where the provider would be, so that the real OpenCode server runs offline,
//! free of charge and the same way every time.
//! What it answers comes from the prompt itself ([`ModelScript`]), from a queue, or from a
//! default.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use opencode_testkit::model::{Model, ModelScript, Op};
//! use serde_json::json;
//!
//! let model = Model::start().await;
//! let prompt = ModelScript::new()
//!     .step([Op::text("Let me look."), Op::tool("bash", json!({ "command": "ls" }))])
//!     .step([Op::text("That was all.")])
//!     .to_prompt("What is here?");
//! // Give `model.url()` to OpenCode as a provider's base URL, and send it `prompt`.
//! # assert!(model.url().ends_with("/v1"));
//! # assert!(prompt.contains("@@script"));
//! # }
//! ```
//!
//! # Which answer
//!
//! The first of these that applies to a call:
//!
//! 1. It is for a session's title: [`set_title`](Model::set_title).
//! 2. It is for a summary: [`set_summary`](Model::set_summary).
//! 3. There is a queued step for its session, or for any: [`queue`](Model::queue).
//! 4. Its newest user message with a script: the step is the number of assistant messages behind
//!    that message.
//! 5. [`set_default`](Model::set_default), the text `ok` at first.

mod body;
mod choose;
mod demo;
mod encode;
mod op;
mod pieces;
mod play;
mod record;
mod request;
mod script;
mod serve;
mod state;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use self::state::{Fallback, Shared};

pub use self::op::{Op, Pace};
pub use self::record::{AnsweredBy, Outcome, RecordedRequest};
pub use self::script::{ModelScript, SCRIPT_MARKER, ScriptError};

/// A scripted model on a socket of its own.
///
/// Dropping it closes all its connections.
/// It lives on the runtime it was started on.
pub struct Model {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    _serving: AbortOnDropHandle<()>,
}

impl Model {
    /// Starts a model on a free port of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// Where no port can be had, which no test can go on from, and outside a tokio runtime.
    pub async fn start() -> Self {
        Self::start_with(Fallback::Ops(vec![Op::text("ok")])).await
    }

    /// Starts a model for people to try things with: it answers any prompt with some thoughts, a
    /// plan, three small files, one of which it edits, a command, and a text that says that a
    /// script answered.
    ///
    /// The files are named after the prompt and lie in the session's directory.
    /// With [`demo_config`](Self::demo_config) a sub-agent patches one of them.
    /// Scripts in prompts work as well.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn demo() -> Self {
        Self::start_with(Fallback::Demo).await
    }

    /// What a server's configuration needs so that [`demo`](Self::demo) can show a sub-agent and a
    /// patch: an overlay for [`RealServerBuilder::config`](crate::real::RealServerBuilder::config).
    #[must_use]
    pub fn demo_config() -> serde_json::Value {
        demo::patcher::config()
    }

    /// The base URL of the provider, `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port in [`url`](Self::url).
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Lets the next calls of one session, or of any session under `None`, be answered by these
    /// steps, one call each.
    ///
    /// Calls for titles and summaries take nothing from a queue.
    pub fn queue(&self, session_id: Option<&str>, script: ModelScript) {
        let session_id = session_id.map(str::to_owned);
        self.shared.change(|state| state.queue(session_id, script.into_steps()));
    }

    /// What is answered where neither a queue nor a script does.
    pub fn set_default(&self, ops: impl IntoIterator<Item = Op>) {
        let ops = ops.into_iter().collect();
        self.shared.change(|state| state.fallback = Fallback::Ops(ops));
    }

    /// What is answered to a call for a session's title.
    pub fn set_title(&self, ops: impl IntoIterator<Item = Op>) {
        let ops = ops.into_iter().collect();
        self.shared.change(|state| state.title = ops);
    }

    /// What is answered to a call for a summary of the conversation.
    pub fn set_summary(&self, ops: impl IntoIterator<Item = Op>) {
        let ops = ops.into_iter().collect();
        self.shared.change(|state| state.summary = ops);
    }

    /// Lets everything go on that waits at a hold of this name, now or later.
    pub fn release(&self, name: &str) {
        self.shared.change(|state| state.released.insert(name.to_owned()));
    }

    /// Waits until a call waits at a hold of this name.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for_hold(&self, name: &str) -> RecordedRequest {
        self.wait_for_request(
            |request| matches!(&request.outcome, Outcome::Holding { name: at } if at == name),
        )
        .await
    }

    /// The calls so far, oldest first; the last 1000 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.read(|state| state.requests().cloned().collect())
    }

    /// Waits until there were `n_requests` calls in all and returns [`requests`](Self::requests).
    ///
    /// A call for a title counts; give a session a title, and there is none.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for_requests(&self, n_requests: usize) -> Vec<RecordedRequest> {
        self.shared
            .wait_until(|state| (state.n_requests >= n_requests).then(|| state.requests().cloned().collect()))
            .await
    }

    /// Waits until one of the calls is as `wanted` says, by its outcome for one, and returns the
    /// oldest such.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for_request(
        &self,
        wanted: impl Fn(&RecordedRequest) -> bool + Send + Sync,
    ) -> RecordedRequest {
        self.shared.wait_until(|state| state.requests().find(|request| wanted(request)).cloned()).await
    }

    #[expect(clippy::expect_used, reason = "a test that cannot have a socket has nothing to recover")]
    async fn start_with(fallback: Fallback) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound address");
        let shared = Arc::new(Shared::new(fallback));
        let serving = tokio::spawn(serve::serve(listener, Arc::clone(&shared)));
        Self {
            address,
            url: format!("http://{address}/v1"),
            shared,
            _serving: AbortOnDropHandle::new(serving),
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("url", &self.url).finish_non_exhaustive()
    }
}
