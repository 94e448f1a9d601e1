//! What is told of a turn while it runs, and what came of it.

use opencode_orchestrate::agent::transform::{Redact, StripTags, Transforms};
use opencode_orchestrate::agent::{
    AgentError, AgentEventKind, AgentHealth, AgentPrompt, AgentStatus, CallStatus, OpenCodeBackend,
    SessionRequest,
};
use opencode_orchestrate::blocker::Answer;
use opencode_orchestrate::pool::ServerPool;
use opencode_orchestrate::turn::{RunOptions, Turn, TurnRunner};
use opencode_orchestrate::worker::Worker;
use opencode_store::session::SessionConfig;
use opencode_store::turn::{Delivery, EndKind};
use opencode_store::{ErrorKind, Store};
use opencode_testkit::server::{Permission, Script, Tool, Usage};
use opencode_wire::Client;
use opencode_wire::drive::CancellationToken;
use serde_json::json;

use super::screen::Screen;
use super::{AgentBackend, HANGS_AFTER, Rig, runner};
use crate::support::subject;

#[tokio::test]
async fn all_is_told_in_its_order_before_the_prompt_returns() {
    let rig = Rig::start().await;
    rig.server.default_script(
        Script::new()
            .reasoning("Let me see.")
            .tool(Tool::new("bash").input(json!({ "command": "ls" })).output("a.txt"))
            .usage(Usage::new(100, 20, 0.01))
            .next_step()
            .text_chunks(["There is ", "one file."])
            .usage(Usage::new(150, 30, 0.02)),
    );
    let screen = Screen::new();
    let outcome = rig.prompt(&screen, "What is there?").await;
    assert!(outcome.is_ok() && !outcome.context_lost, "{outcome:?}");
    assert_eq!((screen.text().as_str(), outcome.text.as_str()), ("There is one file.", "There is one file."));
    let told = screen.events();
    let place = |is: fn(&AgentEventKind) -> bool| told.iter().position(|event| is(&event.kind)).unwrap();
    let reasoning = place(|kind| matches!(kind, AgentEventKind::Reasoning { .. }));
    let tool = place(|kind| matches!(kind, AgentEventKind::ToolCall(_)));
    let text = place(|kind| matches!(kind, AgentEventKind::Text { .. }));
    assert!(reasoning < tool && tool < text);
    let tools = screen.tools();
    let tool = tools.values().next().unwrap();
    assert_eq!((tool.status, tool.output.as_deref()), (CallStatus::Completed, Some("a.txt")));
    let steps: Vec<u64> = told
        .iter()
        .filter_map(|event| match &event.kind {
            AgentEventKind::StepUsage { usage, .. } => Some(usage.input),
            _ => None,
        })
        .collect();
    assert_eq!((steps.iter().sum::<u64>(), outcome.usage.steps), (outcome.usage.input, 2));
    assert_eq!(told.last().unwrap().kind, AgentEventKind::Status(AgentStatus::Idle));
}

/// A tag comes in pieces, and so does a secret; what is stored is what the agent said.
#[tokio::test]
async fn what_is_told_is_transformed_and_what_is_stored_is_not() {
    let transforms = Transforms::new()
        .with_text(|| Box::new(StripTags::new(["dcp-message-id"])))
        .with_text(|| Box::new(Redact::new(["hunter2"])));
    let rig = Rig::with(|agent| agent.with_transforms(transforms)).await;
    let chunks = ["The word is hun", "ter2.<dcp-mess", "age-id>m1</dcp-", "message-id> a < b"];
    rig.server.default_script(Script::new().text_chunks(chunks));
    let screen = Screen::new();
    let outcome = rig.prompt(&screen, "Tell.").await;
    assert_eq!(outcome.text, "The word is [redacted]. a < b");
    assert_eq!(screen.text(), outcome.text);
    let record = rig.store.sessions().session(&subject()).await.unwrap().unwrap();
    let filter = opencode_store::turn::TurnFilter::All;
    let turn = rig.store.turns().turns(record.id, filter, None, 1).await.unwrap().remove(0);
    let stored = rig.store.replies().parts(turn.id).await.unwrap();
    assert!(stored.iter().any(|part| part.to_value().to_string().contains("hunter2")));
}

