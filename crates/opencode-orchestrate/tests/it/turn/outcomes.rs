//! Every way in which a turn can end, from its prompt to what is stored: one test for each situation that hosts have
//! met.

use std::time::Duration;

use opencode_orchestrate::turn::TurnOutcome;
use opencode_store::turn::EndKind;
use opencode_testkit::server::{Fault, Script, Tool, Usage};
use opencode_wire::drive::CancellationToken;
use opencode_wire::turn::Deadlines;
use serde_json::json;

use super::rig::Rig;

/// Runs a turn that the server plays so.
async fn play(rig: &Rig, script: Script) -> TurnOutcome {
    rig.server.script(script);
    rig.turn("Go.").run(CancellationToken::new()).await.unwrap()
}

fn told(outcome: &TurnOutcome) -> (EndKind, String) {
    (outcome.status(), outcome.text())
}

fn ls() -> Tool {
    Tool::new("bash").input(json!({ "command": "ls" })).output("a.txt")
}

#[tokio::test]
async fn c3_a_text_whose_last_step_is_finished_is_completed() {
    let rig = Rig::start().await;
    assert_eq!(
        told(&play(&rig, Script::new().text("Here.")).await),
        (EndKind::Completed, "Here.".to_owned())
    );
}

/// N-07: the content is kept, and the end says that somebody stopped it.
#[tokio::test]
async fn n07_a_cancel_while_it_speaks_keeps_what_was_said() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let token = CancellationToken::new();
    let running = tokio::spawn(rig.turn("Go.").run(token.clone()));
    rig.server.wait_for_hold("half").await;
    token.cancel();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.status(), outcome.text().trim()), (EndKind::Cancelled, "Half of"));
}

/// N-06: events were lost, and what was said in the gap is read back.
#[tokio::test]
async fn n06_a_turn_whose_stream_broke_after_the_prompt_completes() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let running = tokio::spawn(rig.turn("Go.").run(CancellationToken::new()));
    rig.server.wait_for_hold("half").await;
    rig.server.suppress(true);
    rig.server.release("half");
    rig.server.drop_streams();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!(told(&outcome), (EndKind::Completed, "Half of it.".to_owned()));
    rig.server.assert_prompts(1);
}

/// N-10: a provider that failed is told from an answer without a word.
#[tokio::test]
async fn n10_no_text_and_an_error_is_a_failure_with_the_providers_words() {
    let rig = Rig::start().await;
    let outcome = play(&rig, Script::new().provider_error(401, "no credit left")).await;
    assert_eq!(told(&outcome), (EndKind::Failed, String::new()));
    let error = outcome.upstream_error().expect("the provider said why");
    assert_eq!(error.data.message, "no credit left");
    assert_eq!(error.data.status_code.map(|code| code.get()), Some(401));
    assert!(!outcome.is_retryable());
    let busy = play(&rig, Script::new().provider_error(503, "busy")).await;
    assert!(busy.is_retryable(), "the server says that another try is of use");
}

#[tokio::test]
async fn c3_an_answer_without_anything_is_completed_without_text() {
    let rig = Rig::start().await;
    let outcome = play(&rig, Script::new()).await;
    assert_eq!(told(&outcome), (EndKind::CompletedWithoutText, String::new()));
}

/// W-49.
#[tokio::test]
async fn w49_tool_calls_alone_are_an_answer() {
    let rig = Rig::start().await;
    let outcome = play(&rig, Script::new().tool(ls())).await;
    assert_eq!(outcome.status(), EndKind::CompletedWithoutText);
    assert_eq!(outcome.canonical_parts().count(), 1);
}

/// W-48: text does not make a success of a failure.
#[tokio::test]
async fn w48_text_before_an_error_is_partial() {
    let rig = Rig::start().await;
    let outcome = play(&rig, Script::new().text("Half of").provider_error(500, "gone")).await;
    assert_eq!(told(&outcome), (EndKind::Failed, "Half of".to_owned()));
    let error = outcome.into_completed().unwrap_err();
    assert_eq!((error.kind(), error.outcome().text().as_str()), (EndKind::Failed, "Half of"));
}

/// W-48, B-08: what takes too long is stopped on the server, and told as that.
#[tokio::test(start_paused = true)]
async fn b08_g11_w10_w23_a_turn_that_takes_too_long_is_aborted_and_says_which_limit() {
    for (script, deadlines, limit) in [
        (
            Script::new().hold("never").text("Late."),
            Deadlines::default().with_first_output(Duration::from_secs(60)),
            "first_output",
        ),
        (
            Script::new().text("Half of ").hold("never").more("it."),
            Deadlines::default().with_progress(Duration::from_secs(60)),
            "progress",
        ),
        (
            Script::new().text("Half of ").hold("never").more("it."),
            Deadlines::default().with_total(Duration::from_secs(60)),
            "total",
        ),
    ] {
        let rig = Rig::start().await;
        rig.server.script(script);
        let turn = rig.turn("Go.").deadlines(deadlines);
        let outcome = turn.run(CancellationToken::new()).await.unwrap();
        assert_eq!(outcome.status(), EndKind::Limit, "{limit}");
        let detail = outcome.end().detail.as_ref().unwrap().to_value();
        assert_eq!(detail, json!({ "limit": limit, "confirmed": true }));
        assert!(outcome.is_retryable());
        rig.server.wait_for_request("POST", "/session/:id/abort").await;
    }
}

