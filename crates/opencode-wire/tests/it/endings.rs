//! Every way in which a turn ends, produced by the server.

use std::time::Duration;

use opencode_testkit::server::{Fault, Script, Server, Tool};
use opencode_wire::api::{OutputFormat, Prompt};
use opencode_wire::model::ErrorName;
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::{CancelledBy, Deadlines, Ending, Limit, Loss, Outcome};
use serde_json::json;

use super::support::{aborts, in_time, outcome, prompts, run, serve, session, short_admission, until};

#[tokio::test]
async fn g12_completed_without_text() {
    let tools_only = Script::new().tool(Tool::new("bash").output("done"));
    for script in [tools_only, Script::new(), Script::new().reasoning("Nothing to say.")] {
        let outcome = run(&serve(script).await).await;
        assert_eq!(outcome.ending, Ending::CompletedWithoutText);
        assert_eq!(outcome.reply.text(), "");
    }
}

#[tokio::test]
async fn g12_truncated() {
    for reason in ["length", "content-filter"] {
        let outcome = run(&serve(Script::new().text("Once upon").finish(reason)).await).await;
        assert_eq!(outcome.ending, Ending::Truncated { reason: reason.to_owned() });
        assert_eq!(outcome.reply.text(), "Once upon");
    }
}

/// W-06: the old client returned an empty success.
#[tokio::test]
async fn g12_failed_by_the_provider() {
    for (status, retryable) in [(400, false), (503, true)] {
        let outcome = run(&serve(Script::new().text("Half ").provider_error(status, "no luck")).await).await;
        let Ending::Failed { error } = &outcome.ending else { panic!("{}", outcome.ending) };
        assert_eq!(error.data.message, "no luck");
        assert_eq!(outcome.ending.is_retryable(), retryable);
        assert_eq!(outcome.reply.text(), "Half ", "what was said is kept");
    }
}

#[tokio::test]
async fn g12_failed_before_any_output() {
    let outcome = run(&serve(Script::new().provider_error(401, "no key")).await).await;
    assert!(matches!(outcome.ending, Ending::Failed { .. }));
}

/// Trap 5: the server accepts the prompt, says two errors, and then nothing for ever: no busy, no idle, no message.
#[tokio::test]
async fn t05_an_unknown_agent_fails_and_does_not_hang() {
    let outcome = run(&serve(Script::new().unknown_agent("nobody")).await).await;
    let Ending::Failed { error } = &outcome.ending else { panic!("{}", outcome.ending) };
    assert_eq!(error.name, ErrorName::Other);
    assert!(error.data.message.contains("nobody"), "the first error is told, not its stack trace");
}

/// Trap 5: an error, idle, and another error after it.
#[tokio::test]
async fn t05_an_unknown_model_fails() {
    let outcome = run(&serve(Script::new().unknown_model("test/none")).await).await;
    let Ending::Failed { error } = &outcome.ending else { panic!("{}", outcome.ending) };
    assert_eq!(error.data.message, "Model not found: test/none.");
}

#[tokio::test]
async fn retries_before_output_are_told_and_then_it_completes() {
    let script = Script::new().retry("overloaded").retry("overloaded").text("At last.");
    let server = serve(script).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    let mut attempts = Vec::new();
    while let Some(change) = in_time(turn.next()).await {
        if let ChangeKind::Retrying(retry) = change.kind {
            attempts.push((retry.attempt.get(), retry.message));
        }
    }
    assert_eq!(attempts, [(1, "overloaded".to_owned()), (2, "overloaded".to_owned())]);
    let outcome = turn.outcome().await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "At last."));
}

/// Trap 7: the parts of the failed try stay in the message.
#[tokio::test]
async fn t07_text_is_not_doubled_by_a_retry_after_partial_output() {
    let script = Script::new().text("The answer is").retry("connection reset").text("The answer is 42.");
    let server = serve(script).await;
    let mut turn = session(&server).await.prompt("Go.").await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::PartAbandoned { .. })).await;
    let outcome = outcome(turn).await;
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (Ending::Completed, "The answer is 42."));
}

/// W-11: what came before the compaction was lost, and an idle in between ended the turn.
#[tokio::test]
async fn g05_a_compaction_neither_ends_nor_cuts_the_turn() {
    let before = Script::new().text("First half.").stale_idle();
    for script in [before.clone().compaction("So far so good."), before.overflow("So far so good.")] {
        let server = serve(script.stale_idle().text("Second half.").next_step().text("End.")).await;
        let mut turn = session(&server).await.prompt("Go.").await.unwrap();
        until(&mut turn, |change| change.kind == ChangeKind::Compacted).await;
        let outcome = outcome(turn).await;
        assert_eq!(outcome.ending, Ending::Completed);
        assert_eq!(outcome.reply.text(), "First half.\n\nSecond half.\n\nEnd.");
    }
}

