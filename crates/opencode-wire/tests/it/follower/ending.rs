//! Every way in which a turn can end, told from what the server has stored.

use std::time::Duration;

use opencode_wire::model::StoredMessage;
use opencode_wire::turn::{Action, CancelledBy, Ending, Input, Loss};
use serde_json::{Value, json};

use super::{Drive, answered, busy, finished, gone, growing, idle, millis, prompt, seconds};
use crate::telling::{ROOT, info, text_part, tool_part};

const BY_SOMEBODY: Ending = Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true };

fn newer_prompt() -> StoredMessage {
    ROOT.stored(&info("ses_1", "msg_5", "user", None, &json!({})), &[text_part("prt_5", "Wait!", false)])
}

fn later_prompt() -> StoredMessage {
    let later = json!({"time": {"created": 9}});
    ROOT.stored(&info("ses_1", "msg_0", "user", None, &later), &[text_part("prt_0", "Me too!", false)])
}

fn failed(name: &str) -> Value {
    json!({"error": {"name": name, "data": {"message": "no"}}})
}

fn failure(name: &str) -> Ending {
    let error = json!({"name": name, "data": {"message": "no"}});
    Ending::Failed { error: serde_json::from_value(error).unwrap() }
}

fn truncated(reason: &str) -> Ending {
    Ending::Truncated { reason: reason.to_owned() }
}

fn superseded() -> Ending {
    Ending::Superseded { by: "msg_5".parse().unwrap() }
}

/// The last step of an answer, whether it has text, whether a newer prompt follows, and how the turn ended.
fn verdicts() -> Vec<(Value, bool, bool, Ending)> {
    vec![
        (json!({"finish": "stop"}), true, false, Ending::Completed),
        (json!({"finish": "stop"}), false, false, Ending::CompletedWithoutText),
        (json!({"finish": "tool-calls"}), false, false, Ending::CompletedWithoutText),
        (json!({"finish": "tool-calls"}), true, false, Ending::Completed),
        (json!({"finish": "unknown"}), true, false, Ending::Completed),
        (json!({"finish": "a word of tomorrow"}), true, false, Ending::Completed),
        (json!({"finish": "length"}), true, false, truncated("length")),
        (json!({"finish": "length"}), false, false, truncated("length")),
        (json!({"finish": "content-filter"}), true, false, truncated("content-filter")),
        // Aborted while the server waited to try again.
        (json!({}), true, false, BY_SOMEBODY),
        (json!({"structured": {"a": 1}}), false, false, Ending::CompletedWithoutText),
        (failed("MessageAbortedError"), true, false, BY_SOMEBODY),
        (failed("MessageOutputLengthError"), true, false, truncated("length")),
        (failed("ContentFilterError"), true, false, truncated("content-filter")),
        (failed("APIError"), true, false, failure("APIError")),
        (failed("ProviderAuthError"), false, false, failure("ProviderAuthError")),
        (failed("AnErrorOfTomorrow"), false, false, failure("AnErrorOfTomorrow")),
        // The server goes on under the newer prompt once the step is done.
        (json!({"finish": "tool-calls"}), true, true, superseded()),
        (json!({"finish": "stop"}), true, true, Ending::Completed),
        (failed("APIError"), true, true, failure("APIError")),
    ]
}

#[test]
fn g12_the_last_step_tells_how_a_turn_ended() {
    for (rest, has_text, has_newer, expected) in verdicts() {
        let text = text_part("prt_1", "said", true);
        let parts = if has_text { vec![text] } else { Vec::new() };
        let mut messages = vec![prompt(), finished("msg_2", &rest, &parts)];
        messages.extend(has_newer.then(newer_prompt));
        let mut drive = Drive::new().running();
        assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
        assert_eq!(drive.answer(idle(messages)), []);
        let outcome = drive.follower.into_outcome();
        assert_eq!(outcome.ending, expected, "{rest}, text: {has_text}, newer prompt: {has_newer}");
        assert_eq!(
            outcome.reply.text(),
            if has_text { "said" } else { "" },
            "what was said travels with the ending"
        );
        assert_eq!(outcome.ending.is_completed(), outcome.into_reply().is_ok());
    }
}

/// A step that has called a tool, and what became of that.
fn called(status: &str) -> StoredMessage {
    let call = tool_part("prt_1", "bash", status, &json!({ "title": "", "output": "", "error": "" }));
    finished("msg_2", &json!({ "finish": "tool-calls" }), &[call])
}

/// A person refused what a tool asked for, without a word: the server does not go on after the calls.
#[test]
fn t11_a_step_whose_call_was_refused_is_the_last_one() {
    let mut drive = Drive::new().running();
    drive.event(&ROOT.idle());
    drive.answer(idle(vec![prompt(), called("error")]));
    assert_eq!(drive.ending(), Some(&Ending::CompletedWithoutText));
}

