//! How long a first turn takes whose server has to be started for it, and how long the turns after it.

use std::sync::Arc;
use std::time::Instant;

use opencode_orchestrate::agent::{AgentBackend as _, AgentSession, OpenCodeBackend, SessionRequest};
use opencode_store::session::Subject;

use crate::real::Stage;
use crate::support::host::{PROMPT, SCOPE, conversation};
use crate::support::load::median;
use crate::support::{Aim, Figure};

/// Odd, so that there is a median.
const ROUNDS: usize = 5;
/// How much of a cold start the second turn may take. The system that this one replaces said of itself that a turn on
/// a running server was about nine times as fast as one that starts it.
const LIMIT: f64 = 1.0 / 9.0;

/// How long turns took, in milliseconds: a session for which the server was started, its second turn, a new session in
/// the same directory, and one in another.
type Round = [f64; 4];

#[expect(clippy::print_stderr, reason = "figures are the output, and this says why some are missing")]
pub(crate) async fn figures() {
    let stage = match Stage::set().await {
        Ok(stage) => stage,
        Err(error) => return eprintln!("no real server, so cold starts are not measured: {error}"),
    };
    // The first start of all makes the server's database.
    round(&stage).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(&stage).await);
    }
    let [cold, second, here, elsewhere] =
        [0, 1, 2, 3].map(|turn| median(rounds.iter().map(|round| round[turn]).collect()));
    let name = "first turn of a session for which a real server is started";
    Figure { name, value: cold, unit: "ms", compared: None, aims: &[] }.print();
    for (name, took, aims) in [
        ("second turn of a session on a real server", second, &[Aim::RatioAtMost(LIMIT)][..]),
        ("first turn of a session on a real server that runs, same directory", here, &[]),
        ("first turn of a session on a real server that runs, new directory", elsewhere, &[]),
    ] {
        let compared = Some(("a first turn for which it is started", took / cold));
        Figure { name, value: took, unit: "ms", compared, aims }.print();
    }
}

/// Starts the server and ends it.
async fn round(stage: &Stage) -> Round {
    let (agent, supervisor) = stage.agent();
    let [directory, elsewhere] = [(); 2].map(|()| stage.directory(conversation()));
    let (cold, session) = first(&agent, &directory).await;
    let second = turn(&agent, &session).await;
    let (same, _) = first(&agent, &directory).await;
    let (other, _) = first(&agent, &elsewhere).await;
    supervisor.stop().await;
    [cold, second, same, other]
}

/// A new session and its first turn.
async fn first(agent: &OpenCodeBackend, directory: &str) -> (f64, AgentSession) {
    let subject = Subject::new(SCOPE, format!("conversation/{}", conversation())).expect("a short name");
    let wanted = SessionRequest::new(subject).with_directory(directory).with_title("A conversation");
    let start = Instant::now();
    let session = agent.ensure_session(&wanted).await.expect("the server makes a session");
    let made = start.elapsed().as_secs_f64() * 1e3;
    let took = turn(agent, &session).await;
    (made + took, session)
}

async fn turn(agent: &OpenCodeBackend, session: &AgentSession) -> f64 {
    let start = Instant::now();
    let outcome = agent.prompt(session, PROMPT.into(), Arc::new(drop)).await.expect("the turn ends");
    assert_eq!((outcome.is_ok(), outcome.text.as_str()), (true, "ok"), "{}", outcome.message);
    start.elapsed().as_secs_f64() * 1e3
}