/// Trap 14: from then on the server refuses to list the session's messages.
#[tokio::test]
async fn t14_structured_output() {
    let server = serve(Script::new().structured(json!({"city": "Paris"}))).await;
    let session = session(&server).await;
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let prompt =
        |format: serde_json::Value| Prompt::from("Where?").with_format(OutputFormat::json_schema(format));
    let answer = outcome(session.prompt(prompt(schema.clone())).await.unwrap()).await;
    assert_eq!(answer.ending, Ending::CompletedWithoutText);
    let structured = answer.reply.structured().unwrap().as_str();
    assert_eq!(serde_json::from_str::<serde_json::Value>(structured).unwrap(), json!({"city": "Paris"}));
    // The turn after it is listed together with the poisoned message.
    server.script(Script::new().text("Hold ").hold("gate").more("on.").next_step().text("Fine."));
    let turn = session.prompt("And now?").await.unwrap();
    server.wait_for_hold("gate").await;
    server.drop_streams();
    server.release("gate");
    let answer = outcome(turn).await;
    assert_eq!((answer.ending, answer.reply.text().as_str()), (Ending::Completed, "Hold on.\n\nFine."));
}

/// Trap 14, when the stream has lost the answer: it can be fetched message by message only.
#[tokio::test]
async fn t14_structured_output_that_the_stream_has_lost() {
    let script = Script::new().hold("gate").suppress().text("Thinking.").next_step();
    let server = serve(script.structured(json!({"city": "Paris"}))).await;
    let session = session(&server).await;
    let prompt = Prompt::from("Where?").with_format(OutputFormat::json_schema(json!({"type": "object"})));
    let turn = session.prompt(prompt).await.unwrap();
    server.wait_for_hold("gate").await;
    server.release("gate");
    server.wait_for_idle(session.id().as_str()).await;
    server.suppress(false);
    server.drop_streams();
    let answer = outcome(turn).await;
    assert_eq!(answer.ending, Ending::Completed);
    assert_eq!(answer.reply.text(), "Thinking.");
    assert!(answer.reply.structured().is_some());
}

/// Trap 14, when the answer to the prompt is lost as well: what cannot be read is not taken for absent, because a
/// prompt that is posted again would run twice.
#[tokio::test]
async fn t14_a_prompt_with_a_form_whose_fate_is_unknown_is_not_called_unsent() {
    let server = serve(Script::new().unknown_model("test/none")).await;
    let session = session(&server).await;
    server.suppress(true);
    server.fault(Fault::on("POST", "/session/:id/prompt_async").hang_up_after());
    let prompt = Prompt::from("Where?").with_format(OutputFormat::json_schema(json!({"type": "object"})));
    let turn = session.prompt(prompt).deadlines(short_admission()).await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(server.messages(session.id().as_str()).len(), 1, "it is stored");
    assert_eq!(outcome.ending, Ending::Lost(Loss::Unfollowed));
}

/// The server answers the newest prompt only, once it is done with the step at hand.
#[tokio::test]
async fn g12_superseded() {
    let server = serve(Script::new().tool(Tool::new("bash").hold("gate")).text("Old.")).await;
    let session = session(&server).await;
    let first = session.prompt("First.").await.unwrap();
    let first = tokio::spawn(outcome(first));
    server.wait_for_hold("gate").await;
    server.script(Script::new().text("Passed over."));
    let second = tokio::spawn(outcome(session.prompt("Second.").await.unwrap()));
    server.script(Script::new().text("New."));
    let third = session.prompt("Third.").await.unwrap();
    let newest = third.message_id().clone();
    let third = tokio::spawn(outcome(third));
    server.release("gate");
    let (first, second, third): (Outcome, Outcome, Outcome) =
        (in_time(first).await.unwrap(), in_time(second).await.unwrap(), in_time(third).await.unwrap());
    assert_eq!((third.ending, third.reply.text().as_str()), (Ending::Completed, "New."));
    assert_eq!(second.ending, Ending::Superseded { by: newest });
    assert_eq!(second.reply.text(), "");
    assert!(matches!(first.ending, Ending::Superseded { .. }), "{}", first.ending);
    assert_eq!(first.reply.text(), "Old.", "what was said before is kept");
    assert_eq!(prompts(&server), 3);
}