/// What is stored when the session does nothing, the error that was heard, and when and how the turn ends.
type Doubt = (&'static str, Vec<StoredMessage>, bool, Option<(Duration, Ending)>);

fn doubts() -> Vec<Doubt> {
    vec![
        ("killed in the middle", growing(), false, Some((seconds(5), Ending::Lost(Loss::Abandoned)))),
        ("failed before the answer", vec![prompt()], true, Some((millis(1500), failure("UnknownError")))),
        // An unknown agent: the prompt is not even stored.
        ("refused after all", Vec::new(), true, Some((millis(1500), failure("UnknownError")))),
        ("overtaken", vec![prompt(), newer_prompt()], false, Some((millis(1500), superseded()))),
        // Posted at once, and stored in another order than their ids were minted: the server answers the last one.
        (
            "overtaken by a prompt with a lower id",
            vec![prompt(), later_prompt()],
            false,
            Some((millis(1500), Ending::Superseded { by: "msg_0".parse().unwrap() })),
        ),
        (
            "failed, then overtaken",
            vec![prompt(), newer_prompt()],
            true,
            Some((millis(1500), failure("UnknownError"))),
        ),
        (
            "killed between two steps",
            vec![prompt(), called("completed")],
            false,
            Some((seconds(5), Ending::Lost(Loss::Abandoned))),
        ),
        (
            "failed between two steps",
            vec![prompt(), called("completed")],
            true,
            Some((seconds(5), failure("UnknownError"))),
        ),
        ("not begun", vec![prompt()], false, None),
    ]
}

#[test]
fn g12_an_end_without_an_answer_is_believed_after_a_while() {
    for (about, messages, has_failed, expected) in doubts() {
        let mut drive = Drive::with_deadlines(|deadlines| deadlines.admission = None);
        drive.tell(&Input::Live);
        drive.tell(&Input::PromptAccepted);
        if !messages.is_empty() {
            drive.hear([ROOT.user("msg_1")]);
        }
        if has_failed {
            drive.hear([
                ROOT.error("UnknownError", "no"),
                ROOT.error("UnknownError", "no, with a stack trace"),
            ]);
        }
        assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
        drive.answer(idle(messages.clone()));
        assert_eq!(drive.ending(), None, "{about}");
        let Some((patience, ending)) = expected else {
            drive.wait_with(seconds(60), &idle(messages));
            assert_eq!(drive.ending(), None, "{about}");
            continue;
        };
        drive.wait_with(patience - millis(1), &idle(messages.clone()));
        assert_eq!(drive.ending(), None, "{about}");
        drive.wait_with(millis(1), &idle(messages));
        assert_eq!(drive.ending(), Some(&ending), "{about}");
        assert_eq!(drive.follower.into_outcome().elapsed, patience, "{about}");
    }
}

/// A failure is believed at once if nobody speaks of an idle: it is asked about a moment later.
#[test]
fn a_failure_without_an_idle_is_noticed() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([ROOT.error("UnknownError", "no such agent")]);
    assert_eq!(drive.wait_with(seconds(3), &idle(Vec::new())), []);
    assert_eq!(drive.ending().unwrap().to_string(), "failed: UnknownError: no such agent");
}

/// An error is not always the end: a mentioned file is missing, and the turn goes on.
#[test]
fn a_failure_that_is_survived_is_no_ending() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([ROOT.error("UnknownError", "File not found"), ROOT.user("msg_1"), ROOT.busy()]);
    drive.wait_with(seconds(10), &busy(growing()));
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&Ending::Completed));
    assert_eq!(drive.follower.reply().errors().count(), 1);
}

/// Only the server's own word is proof that a session is gone. Its last abort stops a session that was deleted while it
/// worked, which would go on for ever.
#[test]
fn w29_w30_a_session_is_gone_when_the_server_says_so() {
    let mut drive = Drive::new().speaking();
    drive.tell(&Input::Gap);
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    assert_eq!(drive.tell(&Input::FetchFailed), []);
    assert_eq!(drive.ending(), None, "a server that cannot be asked has not said that");
    drive.wait_with(seconds(1), &busy(growing()));
    assert_eq!(drive.event(&ROOT.deleted()), [Action::Fetch], "an event is a reason to ask");
    assert_eq!(drive.answer(gone()), [Action::Abort(vec!["ses_1".parse().unwrap()])]);
    let outcome = drive.follower.into_outcome();
    assert_eq!(outcome.ending, Ending::Lost(Loss::SessionGone));
    assert_eq!(outcome.reply.text(), "half");
    assert!(!outcome.ending.is_retryable());
}

/// The directory is disposed of in the middle of a turn: the server aborts it, ends the stream, and says no more.
#[test]
fn w30_a_disposed_directory_ends_the_turn() {
    let mut drive = Drive::new().speaking();
    drive.tell(&Input::Gap);
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    drive.answer(idle(vec![prompt(), finished("msg_2", &failed("MessageAbortedError"), &[])]));
    assert_eq!(drive.ending(), Some(&BY_SOMEBODY));
}

/// The same ending, whoever tells it; and every request is closed by it.
#[test]
fn w22_what_was_said_travels_with_an_ending() {
    let mut drive = Drive::new().speaking();
    drive.hear([ROOT.permission("per_1")]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    let mut snapshot =
        idle(vec![prompt(), finished("msg_2", &failed("APIError"), &[text_part("prt_1", "half of", true)])]);
    // After an abort, requests stay listed although nobody waits for the answer.
    snapshot.permissions = Some(vec![serde_json::from_value(ROOT.permission_request("per_1")).unwrap()]);
    drive.answer(snapshot);
    let incomplete = drive.follower.into_outcome().into_reply().unwrap_err();
    assert_eq!(incomplete.to_string(), "the turn did not complete: failed: APIError: no");
    let outcome = incomplete.into_outcome();
    assert_eq!((outcome.reply.text().as_str(), outcome.reply.is_blocked()), ("half of", false));
}

#[test]
fn a_turn_that_is_left_is_unfollowed() {
    let outcome = Drive::new().speaking().follower.into_outcome();
    assert_eq!(outcome.ending, Ending::Lost(Loss::Unfollowed));
    assert_eq!(outcome.reply.text(), "half");
}
