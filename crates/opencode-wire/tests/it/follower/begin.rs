//! The beginning of a turn: when the prompt is posted, and what becomes of one that may not have arrived.

use opencode_wire::turn::{Action, Ending, Input, Loss};
use proptest::prelude::*;

use super::{Drive, answered, busy, gone, growing, idle, prompt, seconds};
use crate::telling::{PROMPT, ROOT};

#[test]
fn g02_nothing_is_posted_before_the_stream_is_live() {
    let mut drive = Drive::new();
    for input in [Input::Tick, Input::Gap, Input::FetchFailed, Input::PromptAccepted, Input::Aborted] {
        assert_eq!(drive.tell(&input), [], "{input:?}");
    }
    assert_eq!(drive.event(&ROOT.idle()), []);
    assert_eq!(drive.wait(seconds(100_000)), []);
    assert_eq!(drive.tell(&Input::Live), [Action::Prompt]);
}

#[test]
fn a_stream_that_comes_back_posts_nothing_again() {
    let mut drive = Drive::new();
    assert_eq!(drive.tell(&Input::Live), [Action::Prompt]);
    assert_eq!(drive.tell(&Input::Gap), []);
    assert_eq!(drive.tell(&Input::Live), [], "the prompt is on its way");
    assert_eq!(drive.wait(seconds(5)), [], "nothing is asked, and nothing waited for in a circle");
    assert_eq!(
        drive.tell(&Input::PromptAccepted),
        [Action::Fetch],
        "something may have been missed meanwhile"
    );
    assert_eq!(drive.answer(busy(growing())), []);
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
}

#[test]
fn g01_a_prompt_that_may_have_arrived_is_looked_for_and_found() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    assert_eq!(drive.tell(&Input::PromptUnknown), [Action::Fetch]);
    // It is stored a moment later than it is looked for.
    assert_eq!(drive.answer(idle(Vec::new())), []);
    assert_eq!(drive.wait(seconds(1)).len(), 1);
    assert_eq!(drive.answer(busy(vec![prompt()])), []);
    assert!(drive.follower.reply().is_accepted());
    assert_eq!(drive.event(&ROOT.idle()), [Action::Fetch]);
    drive.answer(idle(answered()));
    assert_eq!(drive.ending(), Some(&Ending::Completed));
}

/// It is posted at most once, so that only the one who prompts can decide to post it again: if it is known to be absent.
#[test]
fn g01_a_prompt_that_did_not_arrive_is_said_to_be_absent() {
    let mut drive = Drive::new();
    drive.tell(&Input::Live);
    drive.tell(&Input::PromptUnknown);
    drive.answer(idle(Vec::new()));
    assert_eq!(drive.wait_with(seconds(29), &idle(Vec::new())), []);
    assert_eq!(drive.ending(), None);
    assert_eq!(
        drive.wait_with(seconds(2), &idle(Vec::new())),
        [],
        "nothing is posted again, and nobody is aborted"
    );
    assert_eq!(drive.ending(), Some(&Ending::Lost(Loss::NotStored)));
    assert!(drive.ending().unwrap().is_retryable());
}

/// An error is that of a session. Of a prompt that may not have arrived it says nothing: it may be that of the one
/// before it.
#[test]
fn g05_an_error_is_not_that_of_a_prompt_that_may_not_have_arrived() {
    let mut unknown = Drive::new();
    unknown.tell(&Input::Live);
    unknown.tell(&Input::PromptUnknown);
    unknown.answer(idle(Vec::new()));
    unknown.event(&ROOT.error("MessageAbortedError", "The operation was aborted."));
    unknown.wait_with(seconds(20), &idle(Vec::new()));
    assert_eq!(unknown.ending(), None);
    unknown.answer(idle(answered()));
    assert_eq!(unknown.ending(), Some(&Ending::Completed), "it was late");

    let mut refused = Drive::new();
    refused.tell(&Input::Live);
    refused.tell(&Input::PromptAccepted);
    refused.event(&ROOT.error("UnknownError", "Agent not found"));
    refused.tell(&Input::Gap);
    refused.tell(&Input::Live);
    refused.answer(idle(Vec::new()));
    refused.wait_with(seconds(5), &idle(Vec::new()));
    assert!(matches!(refused.ending(), Some(Ending::Failed { .. })), "{:?}", refused.ending());
}

/// The server says that it takes a prompt before it stores it, and forgets it when it dies in between. Who hears it come
/// back cannot know.
#[test]
fn g12_a_prompt_that_a_server_took_and_forgot_is_said_to_be_absent() {
    let mut forgotten = Drive::new();
    forgotten.tell(&Input::Live);
    forgotten.tell(&Input::PromptAccepted);
    forgotten.tell(&Input::Gap);
    assert_eq!(forgotten.tell(&Input::Live), [Action::Fetch]);
    forgotten.answer(idle(Vec::new()));
    assert_eq!(forgotten.wait_with(seconds(40), &idle(Vec::new())), [], "nobody is aborted");
    assert_eq!(forgotten.ending(), Some(&Ending::Lost(Loss::NotStored)));

    let mut kept = Drive::new();
    kept.tell(&Input::Live);
    kept.tell(&Input::PromptAccepted);
    kept.event(&ROOT.user(PROMPT));
    kept.tell(&Input::Gap);
    assert_eq!(kept.tell(&Input::Live), [Action::Fetch]);
    kept.answer(idle(vec![prompt()]));
    let actions = kept.wait_with(seconds(40), &idle(vec![prompt()]));
    assert!(
        matches!(actions[..], [(_, Action::Abort(_))]),
        "it is there, and nobody works on it: {actions:?}"
    );
}

