//! Time limits: what each of them measures, what pauses it, and what happens when it passes.

use std::time::Duration;

use opencode_wire::event::Event;
use opencode_wire::turn::{Action, Deadlines, Ending, FollowPolicy, Input, Limit};
use serde_json::json;

use super::{Drive, answered, busy, finished, growing, idle, millis, prompt, seconds};
use crate::telling::{PROMPT, ROOT};

fn abort() -> Action {
    Action::Abort(vec!["ses_1".parse().unwrap()])
}

/// Waits while the server is as told, until the first abort; gives how long it took.
fn until_abort(drive: &mut Drive, state: &opencode_wire::reply::Snapshot) -> Option<Duration> {
    let begun = drive.now;
    let mut policy_end = begun + seconds(10_000);
    while drive.now < policy_end {
        let aborts = drive.wait_with(seconds(1), state);
        if let Some((at, action)) = aborts.into_iter().next() {
            assert_eq!(action, abort());
            return Some(at - begun);
        }
        if drive.ending().is_some() {
            policy_end = drive.now;
        }
    }
    None
}

fn limit(limit: Limit) -> Ending {
    Ending::Limit { limit, confirmed: true }
}

/// The server takes the prompt and does nothing with it.
#[test]
fn g11_admission() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([ROOT.user(PROMPT)]);
    assert_eq!(until_abort(&mut drive, &idle(vec![prompt()])), Some(seconds(30)));
    drive.wait_with(seconds(3), &idle(vec![prompt()]));
    assert_eq!(drive.ending(), Some(&limit(Limit::Admission)));
}

/// The server works, and the model says nothing: neither the echo of the prompt nor a status is an answer.
#[test]
fn g11_first_output() {
    let mut drive = Drive::new().running();
    assert_eq!(until_abort(&mut drive, &busy(growing())), Some(seconds(180)));
    drive.wait_with(seconds(8), &idle(growing()));
    assert_eq!(drive.ending(), Some(&limit(Limit::FirstOutput)));
}

/// The model falls silent. What it said until then is in the outcome.
#[test]
fn g11_progress() {
    let mut drive = Drive::new().speaking();
    assert_eq!(until_abort(&mut drive, &busy(growing())), Some(seconds(600)));
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    let aborted = json!({"error": {"name": "MessageAbortedError", "data": {"message": "Aborted"}}});
    drive.answer(idle(vec![
        prompt(),
        finished("msg_2", &aborted, &[crate::telling::text_part("prt_1", "half", true)]),
    ]));
    let outcome = drive.follower.into_outcome();
    assert_eq!(outcome.ending, limit(Limit::Progress), "who aborted is known");
    assert_eq!(outcome.reply.text(), "half");
    assert!(outcome.ending.is_retryable());
    assert!(outcome.elapsed >= seconds(600));
}

/// A turn that never ends, however much it says.
#[test]
fn g11_total() {
    let mut drive = Drive::new().speaking();
    for _ in 0..35 {
        assert_eq!(drive.wait_with(seconds(100), &busy(growing())), []);
        drive.hear([ROOT.delta("msg_2", "prt_1", ".")]);
    }
    assert_eq!(until_abort(&mut drive, &busy(growing())), Some(seconds(100)));
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&limit(Limit::Total)));
}

/// Nobody answers.
#[test]
fn g11_a_person() {
    let mut drive = Drive::new().speaking();
    let mut state = busy(growing());
    state.permissions = Some(vec![serde_json::from_value(ROOT.permission_request("per_1")).unwrap()]);
    drive.hear([ROOT.permission("per_1")]);
    assert_eq!(until_abort(&mut drive, &state), Some(seconds(3600)));
    drive.wait_with(seconds(8), &idle(growing()));
    let Some(Ending::Unanswered { blocker, confirmed: true }) = drive.ending() else {
        panic!("{:?}", drive.ending())
    };
    assert_eq!(blocker.id().to_string(), "per_1");
}

#[test]
fn a_limit_that_is_switched_off_does_not_pass() {
    let mut drive = Drive::with_deadlines(|deadlines| {
        *deadlines = Deadlines::default();
        (deadlines.admission, deadlines.first_output, deadlines.progress) = (None, None, None);
        (deadlines.total, deadlines.human) = (None, None);
    })
    .running();
    assert_eq!(until_abort(&mut drive, &busy(growing())), None);
}

/// While a person is asked, only the limit for people counts; afterwards the others go on from where they were.
#[test]
fn w05_g11_waiting_for_a_person_pauses_the_others() {
    let mut drive = Drive::new().speaking();
    let mut asked = busy(growing());
    asked.permissions = Some(vec![serde_json::from_value(ROOT.permission_request("per_1")).unwrap()]);
    assert_eq!(drive.wait_with(seconds(500), &busy(growing())), []);
    drive.hear([ROOT.permission("per_1")]);
    assert_eq!(drive.wait_with(seconds(3500), &asked), []);
    drive.hear([ROOT.permission_replied("per_1", "once")]);
    // The answer is a sign of life: from here on it is ten minutes, and not ten minutes and the wait once more.
    assert_eq!(until_abort(&mut drive, &busy(growing())), Some(seconds(600)));
}

