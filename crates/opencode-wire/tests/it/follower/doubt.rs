//! Idle events that are not the end, gaps, silence, and servers that cannot be asked.

use opencode_wire::model::SessionStatus;
use opencode_wire::reply::ChangeKind;
use opencode_wire::turn::{Action, CancelledBy, Ending, Input};
use serde_json::json;

use super::{Drive, answered, busy, finished, growing, idle, millis, prompt, seconds};
use crate::telling::{PROMPT, ROOT, info, text_part};

/// The trailing idle of an earlier turn, right after the prompt: the history holds an older answer, and none of ours.
#[test]
fn w09_g05_a_stale_idle_does_not_end_the_turn() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    assert_eq!(drive.event(&ROOT.idle_status()), [Action::Fetch]);
    assert_eq!(drive.event(&ROOT.idle()), [], "it is being asked already");
    assert_eq!(
        drive.answer(idle(vec![prompt()])),
        [Action::Fetch],
        "the second one is newer than the question"
    );
    drive.answer(idle(vec![prompt()]));
    assert_eq!(drive.wait_with(seconds(3), &idle(vec![prompt()])), []);
    assert_eq!(drive.ending(), None);
    drive.hear([ROOT.busy(), ROOT.assistant("msg_2", PROMPT), ROOT.delta("msg_2", "prt_1", "who")]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&Ending::Completed));
    assert_eq!(drive.follower.reply().text(), "whole");
}

/// The list of working sessions was asked for before our turn began, and the messages after its first step: only
/// together with what was heard meanwhile do they tell the truth.
#[test]
fn g05_an_old_list_does_not_end_a_turn_that_has_begun() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([ROOT.user(PROMPT)]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    let first_step =
        finished("msg_2", &json!({"finish": "tool-calls"}), &[text_part("prt_1", "First, ", true)]);
    let mut snapshot = idle(vec![prompt(), first_step]);
    snapshot.since = drive.follower.reply().seq();
    drive.hear([ROOT.busy(), ROOT.assistant("msg_2", PROMPT)]);
    assert_eq!(drive.tell(&Input::Fetched(&snapshot)), []);
    assert_eq!(drive.ending(), None);
    assert_eq!(drive.follower.reply().text(), "First, ");
}

#[test]
fn g05_an_idle_of_a_working_session_does_not_end_the_turn() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    assert_eq!(drive.answer(busy(answered())), []);
    assert_eq!(drive.ending(), None, "the session works: a step has ended, not the turn");
}

/// An abort gives idle twice, and the message is finished only between the two.
#[test]
fn g05_the_first_idle_after_an_abort_is_not_the_end() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.event(&ROOT.error("MessageAbortedError", "Aborted")), []);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(growing()));
    assert_eq!(drive.ending(), None);
    let error = json!({"error": {"name": "MessageAbortedError", "data": {"message": "Aborted"}}});
    drive.hear([ROOT.text("msg_2", "prt_1", "half", true), ROOT.busy()]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(vec![prompt(), finished("msg_2", &error, &[text_part("prt_1", "half", true)])]));
    assert_eq!(drive.ending(), Some(&Ending::Cancelled { by: CancelledBy::Somebody, confirmed: true }));
    assert_eq!(drive.follower.reply().text(), "half");
}

/// The server writes messages of its own in the middle of a turn; what they lead to is its end.
#[test]
fn g05_a_compaction_is_not_the_end() {
    let overflow = finished("msg_2", &json!({}), &[]);
    let user = |id: &str, part: serde_json::Value| {
        ROOT.stored(&info("ses_1", id, "user", None, &json!({})), &[part])
    };
    let after = |id: &str, parent: &str, rest: serde_json::Value, text: &str| {
        let mut message = info("ses_1", id, "assistant", Some(parent), &rest);
        message["time"] = json!({"created": 1, "completed": 2});
        message["finish"] = json!("stop");
        ROOT.stored(&message, &[text_part(&format!("prt_{id}"), text, true)])
    };
    let mut messages = vec![
        prompt(),
        overflow,
        user("msg_3", json!({"id": "prt_3", "type": "compaction", "auto": true})),
        after("msg_4", "msg_3", json!({"summary": true}), "the summary"),
    ];
    let mut drive = Drive::new().running();
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    drive.answer(busy(messages.clone()));
    assert_eq!(drive.ending(), None);
    messages
        .push(user("msg_5", json!({"id": "prt_5", "type": "text", "text": "Continue", "synthetic": true})));
    messages.push(after("msg_6", "msg_5", json!({}), "the answer"));
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(messages));
    assert_eq!(drive.ending(), Some(&Ending::Completed));
    assert_eq!(drive.follower.reply().text(), "the answer");
}

