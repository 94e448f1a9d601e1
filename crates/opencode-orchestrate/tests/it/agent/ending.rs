//! How turns end that somebody ends, and those whose server dies.

use opencode_orchestrate::agent::{AgentBackend, AgentError, AgentPrompt, SessionRequest};
use opencode_store::session::SessionStatus;
use opencode_store::turn::EndKind;
use opencode_testkit::server::{Script, Tool};
use opencode_wire::drive::CancellationToken;
use serde_json::json;

use super::screen::Screen;
use super::{HANGS_AFTER, Rig};
use crate::support::subject;

fn works() -> Script {
    Script::new().text("I begin.").tool(Tool::new("bash").input(json!({ "command": "make" })).hold("working"))
}

/// What was open is closed, for whoever looks at it.
#[tokio::test]
async fn a_turn_that_is_stopped_ends_as_cancelled_and_leaves_no_tool_running() {
    let rig = Rig::start().await;
    rig.server.default_script(works());
    let (screen, token) = (Screen::new(), CancellationToken::new());
    let stop = async {
        rig.server.wait_for_hold("working").await;
        token.cancel();
    };
    let prompt = AgentPrompt::new("Go.").with_cancel(token.clone());
    let (outcome, ()) = tokio::join!(rig.prompt(&screen, prompt), stop);
    assert_eq!((outcome.status, outcome.text.as_str()), (EndKind::Cancelled, "I begin."));
    let tools = screen.tools();
    assert!(!tools.is_empty() && tools.values().all(|tool| tool.status.is_terminal()), "{tools:?}");
}

/// B-12: whoever waits for a turn hears its end.
#[tokio::test]
async fn b12_closing_a_session_ends_its_turn_and_the_next_prompt_opens_it_again() {
    let rig = Rig::start().await;
    rig.server.script(works());
    let session = rig.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let screen = Screen::new();
    let close = async {
        rig.server.wait_for_hold("working").await;
        rig.agent.close_session(&session).await.unwrap();
        rig.store.sessions().session(&subject()).await.unwrap().unwrap().status
    };
    let (outcome, status) = tokio::join!(rig.prompt(&screen, "Go."), close);
    assert_eq!((outcome.status, status), (EndKind::Cancelled, SessionStatus::Closed));
    rig.server.script(Script::new().text("Here I am."));
    let again = rig.prompt(&Screen::new(), "Again.").await;
    assert!(again.is_ok() && !again.context_lost, "b09: what is closed is used again");
}

#[tokio::test]
async fn b12_a_backend_that_is_disposed_ends_its_turns_and_takes_no_more() {
    let rig = Rig::start().await;
    rig.server.default_script(works());
    let session = rig.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let dispose = async {
        rig.server.wait_for_hold("working").await;
        let disposed = tokio::time::timeout(HANGS_AFTER, rig.agent.dispose());
        disposed.await.expect("it waits for ever");
        assert!(!rig.agent.is_busy(), "the turn has ended before");
    };
    let screen = Screen::new();
    let (outcome, ()) = tokio::join!(rig.prompt(&screen, "Go."), dispose);
    assert_eq!(outcome.status, EndKind::Cancelled);
    let refused = rig.agent.prompt(&session, "Again.".into(), Screen::new().sink()).await.unwrap_err();
    assert!(matches!(refused, AgentError::Disposed));
    assert!(rig.agent.ensure_session(&SessionRequest::new(subject())).await.is_err());
    rig.agent.dispose().await;
}

/// What was told before stays, and is told once.
#[cfg(feature = "supervisor")]
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_turn_whose_server_dies_says_each_word_once() {
    use opencode_orchestrate::agent::{AgentEventKind, OpenCodeBackend};
    use opencode_orchestrate::pool::ServerPool;
    use opencode_orchestrate::turn::{RunOptions, TurnRunner};
    use opencode_store::Store;
    use rustix::process::{Pid, Signal, kill_process};

    use crate::pool::stand_in::StandIn;

    let server = StandIn::new().await;
    server.server.default_script(Script::new().text("It has ").hold("half-way").more("ended."));
    let pool = ServerPool::builder().server("one", server.options()).build();
    let agent = OpenCodeBackend::new(TurnRunner::new(Store::memory(), &pool, RunOptions::default()));
    let session = agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let screen = Screen::new();
    let die = async {
        screen.until(|kind| matches!(kind, AgentEventKind::Text { .. }).then_some(())).await;
        let pid = i32::try_from(server.pids()[0]).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
        let again = async {
            while server.pids().len() < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(HANGS_AFTER, again).await.expect("no other is started");
        server.server.release("half-way");
    };
    let (outcome, ()) = tokio::join!(agent.prompt(&session, "Go.".into(), screen.sink()), die);
    let outcome = outcome.unwrap();
    assert_eq!((outcome.status, outcome.text.as_str()), (EndKind::Completed, "It has ended."));
    assert_eq!(screen.text(), "It has ended.");
    agent.dispose().await;
}
