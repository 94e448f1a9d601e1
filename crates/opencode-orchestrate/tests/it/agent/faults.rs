//! What went wrong with an earlier system, tried again: the numbers are its.

use opencode_orchestrate::agent::{AgentEventKind, AgentPrompt, Origin, SessionRequest};
use opencode_store::session::SessionStatus;
use opencode_store::turn::EndKind;
use opencode_testkit::server::{Fault, Script, Subagent, Tool};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use opencode_wire::ids::SessionId;
use serde_json::json;

use super::Rig;
use super::screen::Screen;
use crate::support::subject;

/// B-18: nobody knows whether the prompt arrived. It is looked for, and not sent again.
#[tokio::test]
async fn b18_a_prompt_whose_answer_was_lost_is_neither_failed_nor_repeated() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("I have heard."));
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").hang_up_after());
    let screen = Screen::new();
    let outcome = rig.prompt(&screen, "Do it once.").await;
    assert_eq!((outcome.status, screen.text().as_str()), (EndKind::Completed, "I have heard."));
    rig.server.assert_prompts(1);
}

/// B-19: what is noted late about a session that was replaced changes nothing.
#[tokio::test]
async fn b19_a_late_word_about_an_earlier_session_changes_nothing() {
    let rig = Rig::start().await;
    let wanted = SessionRequest::new(subject());
    let first = rig.agent.ensure_session(&wanted).await.unwrap();
    let client = Client::new(rig.server.url()).unwrap();
    client.session(SessionId::from_wire(&first.id)).delete().await.unwrap();
    assert_eq!(rig.agent.ensure_session(&wanted).await.unwrap().generation, 2);
    let sessions = rig.store.sessions();
    let record = sessions.session(&subject()).await.unwrap().unwrap();
    assert!(!sessions.set_status(record.id, first.generation, SessionStatus::Crashed).await.unwrap());
    assert_eq!(sessions.session(&subject()).await.unwrap().unwrap(), record);
}

/// B-21: what a sub-agent says, does and costs is told as its own.
#[tokio::test]
async fn b21_g09_sub_agents_are_told_apart_and_stopped_along() {
    let rig = Rig::start().await;
    let child = Script::new().text("I look.").tool(Tool::new("bash").input(json!({})).hold("working"));
    rig.server.default_script(Script::new().text("I ask.").subagent(Subagent::new("explore", child)));
    let (screen, token) = (Screen::new(), CancellationToken::new());
    let stop = async {
        rig.server.wait_for_hold("working").await;
        screen.until(|kind| matches!(kind, AgentEventKind::SubAgentStarted { .. }).then_some(())).await;
        token.cancel();
    };
    let prompt = AgentPrompt::new("Go.").with_cancel(token.clone());
    let (outcome, ()) = tokio::join!(rig.prompt(&screen, prompt), stop);
    assert_eq!((outcome.status, outcome.text.as_str()), (EndKind::Cancelled, "I ask."));
    let said = |by_it: bool| -> String {
        let texts = screen.events().into_iter().filter(|event| (event.origin == Origin::Prompted) == by_it);
        let deltas = texts.filter_map(|event| match event.kind {
            AgentEventKind::Text { delta, .. } => Some(delta),
            _ => None,
        });
        deltas.collect()
    };
    assert_eq!((said(true).as_str(), said(false).as_str()), ("I ask.", "I look."));
    assert!(screen.tools().values().all(|tool| tool.status.is_terminal()));
    assert_eq!(rig.server.requests_to("POST", "/session/:id/abort").len(), 2, "the child, too");
}
