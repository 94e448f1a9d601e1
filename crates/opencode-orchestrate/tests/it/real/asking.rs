//! What agents ask of people, on the real server.

use std::time::Duration;

use opencode_orchestrate::blocker::{Answer, BlockerPolicy, answer};
use opencode_orchestrate::rules::Rules;
use opencode_orchestrate::turn::Turn;
use opencode_store::Store;
use opencode_store::blocker::{Answered, BlockerKind, BlockerState};
use opencode_store::turn::EndKind;
use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::drive::CancellationToken;
use serde_json::json;

use super::rig::{HANGS_AFTER, Rig, kind};
#[cfg(unix)]
use crate::crash::{
    child::Orders,
    program::{Death, Program},
};

fn question() -> ModelScript {
    let option = |label: &str| json!({ "label": label, "description": "a colour" });
    let questions = json!([{
        "question": "Which colour?", "header": "Colour", "options": [option("Red"), option("Blue")],
    }]);
    ModelScript::new()
        .step([Op::tool("question", json!({ "questions": questions }))])
        .step([Op::text("I see.")])
}

/// The process that was asked dies; another one answers; a third one delivers the answer.
#[tokio::test]
async fn a_question_is_answered_from_elsewhere_after_its_worker_died() {
    let Some(rig) = Rig::start().await else { return };
    let id = rig.admit(question()).await;
    let dies = rig.begin().await;
    let asked = rig.asked(id).await;
    assert_eq!(asked.request.kind, BlockerKind::Question);
    rig.kill(dies).await;
    let elsewhere = rig.elsewhere().await;
    let wrong = answer(&elsewhere, id, &asked.request.request_id, &Answer::Once, "ann").await.unwrap_err();
    assert_eq!(wrong.kind(), opencode_store::ErrorKind::InvalidInput);
    let said = Answer::labels(["Blue"]);
    let answered = answer(&elsewhere, id, &asked.request.request_id, &said, "ann").await.unwrap();
    assert!(matches!(answered, Answered::Accepted(_)), "{answered:?}");
    let finished = rig.run().await;
    assert_eq!((kind(&finished), rig.text(&finished).await.as_str()), (EndKind::Completed, "I see."));
    let told = serde_json::to_string(&rig.model.requests().last().unwrap().messages).unwrap();
    assert!(told.contains("Blue"), "the model reads the answer: {told}");
    let became = rig.store.blockers().blockers(id).await.unwrap();
    assert_eq!(became.iter().map(|request| request.state).collect::<Vec<_>>(), [BlockerState::Delivered]);
    assert_eq!(rig.model.requests().len(), 2, "nothing was prompted twice");
}

/// G09, W-04: a sub-agent asks, and the turn's own person is found.
#[tokio::test]
async fn g09_the_permission_of_a_sub_agent_waits_in_the_store() {
    let Some(rig) = Rig::start().await else { return };
    let inner = ModelScript::new()
        .step([Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" }))])
        .step([Op::text("Said.")]);
    let task = json!({
        "description": "A small task",
        "prompt": inner.to_prompt("Please do this."),
        "subagent_type": "general",
    });
    let script = ModelScript::new().step([Op::tool("task", task)]).step([Op::text("The sub-agent is done.")]);
    let rules = Rules::deny_all().allow("*").ask("bash");
    let turn = rig.turn(&script).permissions(rules).blockers(BlockerPolicy::ask());
    let id = turn.clone().idempotency_key("once").enqueue().await.unwrap().id();
    let running = tokio::spawn(turn.idempotency_key("once").run(CancellationToken::new()));
    let asked = rig.asked(id).await;
    let root = rig.store.sessions().session(&crate::support::subject()).await.unwrap().unwrap().upstream_id;
    assert_ne!(Some(asked.request.session_id.clone()), root, "it is the sub-agent that asks");
    answer(&rig.store, id, &asked.request.request_id, &Answer::Once, "ann").await.unwrap();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "The sub-agent is done."));
    assert_eq!(outcome.usage.steps, 4, "those of the sub-agent are counted");
}

/// The same with processes: the one that asked is killed, this one answers, and a third one delivers the answer.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_by_another_process_after_the_one_that_asked_was_killed() {
    let Some(rig) = Rig::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shared.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let turn =
        Turn::new(&store, rig.client(), &crate::support::subject(), question().to_prompt("Please go."));
    let turn = turn.enqueue().await.unwrap();
    let orders = Orders {
        store_url: url,
        server_url: rig.server.url().to_owned(),
        password: rig.server.password().map(str::to_owned),
        message_id: turn.record().await.unwrap().message_id,
        title: "a test".to_owned(),
        lease: Duration::from_secs(3),
        patience: Duration::from_secs(2),
        admission: Duration::from_secs(60),
        plan: None,
        asks: true,
    };
    let mut asks = Program::start(&orders);
    let asked = async {
        let mut watch = store.events().watch_turn(turn.id());
        loop {
            if let Some(asked) = turn.open_blockers().await.unwrap().into_iter().next() {
                return asked;
            }
            watch.changed().await;
        }
    };
    let asked = tokio::time::timeout(HANGS_AFTER, asked).await.expect("nothing is asked");
    asks.kill().await;
    assert_eq!(asks.end().await, Ok(Death::Killed));
    turn.answer(&asked.request.request_id, &Answer::labels(["Blue"]), "ann").await.unwrap();
    let mut delivers = Program::start(&orders);
    let ended = async { while delivers.next().await.is_some() {} };
    tokio::time::timeout(HANGS_AFTER, ended).await.expect("the worker hangs");
    assert_eq!(delivers.end().await, Ok(Death::Natural));
    let outcome = turn.outcome().await.unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "I see."));
    let told = serde_json::to_string(&rig.model.requests().last().unwrap().messages).unwrap();
    assert!(told.contains("Blue"), "the model reads the answer: {told}");
    assert_eq!(rig.model.requests().len(), 2, "nothing was prompted twice");
}
