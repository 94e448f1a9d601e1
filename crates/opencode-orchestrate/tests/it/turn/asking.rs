//! What agents ask, and who answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opencode_orchestrate::blocker::{Answer, BlockerPolicy, Expiry};
use opencode_orchestrate::rules::Rules;
use opencode_orchestrate::turn::{Turn, TurnHandle};
use opencode_store::ErrorKind;
use opencode_store::blocker::{Answered, BlockerKind, BlockerState};
use opencode_store::turn::{Delivery, EndKind, TurnId};
use opencode_testkit::server::{Permission, Script, Subagent, Tool};
use opencode_wire::drive::{CancellationToken, Decision};
use serde_json::json;

use super::rig::{Rig, end};
use crate::support::{Flowing, subject};

fn bash(command: &str) -> Tool {
    Tool::new("bash")
        .input(json!({ "command": command }))
        .ask(Permission::new("bash", command))
        .output("done")
}

fn asks_permission() -> Script {
    Script::new().tool(bash("make")).next_step().text("Built.")
}

fn asks_question() -> Script {
    let options = json!([{"label": "Red", "description": ""}, {"label": "Blue", "description": ""}]);
    let questions = json!([{"question": "Which colour?", "header": "Colour", "options": options}]);
    Script::new().question(questions).next_step().text("Painted.")
}

async fn answer(rig: &Rig, id: TurnId, said: Answer) -> Answered {
    let request = rig.asked(id).await.request.request_id;
    TurnHandle::new(rig.store.clone(), id).answer(&request, &said, "ann").await.unwrap()
}

/// What the server was told about a permission.
async fn told(rig: &Rig) -> serde_json::Value {
    rig.server.wait_for_request("POST", "/permission/:id/reply").await.body
}

/// W-07: nobody watches, so nobody is waited for: the agent is told and goes on.
#[tokio::test]
async fn w07_without_a_policy_everything_is_refused() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let outcome = rig.turn("Build it.").run(CancellationToken::new()).await.unwrap();
    assert!(outcome.is_completed(), "{:?}", outcome.end());
    assert_eq!(told(&rig).await["reply"], "reject");
    assert_eq!(rig.requests(outcome.turn.id).await, []);

    rig.server.script(asks_question());
    rig.turn("Paint it.").run(CancellationToken::new()).await.unwrap();
    rig.server.wait_for_request("POST", "/question/:id/reject").await;
}

#[tokio::test]
async fn rules_decide_before_anybody_is_asked() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().tool(bash("ls")).tool(bash("rm -r /")).next_step().text("Done."));
    let rules = Rules::deny_all().allow_only("bash", "ls").deny_because("bash", "rm *", "Never.");
    let never = |_| async { panic!("nobody is to be asked") };
    let policy = BlockerPolicy::default().with_rules(rules).with_handler(never);
    rig.turn("Go.").blockers(policy).run(CancellationToken::new()).await.unwrap();
    let replies = rig.server.wait_for_requests("POST", "/permission/:id/reply", 2).await;
    let replies: Vec<_> =
        replies.iter().map(|reply| (&reply.body["reply"], &reply.body["message"])).collect();
    assert_eq!(replies[0].0, "once");
    assert_eq!(replies[1], (&json!("reject"), &json!("Never.")));
}

/// G09: of a sub-agent too, the handler decides, and is told whose turn it is.
#[tokio::test]
async fn g09_a_handler_answers_for_the_whole_tree() {
    let rig = Rig::start().await;
    let child = Script::new().tool(bash("make")).next_step().text("Built.");
    rig.server.script(Script::new().subagent(Subagent::new("build", child)).next_step().text("It is built."));
    let policy = BlockerPolicy::ask().with_handler(|asked| async move {
        assert_eq!((asked.scope.as_str(), asked.key.as_str()), ("acme", "conversation/42"));
        Decision::AllowAlways
    });
    let outcome = rig.turn("Build it.").blockers(policy).run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.text(), "It is built.");
    assert_eq!(told(&rig).await["reply"], "always");
}

