//! Stopping a turn, in each of its phases.

use opencode_wire::turn::{Action, CancelledBy, Ending, Input, Limit};
use serde_json::json;

use super::{Drive, answered, busy, finished, growing, idle, prompt, seconds};
use crate::telling::{PROMPT, ROOT};

const CONFIRMED: Ending = Ending::Cancelled { by: CancelledBy::Caller, confirmed: true };

fn abort() -> Action {
    Action::Abort(vec!["ses_1".parse().unwrap()])
}

#[test]
fn before_the_prompt_nothing_is_posted_or_aborted() {
    let mut drive = Drive::new();
    assert_eq!(drive.tell(&Input::Cancel), []);
    assert_eq!(drive.ending(), Some(&CONFIRMED));
    assert_eq!(drive.tell(&Input::Live), []);
    assert_eq!(drive.follower.wake_at(), None);
}

/// An abort that overtakes the prompt would stop nothing.
#[test]
fn while_prompting_the_abort_waits_for_the_post() {
    for posted in [Input::PromptAccepted, Input::PromptUnknown] {
        let mut drive = Drive::new();
        assert_eq!(drive.tell(&Input::Live), [Action::Prompt]);
        assert_eq!(drive.tell(&Input::Cancel), []);
        assert_eq!(drive.ending(), None);
        assert_eq!(drive.tell(&posted).first(), Some(&abort()), "{posted:?}");
        drive.tell(&Input::Aborted);
        drive.answer(idle(Vec::new()));
        drive.wait_with(seconds(3), &idle(Vec::new()));
        assert_eq!(drive.ending(), Some(&CONFIRMED), "{posted:?}");
    }
}

#[test]
fn while_following_the_whole_tree_is_aborted() {
    let mut drive = Drive::new().running();
    drive.hear([
        ROOT.tool("msg_2", "prt_1", "task", "running", &json!({})),
        ROOT.child_created("ses_2"),
        crate::telling::Told("ses_2").permission("per_1"),
    ]);
    let sessions = ["ses_1", "ses_2"].map(|id| id.parse().unwrap()).to_vec();
    assert_eq!(
        drive.tell(&Input::Cancel),
        [Action::Abort(sessions)],
        "its own first, and a wait for a person is no obstacle"
    );
    assert_eq!(drive.tell(&Input::Aborted), []);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    let aborted = json!({"error": {"name": "MessageAbortedError", "data": {"message": "Aborted"}}});
    drive.answer(idle(vec![prompt(), finished("msg_2", &aborted, &[])]));
    assert_eq!(
        drive.ending(),
        Some(&CONFIRMED),
        "the caller did it, although the server says only that somebody did"
    );
}

#[test]
fn while_attaching_the_turn_is_aborted() {
    let mut drive = Drive::attach();
    assert_eq!(drive.tell(&Input::Cancel), [abort()]);
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&CONFIRMED));
    assert_eq!(drive.follower.reply().text(), "whole");
}

#[test]
fn cancelling_twice_is_cancelling_once() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.tell(&Input::Cancel), [abort()]);
    assert_eq!(drive.tell(&Input::Cancel), []);
}

#[test]
fn a_limit_that_passed_before_stays_the_reason() {
    let mut drive = Drive::with_deadlines(|deadlines| deadlines.progress = Some(seconds(1))).speaking();
    assert_eq!(drive.wait(seconds(2)).first().map(|(_, action)| action.clone()), Some(abort()));
    assert_eq!(drive.tell(&Input::Cancel), []);
    assert_eq!(drive.tell(&Input::Aborted), []);
    drive.wait_with(seconds(8), &idle(growing()));
    assert_eq!(drive.ending(), Some(&Ending::Limit { limit: Limit::Progress, confirmed: true }));
}

/// The answer was whole a moment before the abort: it was cancelled all the same, and the text is there.
#[test]
fn an_answer_that_was_faster_is_kept() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.tell(&Input::Cancel), [abort()]);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    let outcome = drive.follower.into_outcome();
    assert_eq!((outcome.ending, outcome.reply.text().as_str()), (CONFIRMED, "whole"));
}

/// An abort can overtake the beginning of a turn, and then it stops nothing: the server works on, and is told again.
#[test]
fn an_abort_is_said_again_while_the_server_works() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    assert_eq!(drive.tell(&Input::Cancel), [abort()]);
    assert_eq!(drive.tell(&Input::Aborted), []);
    drive.hear([ROOT.user(PROMPT), ROOT.busy(), ROOT.assistant("msg_2", PROMPT)]);
    assert_eq!(drive.wait(seconds(1)).len(), 1, "the server is asked");
    assert_eq!(drive.answer(busy(growing())), [abort()]);
    assert_eq!(drive.tell(&Input::Aborted), []);
    drive.wait_with(seconds(8), &idle(growing()));
    assert_eq!(drive.ending(), Some(&CONFIRMED));
}

/// A server that is not there cannot confirm anything.
#[test]
fn without_an_answer_the_end_is_unconfirmed() {
    let mut drive = Drive::new().speaking();
    assert_eq!(drive.tell(&Input::Cancel), [abort()]);
    drive.wait(seconds(9));
    assert_eq!(drive.ending(), None);
    drive.wait(seconds(2));
    assert_eq!(drive.ending(), Some(&Ending::Cancelled { by: CancelledBy::Caller, confirmed: false }));
    assert_eq!(drive.follower.into_outcome().reply.text(), "half");
}

/// An abort that arrives when the turn has ended by itself would stop the next one of its session.
#[test]
fn g13_an_end_waits_for_an_abort_that_is_on_its_way() {
    let mut drive = Drive::new().speaking();
    let [Action::Abort(_)] = &drive.tell(&Input::Cancel)[..] else { panic!("it is aborted") };
    drive.now += seconds(9);
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert!(drive.ending().is_some());
    assert!(!drive.follower.is_over(drive.now), "the abort was not answered yet");
    assert_eq!(drive.follower.wake_at(), Some(drive.now + seconds(1)), "and is not waited for for ever");
    assert!(drive.follower.is_over(drive.now + seconds(1)));
    assert_eq!(drive.tell(&Input::Aborted), []);
    assert!(drive.follower.is_over(drive.now));
    assert_eq!(drive.follower.wake_at(), None);
}