/// The whole turn may take an hour without its waits: 500 seconds had passed before this one.
#[test]
fn g11_the_total_is_paused_too() {
    let mut drive = Drive::with_deadlines(|deadlines| {
        deadlines.total = Some(seconds(1000));
        deadlines.progress = None;
    })
    .speaking();
    assert_eq!(drive.wait_with(seconds(500), &busy(growing())), []);
    drive.hear([ROOT.permission("per_1")]);
    let mut asked = busy(growing());
    asked.permissions = Some(vec![serde_json::from_value(ROOT.permission_request("per_1")).unwrap()]);
    assert_eq!(drive.wait_with(seconds(3000), &asked), []);
    drive.hear([ROOT.permission_replied("per_1", "once")]);
    assert_eq!(until_abort(&mut drive, &busy(growing())), Some(seconds(500)));
}

/// What happens in the session of another turn while ours waits in line: the words of that turn.
fn other_turn(known: bool) -> Vec<Event> {
    let mut events = vec![ROOT.busy(), ROOT.user(PROMPT)];
    if known {
        events.insert(0, ROOT.assistant("msg_0", "msg_00"));
    }
    events
}

/// A turn before ours in the same session may take as long as it likes, also if its beginning was not heard.
#[test]
fn waiting_in_line_is_not_waiting_for_the_model() {
    for known in [true, false] {
        let mut drive = Drive::new();
        drive.tell(&Input::Live);
        drive.tell(&Input::PromptAccepted);
        drive.hear(other_turn(known));
        for _ in 0..20 {
            drive.hear([ROOT.delta("msg_0", "prt_0", "theirs")]);
            assert_eq!(drive.wait_with(seconds(100), &busy(vec![prompt()])), [], "known: {known}");
        }
        // It ends, ours begins: the time for the first word counts from here.
        drive.hear([ROOT.done("msg_0", "msg_00", "stop"), ROOT.assistant("msg_2", PROMPT)]);
        let waited = until_abort(&mut drive, &busy(growing())).unwrap();
        assert!(waited <= seconds(180) && waited > seconds(79), "known: {known}: {waited:?}");
    }
}

/// A limit passes while the prompt is being posted: the abort may have overtaken it, so it is said again.
#[test]
fn a_limit_that_passes_while_the_prompt_is_posted() {
    let mut drive = Drive::new();
    assert_eq!(drive.tell(&Input::Live), [Action::Prompt]);
    assert_eq!(drive.wait(seconds(31)).first().map(|(_, action)| action.clone()), Some(abort()));
    assert_eq!(drive.tell(&Input::PromptAccepted), [abort()]);
    assert_eq!(drive.tell(&Input::Aborted), []);
    drive.wait_with(seconds(8), &idle(growing()));
    assert_eq!(drive.ending(), Some(&limit(Limit::Admission)));
}

/// The server does not stop: it is told again and again, without haste, and in the end the turn ends unconfirmed.
#[test]
fn g11_an_abort_that_is_not_obeyed() {
    let mut policy = FollowPolicy::default();
    policy.deadlines.progress = Some(millis(200));
    let mut drive = Drive::with(policy).speaking();
    let begun = drive.now;
    let aborts: Vec<_> =
        drive.wait_with(seconds(60), &busy(growing())).into_iter().map(|(at, _)| at - begun).collect();
    assert_eq!(aborts[0], millis(200));
    assert!(aborts.len() > 3 && aborts.len() < 20, "{aborts:?}");
    assert!(aborts.windows(2).all(|pair| pair[1] - pair[0] >= millis(100)), "{aborts:?}");
    assert_eq!(drive.ending(), Some(&Ending::Limit { limit: Limit::Progress, confirmed: false }));
}

/// A prompt that is stored while another turn works, and forgotten by the server: it looks begun, and never is.
#[test]
fn g11_a_prompt_that_the_server_forgets_ends_by_the_admission_limit() {
    let mut drive = Drive::with_deadlines(|deadlines| deadlines.admission = Some(seconds(30)));
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptAccepted);
    drive.hear([ROOT.user("msg_1"), ROOT.busy()]);
    drive.wait_with(seconds(20), &busy(vec![prompt()]));
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(vec![prompt()]));
    drive.wait_with(seconds(29), &idle(vec![prompt()]));
    assert_eq!(drive.ending(), None);
    let asked = drive.wait_with(seconds(2), &idle(vec![prompt()]));
    assert!(asked.iter().any(|(_, action)| matches!(action, Action::Abort(_))), "{asked:?}");
    drive.wait_with(seconds(2), &idle(vec![prompt()]));
    assert_eq!(drive.ending(), Some(&Ending::Limit { limit: Limit::Admission, confirmed: true }));
}