/// Trap 13: deleting a busy session does not stop it.
#[tokio::test]
async fn t13_a_session_that_is_deleted_under_its_turn_is_lost_and_aborted() {
    let server = serve(Script::new().text("Half ").hold("gate").more("and half.")).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    session.delete().await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::SessionGone));
    assert_eq!(outcome.reply.text(), "Half ");
    assert_eq!(aborts(&server, &session), 1, "what still runs in it is stopped");
}

/// Servers up to 1.1 list no messages of a session that is gone, and say that it still works.
#[tokio::test]
async fn a_session_that_is_gone_is_lost_although_its_messages_are_listed_as_none() {
    let server = serve(Script::new().text("Half ").hold("gate")).await;
    server.fault(Fault::on("GET", "/session/:id/children").answer(200, "[]").always());
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    server.wait_for_hold("gate").await;
    in_time(turn.next()).await.unwrap();
    let status = format!(r#"{{"{}":{{"type":"busy"}}}}"#, session.id());
    server.fault(Fault::on("GET", "/session/status").answer(200, &status).always());
    server.fault(Fault::on("GET", "/session/:id/message").answer(200, "[]").always());
    session.delete().await.unwrap();
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Lost(Loss::SessionGone));
    assert_eq!(outcome.reply.text().trim(), "Half");
}

/// Trap 10: no event says that a server which was killed has forgotten the turn.
#[tokio::test]
async fn t10_a_server_that_was_killed_in_the_middle_has_abandoned_the_turn() {
    let server = serve(Script::new().text("Half ").tool(Tool::new("bash").hold("never"))).await;
    let session = session(&server).await;
    let turn = session.prompt("Go.").await.unwrap();
    server.wait_for_hold("never").await;
    let following = tokio::spawn(outcome(turn));
    server.restart().await;
    let outcome = in_time(following).await.unwrap();
    assert_eq!(outcome.ending, Ending::Lost(Loss::Abandoned));
    assert_eq!(outcome.reply.text(), "Half ");
    // The next prompt works.
    server.script(Script::new().text("Again."));
    assert_eq!(self::outcome(session.prompt("Go on.").await.unwrap()).await.reply.text(), "Again.");
}

fn limited(change: impl FnOnce(&mut Deadlines)) -> Deadlines {
    let mut deadlines = Deadlines::default();
    change(&mut deadlines);
    deadlines
}

async fn run_within(server: &Server, deadlines: Deadlines) -> Outcome {
    outcome(session(server).await.prompt("Go.").deadlines(deadlines).await.unwrap()).await
}

#[tokio::test]
async fn g11_each_limit_aborts_and_keeps_what_was_said() {
    let limit = Some(Duration::from_millis(200));
    let half = || Script::new().text("Half ").hang();
    for (script, deadlines, expected, text) in [
        (Script::new().hang(), limited(|all| all.first_output = limit), Limit::FirstOutput, ""),
        (half(), limited(|all| all.progress = limit), Limit::Progress, "Half "),
        (half(), limited(|all| all.total = Some(Duration::from_secs(1))), Limit::Total, "Half "),
    ] {
        let server = serve(script).await;
        let outcome = run_within(&server, deadlines).await;
        assert_eq!(outcome.ending, Ending::Limit { limit: expected, confirmed: true });
        assert_eq!(outcome.reply.text(), text);
        assert_eq!(server.requests_to("POST", "/session/:id/abort").len(), 1);
    }
}

/// The server said 204, and forgot: nothing was stored, nothing runs, and no event comes.
#[tokio::test]
async fn g12_accepted_and_never_begun() {
    let server = serve(Script::new()).await;
    server.fault(Fault::on("POST", "/session/:id/prompt_async").status(204));
    let outcome = run_within(&server, short_admission()).await;
    assert_eq!(outcome.ending, Ending::Limit { limit: Limit::Admission, confirmed: true });
}

#[tokio::test]
async fn g12_cancelled_by_somebody_else() {
    let server = serve(Script::new().text("Half ").hang()).await;
    let session = session(&server).await;
    let mut turn = session.prompt("Go.").await.unwrap();
    until(&mut turn, |change| matches!(change.kind, ChangeKind::Text { .. })).await;
    server.abort(session.id().as_str());
    let outcome = outcome(turn).await;
    assert_eq!(outcome.ending, Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true });
    assert_eq!(outcome.reply.text(), "Half ");
}
