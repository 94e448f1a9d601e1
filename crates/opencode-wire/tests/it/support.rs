//! What several test files share: servers, clients and turns that fail instead of hanging.

use std::time::Duration;

use opencode_testkit::server::{Clock, EventFamily, Script, Server, StreamStyle, Tool};
use opencode_wire::Client;
use opencode_wire::api::SessionHandle;
use opencode_wire::client::ClientBuilder;
use opencode_wire::drive::Turn;
use opencode_wire::hub::StreamOptions;
use opencode_wire::reply::Change;
use opencode_wire::turn::{Deadlines, Outcome};
use serde_json::json;

/// How long a test waits before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with this machine's clock: a clock that ticks with every reading stands still between two prompts, and
/// ids that a client mints by it would run ahead of the server's own.
pub(crate) async fn server() -> Server {
    Server::builder().clock(Clock::system()).start().await
}

/// The same, of another generation.
pub(crate) async fn server_of(family: EventFamily) -> Server {
    Server::builder().clock(Clock::system()).events(family).start().await
}

/// A server with an answer to the next prompt.
pub(crate) async fn serve(script: Script) -> Server {
    let server = server().await;
    server.script(script);
    server
}

/// Stream options that come back quickly and go quickly.
pub(crate) fn quick_stream() -> StreamOptions {
    StreamOptions::default()
        .with_backoff(Duration::from_millis(5), Duration::from_millis(40))
        .with_linger(Duration::from_millis(20))
}

pub(crate) fn builder(server: &Server) -> ClientBuilder {
    Client::builder().base_url(server.url()).stream(quick_stream())
}

pub(crate) fn client(server: &Server) -> Client {
    builder(server).build().unwrap()
}

/// A new session, over a client of its own.
pub(crate) async fn session(server: &Server) -> SessionHandle {
    client(server).sessions().create("a test").await.unwrap()
}

/// Prompts a new session and follows the turn to its end.
pub(crate) async fn run(server: &Server) -> Outcome {
    outcome(session(server).await.prompt("Go.").await.unwrap()).await
}

/// The outcome of a turn that must end.
pub(crate) async fn outcome(turn: Turn) -> Outcome {
    in_time(turn.outcome()).await
}

/// The result of something that must happen.
pub(crate) async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it should have happened by now")
}

/// Takes changes until one is as wanted.
pub(crate) async fn until(turn: &mut Turn, mut is_wanted: impl FnMut(&Change) -> bool) -> Change {
    in_time(async {
        loop {
            let change = turn.next().await.expect("the turn ended before the change came");
            if is_wanted(&change) {
                return change;
            }
        }
    })
    .await
}

/// Cuts every event stream; the next one is not live before `back` is released.
pub(crate) fn cut_until_back(server: &Server) {
    server.next_stream(StreamStyle::new().hold_ready("back"));
    server.drop_streams();
}

/// How many prompts were posted.
pub(crate) fn prompts(server: &Server) -> usize {
    server.requests_to("POST", "/session/:id/prompt_async").len()
}

/// How many aborts were posted for a session.
pub(crate) fn aborts(server: &Server, session: &SessionHandle) -> usize {
    server.requests_to("POST", &format!("/session/{}/abort", session.id())).len()
}

/// How many event streams were opened.
pub(crate) fn connections(server: &Server) -> usize {
    server.requests_to("GET", "/global/event").len()
}

/// The default limits, with a short one for the server to begin.
pub(crate) fn short_admission() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.admission = Some(Duration::from_millis(300));
    deadlines
}

/// A turn with everything that a stream can lose: reasoning, texts, tools, steps.
pub(crate) fn rich() -> Script {
    Script::new()
        .reasoning("Hm, let me see. ")
        .text("I will look. ")
        .tool(Tool::new("bash").input(json!({"command": "ls"})).progress("a").output("a\nb"))
        .next_step()
        .text_chunks(["Two ", "files", " – ", "done 🙂"])
}