/// B-06: a permission is told, waits for as long as it takes, and is answered.
#[tokio::test]
async fn b06_what_is_asked_is_told_and_answered() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(json!({ "command": "make" })).ask(Permission::new("bash", "make"));
    rig.server.default_script(Script::new().tool(tool.output("built")).next_step().text("Built."));
    let session = rig.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let screen = Screen::new();
    let answered = async {
        let request = screen
            .until(|kind| match kind {
                AgentEventKind::Asked(request) => Some(request.clone()),
                _ => None,
            })
            .await;
        assert_eq!(request.what, "bash: make");
        let nothing = rig.agent.answer(&session, "per_nothing", &Answer::Once, "ann").await.unwrap_err();
        assert!(matches!(nothing, AgentError::NotAsked { request } if request == "per_nothing"));
        // It is told as soon as it is heard, and can be answered once it is stored.
        let answered = async {
            while rig.agent.answer(&session, &request.id, &Answer::Once, "ann").await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(HANGS_AFTER, answered).await.expect("it is never stored");
    };
    let (outcome, ()) = tokio::join!(rig.prompt(&screen, "Build it."), answered);
    assert!(outcome.is_ok());
    screen.until(|kind| matches!(kind, AgentEventKind::Answered { .. }).then_some(())).await;
}

/// B-11: the model goes with the prompt, so another one costs no conversation.
#[tokio::test]
async fn b11_another_model_is_the_same_session() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Yes."));
    let wanted = SessionRequest::new(subject()).with_model("acme/small".parse().unwrap());
    let session = rig.agent.ensure_session(&wanted).await.unwrap();
    let large = AgentPrompt::new("And you?").with_model("acme/large/2".parse().unwrap());
    for prompt in [AgentPrompt::new("Are you there?"), large] {
        let outcome = rig.agent.prompt(&session, prompt, Screen::new().sink()).await.unwrap();
        assert!(outcome.is_ok() && !outcome.context_lost);
    }
    let prompts: Vec<_> = rig.server.requests_to("POST", "/session/:id/prompt_async");
    let models: Vec<_> = prompts.iter().map(|prompt| prompt.body["model"].clone()).collect();
    assert_eq!(models[0], json!({ "providerID": "acme", "modelID": "small" }));
    assert_eq!(models[1], json!({ "providerID": "acme", "modelID": "large/2" }));
    assert_eq!(prompts[0].path, prompts[1].path);
}

/// A turn that another worker carries is told at its end.
#[tokio::test]
async fn a_turn_that_somebody_else_carries_is_told_whole() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("Done by another."));
    let session = rig.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let (key, elsewhere, stop) = ("the same", runner(&rig.server, &rig.store), CancellationToken::new());
    let turn = Turn::on(&elsewhere, &subject(), "Go.").idempotency_key(key).enqueue().await.unwrap();
    let worker = Worker::new(elsewhere, |_| SessionConfig::default());
    let ended = async {
        let outcome = tokio::time::timeout(HANGS_AFTER, turn.outcome()).await;
        stop.cancel();
        outcome.expect("nobody carries it").unwrap()
    };
    tokio::join!(worker.run(stop.clone()), ended);
    let screen = Screen::new();
    let prompt = AgentPrompt::new("Go.").with_idempotency_key(key);
    let outcome = rig.agent.prompt(&session, prompt, screen.sink()).await.unwrap();
    assert_eq!((outcome.text.as_str(), screen.text().as_str()), ("Done by another.", "Done by another."));
    rig.server.assert_prompts(1);
}

#[tokio::test]
async fn a_session_that_is_busy_refuses_a_prompt_that_does_not_want_to_wait() {
    let rig = Rig::start().await;
    rig.server.default_script(Script::new().text("I am ").hold("busy").more("done."));
    let session = rig.agent.ensure_session(&SessionRequest::new(subject())).await.unwrap();
    let screen = Screen::new();
    let second = async {
        rig.server.wait_for_hold("busy").await;
        assert!(rig.agent.is_busy());
        let prompt = AgentPrompt::new("Now!").with_delivery(Delivery::Reject);
        let error = rig.agent.prompt(&session, prompt, Screen::new().sink()).await.unwrap_err();
        assert!(matches!(&error, AgentError::Store(error) if error.kind() == ErrorKind::Busy), "{error:?}");
        rig.server.release("busy");
    };
    let (first, ()) = tokio::join!(rig.prompt(&screen, "Go."), second);
    assert_eq!((first.status, screen.text().as_str()), (EndKind::Completed, "I am done."));
    assert!(!rig.agent.is_busy());
}

#[tokio::test]
async fn health_says_whether_the_agent_can_be_reached() {
    let rig = Rig::start().await;
    assert!(matches!(rig.agent.health().await, AgentHealth::Up { .. }));
    let url = rig.server.url().to_owned();
    drop(rig);
    let runner = TurnRunner::new(Store::memory(), Client::new(url).unwrap(), RunOptions::default());
    let health = OpenCodeBackend::new(runner).health().await;
    assert!(matches!(&health, AgentHealth::Down { .. }) && !health.is_usable(), "{health}");
    let none = TurnRunner::new(Store::memory(), ServerPool::builder().build(), RunOptions::default());
    assert_eq!(OpenCodeBackend::new(none).health().await, AgentHealth::Idle);
}