/// T-T06: an answer to the prompt that never came is no failure: the prompt is looked for, and is there.
#[tokio::test]
async fn t_t06_b18_a_prompt_whose_answer_was_lost_is_found_and_not_posted_again() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").hang_up_after());
    let outcome = play(&rig, Script::new().text("Here.")).await;
    assert_eq!(told(&outcome), (EndKind::Completed, "Here.".to_owned()));
    rig.server.assert_prompts(1);
}

/// T-T05: events, then the prompt; a second subscription posts nothing; the answer is that of the server.
#[tokio::test]
async fn t_t05_a_second_subscription_posts_nothing() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let running = tokio::spawn(rig.turn("Go.").run(CancellationToken::new()));
    rig.server.wait_for_hold("half").await;
    rig.server.drop_streams();
    rig.server.wait_for_requests("GET", "/global/event", 2).await;
    rig.server.release("half");
    assert_eq!(told(&running.await.unwrap().unwrap()), (EndKind::Completed, "Half of it.".to_owned()));
    rig.server.assert_prompts(1);
    rig.server.assert_listened_first();
}

/// W-29: a stream that does not open is no proof against a session: it stays, and nothing is posted.
#[tokio::test(start_paused = true)]
async fn w29_a_stream_that_is_refused_fails_the_turn_and_keeps_the_session() {
    let rig = Rig::start().await;
    play(&rig, Script::new().text("Before.")).await;
    rig.server.fault(Fault::on("GET", "/global/event").status(503).always());
    rig.server.drop_streams();
    let runner_of_another_process = rig.turn("Go.");
    let outcome = runner_of_another_process.run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.status(), EndKind::Failed);
    assert!(outcome.end().message.starts_with("the server could not be reached"), "{:?}", outcome.end());
    rig.server.assert_prompts(1);
    rig.server.assert_requests("POST", "/session", 1);
}

/// N-05: gone once, and replaced; gone for good, and given up without a prompt.
#[tokio::test]
async fn n05_a_session_that_is_gone_again_fails_the_turn() {
    let rig = Rig::start().await;
    rig.server.fault(Fault::on("POST", "/session/:id/prompt_async").status(404).always());
    let outcome = rig.turn("Go.").run(CancellationToken::new()).await.unwrap();
    assert_eq!(outcome.status(), EndKind::Failed);
    assert_eq!(outcome.end().message, "the server does not know the session that it has just made");
    rig.server.assert_requests("POST", "/session", 2);
}

/// C.4, N-11: a step that ends with tool calls is not the end, however long the next one takes.
#[tokio::test(start_paused = true)]
async fn n11_a_step_that_ends_with_tool_calls_is_not_the_end() {
    let rig = Rig::start().await;
    let script =
        Script::new().text("Looking.").tool(ls()).next_step().delay(Duration::from_secs(100)).text("Found.");
    let outcome = play(&rig, script).await;
    assert_eq!(told(&outcome), (EndKind::Completed, "Looking.\n\nFound.".to_owned()));
}

/// W-13, W-61, B-04, B-15: every step counts, in what was said and in what it cost, also of a turn that was stopped.
#[tokio::test]
async fn b15_the_steps_of_a_turn_that_was_stopped_are_counted() {
    let rig = Rig::start().await;
    let script = Script::new()
        .text("Looking.")
        .tool(ls())
        .usage(Usage::new(10, 3, 0.12))
        .next_step()
        .text("Half of ")
        .hold("half")
        .more("it.");
    rig.server.script(script);
    let token = CancellationToken::new();
    let running = tokio::spawn(rig.turn("Go.").run(token.clone()));
    rig.server.wait_for_hold("half").await;
    token.cancel();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!(outcome.status(), EndKind::Cancelled);
    assert_eq!(outcome.text().trim(), "Looking.\n\nHalf of");
    assert_eq!((outcome.usage.input, outcome.usage.output, outcome.usage.cost), (10, 3, 0.12));
}

/// W-13: usage is that of all steps.
#[tokio::test]
async fn w13_g18_usage_is_summed_over_the_turn() {
    let rig = Rig::start().await;
    let script = Script::new()
        .tool(ls())
        .usage(Usage::new(10, 3, 0.12))
        .next_step()
        .text("Found.")
        .usage(Usage::new(20, 4, 0.34));
    let outcome = play(&rig, script).await;
    let usage = outcome.usage;
    assert_eq!((usage.steps, usage.input, usage.output), (2, 30, 7));
    assert!((usage.cost - 0.46).abs() < 1e-9, "{usage}");
}