/// Another person's turn in the same session ends: ours waits in line, and has not been answered.
#[test]
fn g05_the_end_of_another_turn_is_not_ours() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([
        ROOT.user(PROMPT),
        ROOT.busy(),
        ROOT.assistant("msg_0", "msg_00"),
        ROOT.done("msg_0", "msg_00", "stop"),
    ]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(vec![prompt()]));
    assert_eq!(drive.ending(), None);
}

#[test]
fn g06_a_gap_is_told_and_the_server_is_asked() {
    let mut drive = Drive::new().speaking();
    let changes = drive.follower.handle(drive.now, &Input::Gap);
    assert!(changes.iter().any(|change| change.kind == ChangeKind::Gap));
    assert_eq!(drive.wait(seconds(1)), [], "there is nobody to ask before the stream is back");
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    assert_eq!(drive.answer(busy(growing())), []);
    assert_eq!(drive.follower.reply().text(), "half");
    assert_eq!(drive.tell(&Input::Gap), []);
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&Ending::Completed), "the idle was missed");
}

/// What was asked before the stream came back is answered before it: it is asked again.
#[test]
fn g06_an_answer_from_before_the_gap_is_not_enough() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    drive.tell(&Input::Gap);
    assert_eq!(drive.tell(&Input::Live), [], "one question at a time");
    assert_eq!(drive.answer(busy(growing())), [Action::Fetch]);
}

#[test]
fn silence_is_a_reason_to_ask() {
    let mut drive = Drive::new().speaking();
    let begun = drive.now;
    assert_eq!(drive.wait(seconds(29)), []);
    drive.hear([ROOT.delta("msg_2", "prt_1", "!")]);
    assert_eq!(drive.wait(seconds(29)), [], "words put it off");
    assert_eq!(drive.wait(seconds(2)), [(begun + seconds(59), Action::Fetch)]);
    drive.answer(busy(growing()));
    assert_eq!(drive.wait(seconds(31)).len(), 1, "and again");
}

/// A server that cannot be asked is asked again, less and less often, and never given up.
#[test]
fn failed_questions_are_repeated_more_and_more_slowly() {
    let mut drive = Drive::with_deadlines(|deadlines| {
        (deadlines.progress, deadlines.first_output, deadlines.total) = (None, None, None);
    })
    .speaking();
    let mut asked =
        drive.tell(&Input::Live).into_iter().map(|action| (drive.now, action)).collect::<Vec<_>>();
    let mut delays = Vec::new();
    while delays.len() < 500 {
        assert_eq!(asked.len(), 1);
        let before = drive.now;
        drive.tell(&Input::FetchFailed);
        let wake_at = drive.follower.wake_at().unwrap();
        asked = drive.wait(wake_at - before);
        delays.push(drive.now - before);
    }
    let first: Vec<_> = delays[..8].iter().map(|delay| delay.as_millis()).collect();
    assert_eq!(first, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    assert!(delays[8..].iter().all(|delay| *delay == seconds(5)));
    assert_eq!(drive.ending(), None);
}

/// An end in doubt is looked at more and more slowly too.
#[test]
fn doubts_are_settled_by_patience() {
    let mut drive = Drive::new().speaking();
    let begun = drive.now;
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(growing()));
    let mut asked = Vec::new();
    while drive.ending().is_none() {
        asked.extend(drive.wait(millis(1)).into_iter().map(|(at, _)| (at - begun).as_millis()));
        if asked.len() > 10 {
            break;
        }
        if drive.follower.wake_at().is_none_or(|at| at > drive.now + seconds(20)) {
            drive.answer(idle(growing()));
        }
    }
    assert_eq!(asked, [100, 300, 700, 1500, 3100, 5000]);
}

/// A request that was answered while nobody listened does not block the turn for ever.
#[test]
fn w08_a_missed_answer_is_found_by_asking() {
    let mut drive = Drive::new().speaking();
    drive.hear([ROOT.permission("per_1")]);
    assert_eq!(drive.wait(seconds(31)).len(), 1, "a turn that waits for a person asks too");
    drive.answer(busy(growing()));
    assert!(!drive.follower.reply().is_blocked());
}

#[test]
fn t10_t22_both_spellings_of_idle_end_a_turn() {
    for event in [ROOT.idle_status(), ROOT.idle(), ROOT.status(&json!("idle"))] {
        let mut drive = Drive::new().speaking();
        assert_eq!(drive.event(&event), [Action::Fetch]);
        drive.answer(idle(answered()));
        assert_eq!(drive.ending(), Some(&Ending::Completed));
        assert_eq!(drive.event(&ROOT.idle()), [], "the second one is late");
    }
    assert_eq!(SessionStatus::Idle, serde_json::from_value(json!("idle")).unwrap());
}
