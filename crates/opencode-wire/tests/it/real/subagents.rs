//! Sub-agents: sessions that an agent starts, which belong to the turn.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::drive::Decision;
use opencode_wire::model::ToolStatus;
use opencode_wire::reply::{Change, ChangeKind, ReplyPart};
use opencode_wire::turn::{CancelledBy, Ending};
use serde_json::json;

use super::rig::{self, Rig};

/// A turn that hands a script to a sub-agent and says a word after it.
fn delegated(inner: &ModelScript) -> ModelScript {
    let task = json!({
        "description": "A small task",
        "prompt": inner.to_prompt("Please do this."),
        "subagent_type": "general",
    });
    ModelScript::new().step([Op::tool("task", task)]).step([Op::text("The sub-agent is done.")])
}

fn command(command: &str) -> Op {
    Op::tool("bash", json!({ "command": command, "description": "Runs it" }))
}

fn counted(read: u32, written: u32) -> Op {
    let total = read + written;
    Op::usage(json!({ "prompt_tokens": read, "completion_tokens": written, "total_tokens": total }))
}

fn child_of(changes: &[Change]) -> Option<&Change> {
    changes.iter().find(|change| matches!(change.kind, ChangeKind::ChildStarted { .. }))
}

/// A request inside a sub-agent carries the child's id: who looks at the parent's alone waits for ever.
#[tokio::test]
async fn t12_a_permission_inside_a_sub_agent_blocks_the_turn() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let inner = ModelScript::new().step([command("echo inside")]).step([Op::text("Inner word.")]);
    let mut turn = rig::start(&session, delegated(&inner)).await;
    let changes = rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Blocked(_))).await;
    let child_id = child_of(&changes).expect("a child").session_id.clone();
    let blocker = turn.reply().blockers().next().cloned().unwrap();
    assert_eq!(blocker.session_id(), &child_id);
    assert_ne!(&child_id, session.id());
    turn.answer(&blocker, Decision::AllowOnce).await.unwrap();
    let (_, outcome) = rig::drain(turn).await;
    assert_eq!(outcome.ending, Ending::Completed);
    assert_eq!(outcome.reply.text(), "The sub-agent is done.");
    let inside: Vec<_> = outcome.reply.parts_of(&child_id).into_iter().filter_map(ReplyPart::tool).collect();
    assert_eq!(inside.len(), 1, "{}", rig::shown(&outcome));
    assert_eq!(inside[0].state.status, ToolStatus::Completed);
    let task = outcome.reply.tools().next().and_then(ReplyPart::tool).unwrap();
    assert_eq!(task.child_session().as_ref(), Some(&child_id));
    assert!(session.children().await.unwrap().iter().any(|child| child.id == child_id));
}

#[tokio::test]
async fn the_usage_of_a_sub_agent_counts() {
    let Some(rig) = Rig::shared().await else { return };
    let inner = ModelScript::new().step([Op::text("Inner word."), counted(1000, 10)]);
    let script = {
        let task = json!({
            "description": "A small task",
            "prompt": inner.to_prompt("Please do this."),
            "subagent_type": "general",
        });
        ModelScript::new()
            .step([Op::tool("task", task), counted(100, 1)])
            .step([Op::text("Done."), counted(10_000, 100)])
    };
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    let used = outcome.reply.usage();
    assert_eq!((used.steps, used.input, used.output), (3, 11_100, 111), "{used:?}");
}

#[tokio::test]
async fn g09_an_abort_reaches_the_sub_agent() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let inner = ModelScript::new().step([Op::text("Inner word. "), Op::Hang]);
    let mut turn = rig::start(&session, delegated(&inner)).await;
    let changes = rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Text { .. })).await;
    let child_id = child_of(&changes).expect("a child").session_id.clone();
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Caller, confirmed: true });
    let said: String = outcome
        .reply
        .parts_of(&child_id)
        .into_iter()
        .filter_map(|part| part.text().map(|text| text.text.clone()))
        .collect();
    assert_eq!(said.trim(), "Inner word.");
    let working = session.client().sessions().status().await.unwrap();
    assert!(!working.contains_key(&child_id) && !working.contains_key(session.id()), "{working:?}");
}

#[tokio::test]
async fn g09_an_abort_reaches_a_sub_agent_that_waits_for_a_person() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let inner = ModelScript::new().step([command("echo inside")]).step([Op::text("Inner word.")]);
    let mut turn = rig::start(&session, delegated(&inner)).await;
    rig::until(&mut turn, |kind| matches!(kind, ChangeKind::Blocked(_))).await;
    turn.cancel();
    let outcome = rig::outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Caller, confirmed: true });
    assert!(!outcome.reply.is_blocked(), "nobody waits any more");
    assert!(!session.client().sessions().status().await.unwrap().contains_key(session.id()));
}

#[tokio::test]
async fn two_sub_agents_at_once_are_both_followed() {
    let Some(rig) = Rig::shared().await else { return };
    let task = |word: &str| {
        let inner = ModelScript::new().step([Op::text(word)]);
        Op::tool(
            "task",
            json!({
                "description": word,
                "prompt": inner.to_prompt("Please do this."),
                "subagent_type": "general",
            }),
        )
    };
    let script = ModelScript::new().step([task("Left."), task("Right.")]).step([Op::text("Both.")]);
    let outcome = rig.run(script).await;
    assert_eq!(outcome.ending, Ending::Completed);
    let mut said: Vec<String> = outcome.reply.sessions()[1..]
        .iter()
        .flat_map(|child| outcome.reply.parts_of(&child.id))
        .filter_map(|part| part.text().map(|text| text.text.clone()))
        .collect();
    said.sort();
    assert_eq!(said, ["Left.", "Right."]);
}