/// W-04: what nobody answers at once is stored, and any process answers it.
#[tokio::test]
async fn w04_a_request_of_a_sub_agent_waits_in_the_store_for_an_answer() {
    let rig = Rig::start().await;
    let child = Script::new().tool(bash("make")).next_step().text("Built.");
    rig.server.script(Script::new().subagent(Subagent::new("build", child)).next_step().text("It is built."));
    let id = rig.deliver("Build it.", Delivery::Queue).await;
    let running = rig.begin_with(rig.runner().with_blockers(BlockerPolicy::ask())).await;
    let asked = rig.asked(id).await;
    assert_eq!(asked.request.kind, BlockerKind::Permission);
    assert_eq!(asked.request.payload.to_value()["patterns"], json!(["make"]));
    assert!(asked.request.expires_at.is_some(), "nobody is waited for without a limit");
    assert!(matches!(answer(&rig, id, Answer::Once).await, Answered::Accepted(_)));
    let finished = running.await.unwrap().unwrap();
    assert_eq!(end(&finished).kind, EndKind::Completed);
    assert_eq!(rig.requests(id).await, [BlockerState::Delivered]);
    assert_eq!(told(&rig).await["reply"], "once");
}

/// The asking process dies; the answer comes meanwhile; whoever takes over delivers it, and nobody is asked twice.
#[tokio::test]
async fn an_answer_that_comes_while_nobody_works_on_the_turn_is_delivered() {
    let rig = Rig::start().await;
    rig.server.script(asks_question());
    let id = rig.deliver("Paint it.", Delivery::Queue).await;
    let dies = rig.begin_with(rig.runner().with_blockers(BlockerPolicy::ask())).await;
    rig.asked(id).await;
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());
    assert!(matches!(answer(&rig, id, Answer::labels(["Blue"])).await, Answered::Accepted(_)));
    rig.lapse();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let policy = BlockerPolicy::ask().with_handler(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Decision::Leave }
    });
    let finished = rig.begin_with(rig.runner().with_blockers(policy)).await.await.unwrap().unwrap();
    assert_eq!((end(&finished).kind, rig.text(&finished).await.as_str()), (EndKind::Completed, "Painted."));
    assert_eq!(calls.load(Ordering::SeqCst), 0, "it was stored, so it is not asked again");
    let reply = rig.server.wait_for_request("POST", "/question/:id/reply").await;
    assert_eq!(reply.body["answers"], json!([["Blue"]]));
    assert_eq!(rig.requests(id).await, [BlockerState::Delivered]);
}

/// What is still open after a restart is told again, once.
#[tokio::test]
async fn an_open_request_is_announced_again_after_a_take_over() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let id = rig.deliver("Build it.", Delivery::Queue).await;
    let dies = rig.begin_with(rig.runner().with_blockers(BlockerPolicy::ask())).await;
    let before = rig.asked(id).await;
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());
    rig.lapse();
    let running = rig.begin_with(rig.runner().with_blockers(BlockerPolicy::ask())).await;
    rig.server.wait_for_streams(1).await;
    assert_eq!(rig.asked(id).await, before, "it is the same request, asked when it was asked first");
    answer(&rig, id, Answer::Once).await;
    running.await.unwrap().unwrap();
    let blocked =
        rig.log(id).await.into_iter().filter(|entry| entry.to_payload().starts_with("{\"blocked\""));
    assert!(blocked.count() >= 1, "those who follow the turn are told after each beginning");
}

