//! Connections that break in the middle: the outcome is that of a turn that was never interrupted.

use opencode_testkit::model::{ModelScript, Op};
use opencode_wire::Client;
use opencode_wire::api::SessionHandle;
use opencode_wire::drive::policy;
use opencode_wire::reply::{ChangeKind, Reply, ReplyPart};
use opencode_wire::turn::{Ending, Outcome};
use serde_json::json;

use super::proxy::Proxy;
use super::rig::{self, Rig};

const fn is_text(kind: &ChangeKind) -> bool {
    matches!(kind, ChangeKind::Text { .. })
}

async fn session_through(rig: &Rig, proxy: &Proxy) -> SessionHandle {
    let password = rig.server.password().unwrap();
    let client = Client::builder().base_url(proxy.url()).password(password).build().unwrap();
    rig::session(&client).await
}

/// What a reply says and does, without its ids.
fn essence(reply: &Reply) -> (String, String, Vec<(String, Option<String>)>, u64) {
    let tools = reply.tools().filter_map(ReplyPart::tool);
    let tools = tools.map(|tool| (tool.tool.clone(), tool.state.output.clone())).collect();
    (reply.text(), reply.reasoning(), tools, reply.usage().steps)
}

/// Waits until a session asks for a permission, as somebody sees it who was not cut off.
async fn is_asked(rig: &Rig, session: &SessionHandle) {
    let client = rig.client();
    loop {
        let open = client.permissions().list().await.unwrap();
        if open.iter().any(|request| request.session_id == *session.id()) {
            return;
        }
    }
}

/// Cuts every connection while the model speaks, lets it end, and connects again only then.
async fn interrupted(rig: &Rig, name: &str, script: ModelScript) -> Outcome {
    let proxy = Proxy::before(rig.server.port()).await;
    let session = session_through(rig, &proxy).await;
    let mut turn =
        session.prompt(rig::prompt(&session, &script)).on_blocker(policy::allow_all).await.unwrap();
    rig::until(&mut turn, is_text).await;
    rig.model.wait_for_hold(name).await;
    proxy.close();
    let follow = rig::drain(turn);
    let end = async {
        proxy.wait_for_refusals(1).await;
        rig.model.release(name);
        rig::finishes("the request for permission", is_asked(rig, &session)).await;
        proxy.open();
    };
    let ((changes, outcome), ()) = futures_util::future::join(follow, end).await;
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Gap), "{}", rig::shown(&changes));
    outcome
}

fn script(hold: Op) -> ModelScript {
    ModelScript::new()
        .step([
            Op::reasoning("Let me see."),
            Op::text("The beginning, "),
            hold,
            Op::text("and what was said while nobody listened."),
            Op::tool("bash", json!({ "command": "echo hi", "description": "Says hi" })),
        ])
        .step([Op::text("The end.")])
}

#[tokio::test]
async fn g06_a_turn_that_was_cut_off_ends_like_one_that_was_not() {
    let Some(rig) = Rig::shared().await else { return };
    let session = rig.session().await;
    let whole = session
        .prompt(rig::prompt(&session, &script(Op::text(""))))
        .on_blocker(policy::allow_all)
        .await
        .unwrap();
    let whole = rig::outcome(whole).await;
    let cut = interrupted(&rig, "g06-cut", script(Op::hold("g06-cut"))).await;
    assert_eq!([&whole.ending, &cut.ending], [&Ending::Completed; 2]);
    assert_eq!(essence(&cut.reply), essence(&whole.reply));
    assert_eq!(rig.requests_of(&session).len(), 2);
}

/// Nobody knows whether a prompt arrived whose connection broke before the answer: the turn looks for it and never
/// posts it twice.
#[tokio::test]
async fn g01_a_prompt_whose_answer_was_cut_off_is_posted_once() {
    let Some(rig) = Rig::shared().await else { return };
    let proxy = Proxy::before(rig.server.port()).await;
    let session = session_through(&rig, &proxy).await;
    let script = ModelScript::new().step([Op::text("Once "), Op::hold("g01-cut"), Op::text("only.")]);
    let prompting = session.prompt(rig::prompt(&session, &script)).into_future();
    let cut = async {
        // The model was asked: the prompt is stored, whether or not its answer has come.
        rig.model.wait_for_hold("g01-cut").await;
        proxy.close();
        proxy.wait_for_refusals(1).await;
        proxy.open();
        rig.model.release("g01-cut");
    };
    let follow = async { rig::outcome(prompting.await.unwrap()).await };
    let (outcome, ()) = futures_util::future::join(follow, cut).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "Once only."));
    assert_eq!(rig.requests_of(&session).len(), 1);
}