/// A server that cannot be asked has not said that the prompt is absent: posted again, it might run twice. The same
/// holds while the session works on something else.
#[test]
fn g01_absence_has_to_be_proved() {
    let mut unreachable = Drive::new();
    unreachable.tell(&Input::Live);
    assert_eq!(unreachable.tell(&Input::PromptUnknown), [Action::Fetch]);
    while unreachable.ending().is_none() {
        unreachable.tell(&Input::FetchFailed);
        unreachable.wait(seconds(1));
    }
    let mut occupied = Drive::new();
    occupied.tell(&Input::Live);
    occupied.tell(&Input::PromptUnknown);
    occupied.answer(idle(Vec::new()));
    occupied.wait_with(seconds(40), &busy(Vec::new()));
    for drive in [unreachable, occupied] {
        assert_eq!(drive.ending(), Some(&Ending::Lost(Loss::Unfollowed)));
        assert!(!drive.ending().unwrap().is_retryable());
    }
}

#[test]
fn attaching_posts_nothing_and_asks_at_once() {
    let mut drive = Drive::attach();
    assert_eq!(drive.tell(&Input::Live), [Action::Fetch]);
    assert_eq!(drive.answer(idle(answered())), []);
    assert_eq!(drive.ending(), Some(&Ending::Completed));
    assert_eq!(drive.follower.reply().text(), "whole");
}

/// A wrong id, or a session that is busy with another turn: neither is a reason to stop anybody.
#[test]
fn attaching_to_a_prompt_that_is_not_there_aborts_nobody() {
    for (snapshot, loss) in [(idle(Vec::new()), Loss::NotStored), (busy(Vec::new()), Loss::Unfollowed)] {
        let mut drive = Drive::attach();
        drive.tell(&Input::Live);
        drive.answer(snapshot.clone());
        assert_eq!(drive.wait_with(seconds(60), &snapshot), []);
        assert_eq!(drive.ending(), Some(&Ending::Lost(loss)));
    }
}

#[derive(Debug, Clone)]
enum Step {
    Input(u8),
    Event(u8),
    Wait(u64),
}

fn play(drive: &mut Drive, step: &Step) -> Vec<Action> {
    let snapshots = [idle(Vec::new()), idle(growing()), busy(growing()), busy(answered())];
    match step {
        Step::Input(code) => match code {
            0 => drive.tell(&Input::Live),
            1 => drive.tell(&Input::Gap),
            2 => drive.tell(&Input::PromptAccepted),
            3 => drive.tell(&Input::PromptUnknown),
            4 => drive.tell(&Input::FetchFailed),
            5 => drive.tell(&Input::Aborted),
            6 => drive.tell(&Input::Cancel),
            7 => drive.answer(gone()),
            8 => drive.answer(idle(answered())),
            code => drive.answer(snapshots[usize::from(*code) % snapshots.len()].clone()),
        },
        Step::Event(code) => drive.event(&match code {
            0 => ROOT.user(PROMPT),
            1 => ROOT.busy(),
            2 => ROOT.idle(),
            3 => ROOT.permission("per_1"),
            4 => ROOT.permission_replied("per_1", "once"),
            5 => ROOT.error("APIError", "no"),
            6 => ROOT.delta("msg_2", "prt_1", "a"),
            _ => ROOT.assistant("msg_2", PROMPT),
        }),
        Step::Wait(length) => drive.wait(seconds(*length)).into_iter().map(|(_, action)| action).collect(),
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u8..14).prop_map(Step::Input),
        (0_u8..8).prop_map(Step::Event),
        (0_u64..4000).prop_map(Step::Wait)
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: at most one prompt, none before the stream is live, no two questions at once,
    /// one ending, and nothing after it.
    #[test]
    fn g01_g12_whatever_happens(steps in steps(), attach in any::<bool>()) {
        let mut drive = if attach { Drive::attach() } else { Drive::new() };
        let (mut live, mut prompts, mut asking) = (false, 0, 0);
        for step in &steps {
            let before = drive.ending().cloned();
            live |= matches!(step, Step::Input(0));
            if matches!(step, Step::Input(4 | 7..)) {
                asking = 0;
            }
            let actions = play(&mut drive, step);
            prop_assert!(live || actions.iter().all(|action| !matches!(action, Action::Prompt)));
            prop_assert!(before.is_none() || actions.is_empty(), "{:?} after the end", actions);
            prop_assert!(before.is_none() || drive.ending() == before.as_ref());
            prompts += actions.iter().filter(|action| **action == Action::Prompt).count();
            asking += actions.iter().filter(|action| **action == Action::Fetch).count();
            prop_assert!(asking <= 1, "two questions at once");
        }
        prop_assert!(prompts <= usize::from(!attach));
        if drive.ending().is_some() {
            drive.wait(seconds(60));
            prop_assert!(drive.follower.is_over(drive.now), "an end waits for no abort for ever");
        }
    }
}