/// It was answered at the server's own terminal: the stored request is withdrawn, and answers to it come too late.
#[tokio::test]
async fn a_request_that_was_answered_elsewhere_is_withdrawn_and_a_stale_answer_refused() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().tool(bash("make")).next_step().text("Half of ").hold("half").more("it."));
    let id = rig.deliver("Build it.", Delivery::Queue).await;
    let running = rig.begin_with(rig.runner().with_blockers(BlockerPolicy::ask())).await;
    let request = rig.asked(id).await.request.request_id;
    let elsewhere = opencode_wire::Client::new(rig.server.url()).unwrap();
    let open = elsewhere.permissions().list().await.unwrap().remove(0);
    let allow = opencode_wire::api::PermissionAnswer::once();
    elsewhere.permissions().reply(&open.session_id, &open.id, allow).await.unwrap();
    rig.server.wait_for_hold("half").await;
    let turn = TurnHandle::new(rig.store.clone(), id);
    let mut watch = rig.store.events().watch_turn(id);
    while rig.requests(id).await == [BlockerState::Open] {
        watch.changed().await;
    }
    assert_eq!(rig.requests(id).await, [BlockerState::Withdrawn]);
    assert!(matches!(turn.answer(&request, &Answer::reject(), "ann").await.unwrap(), Answered::TooLate(_)));
    let unknown = turn.answer("per_none", &Answer::Once, "ann").await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    rig.server.release("half");
    running.await.unwrap().unwrap();
}

/// G11, G12: nobody answers in time, and the turn ends as that, stopped on the server.
#[tokio::test(start_paused = true)]
async fn g12_a_request_that_nobody_answers_ends_the_turn_as_unanswered() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let policy = BlockerPolicy::ask().with_limit(Duration::from_secs(600));
    let runner = rig.runner().with_clock(Arc::new(Flowing::begin()));
    let turn = Turn::on(&runner, &subject(), "Build it.").blockers(policy);
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.status(), EndKind::Unanswered);
    let detail = outcome.end().detail.as_ref().unwrap().to_value();
    assert!(detail["request_id"].as_str().unwrap().starts_with("per_"), "{detail}");
    assert_eq!(rig.requests(outcome.turn.id).await, [BlockerState::Expired]);
    rig.server.wait_for_request("POST", "/session/:id/abort").await;
}

/// The other way to end a wait: the agent is told, and goes on.
#[tokio::test(start_paused = true)]
async fn a_request_that_expires_may_be_refused_instead() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let policy = BlockerPolicy::ask()
        .with_limit(Duration::from_secs(600))
        .with_expiry(Expiry::Refuse { message: "Nobody is there.".to_owned() });
    let runner = rig.runner().with_clock(Arc::new(Flowing::begin()));
    let turn = Turn::on(&runner, &subject(), "Build it.").blockers(policy);
    let outcome = turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Built."));
    let told = told(&rig).await;
    assert_eq!((&told["reply"], &told["message"]), (&json!("reject"), &json!("Nobody is there.")));
}

/// The wait is counted from when it was asked, by the store's clock, whoever waits.
#[tokio::test]
async fn a_wait_goes_on_where_it_was_after_a_take_over() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let policy = BlockerPolicy::ask().with_limit(Duration::from_secs(600));
    let id = rig.deliver("Build it.", Delivery::Queue).await;
    let dies = rig.begin_with(rig.runner().with_blockers(policy.clone())).await;
    rig.asked(id).await;
    dies.abort();
    assert!(dies.await.unwrap_err().is_cancelled());
    rig.advance(Duration::from_secs(601));
    let finished = rig.begin_with(rig.runner().with_blockers(policy)).await.await.unwrap().unwrap();
    assert_eq!(end(&finished).kind, EndKind::Unanswered);
}

/// A handler that panics is reported, and the request waits for somebody else.
#[tokio::test]
async fn a_handler_that_panics_leaves_the_request_to_others() {
    let rig = Rig::start().await;
    rig.server.script(asks_permission());
    let policy =
        BlockerPolicy::ask().with_handler(|_| async { panic!("a test shall see that this is contained") });
    let id = rig.deliver("Build it.", Delivery::Queue).await;
    let running = rig.begin_with(rig.runner().with_blockers(policy)).await;
    answer(&rig, id, Answer::Once).await;
    let finished = running.await.unwrap().unwrap();
    assert_eq!(rig.text(&finished).await, "Built.");
}
