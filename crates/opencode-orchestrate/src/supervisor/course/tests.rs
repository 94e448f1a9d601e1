//! The course of a supervisor, alone: no server, no clock.

use proptest::prelude::*;

use super::*;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A course on a clock of its own.
struct Drive {
    course: Course,
    now: Duration,
}

impl Drive {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(set: impl FnOnce(&mut Health)) -> Self {
        let mut health = Health::default();
        set(&mut health);
        Self { course: Course::new(health), now: seconds(1000) }
    }

    fn tell(&mut self, input: Input) -> Vec<Action> {
        self.course.handle(self.now, input);
        std::iter::from_fn(|| self.course.next_action()).collect()
    }

    fn wait(&mut self, time: Duration) -> Vec<Action> {
        self.now += time;
        self.tell(Input::Tick)
    }

    fn running(mut self) -> Self {
        assert_eq!(self.tell(Input::Want), [Action::Start]);
        assert_eq!(self.tell(Input::Started), []);
        assert_eq!(self.course.state(), ServerState::Ready);
        self
    }

    fn silent(&mut self) -> Vec<Action> {
        assert_eq!(self.wait(seconds(15)), [Action::Probe]);
        self.tell(Input::Probed(Probe::Silent { has_worked: false }))
    }
}

#[test]
fn g23_a_server_is_started_once_however_many_want_it() {
    let mut drive = Drive::new();
    assert_eq!(drive.course.state(), ServerState::Idle);
    assert_eq!(drive.tell(Input::Want), [Action::Start]);
    assert_eq!(drive.tell(Input::Want), []);
    assert_eq!(drive.course.state(), ServerState::Starting);
    drive.tell(Input::Started);
    assert_eq!(drive.tell(Input::Want), []);
}

#[test]
fn g24_a_server_on_which_turns_run_is_given_time_to_answer() {
    let mut idle = Drive::new().running();
    assert_eq!(idle.silent(), []);
    assert_eq!(idle.course.state(), ServerState::Unhealthy);
    assert_eq!(idle.silent(), []);
    assert_eq!(idle.silent(), [Action::Terminate]);
    assert_eq!(idle.tell(Input::Exited), [], "nobody needs it");
    assert_eq!(idle.course.state(), ServerState::Idle);

    let mut busy = Drive::new().running();
    busy.tell(Input::Holds(2));
    for _ in 0..8 {
        assert_eq!(busy.silent(), []);
    }
    assert_eq!(busy.silent(), [Action::Terminate], "two minutes are over");
    assert_eq!(busy.course.why(), Some(Why::SilentWhileBusy));
    assert_eq!(busy.course.state(), ServerState::Restarting);
    assert_eq!(busy.tell(Input::Exited), [Action::Start], "what ran on it is to go on");
}

#[test]
fn g24_one_answer_makes_up_for_all_that_were_missed() {
    let mut drive = Drive::new().running();
    drive.silent();
    drive.silent();
    assert_eq!(drive.wait(seconds(15)), [Action::Probe]);
    assert_eq!(drive.tell(Input::Probed(Probe::Answered { memory: None })), []);
    assert_eq!(drive.course.state(), ServerState::Ready);
    drive.silent();
    assert_eq!(drive.silent(), []);
}

#[test]
fn a_server_that_does_not_end_is_killed() {
    let mut drive = Drive::new().running();
    assert_eq!(drive.tell(Input::Stop), [Action::Terminate]);
    assert_eq!(drive.course.state(), ServerState::Stopping);
    assert_eq!(drive.wait(seconds(4)), []);
    assert_eq!(drive.wait(seconds(1)), [Action::Kill]);
    assert_eq!(drive.wait(seconds(60)), [], "once");
    drive.tell(Input::Exited);
    assert_eq!(drive.course.state(), ServerState::Stopped);
    assert_eq!(drive.tell(Input::Want), [], "it is over");
}

#[test]
fn starts_that_fail_come_later_each_time() {
    let mut drive = Drive::new();
    for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(drive.tell(Input::Want), [Action::Start]);
        drive.tell(Input::StartFailed);
        assert_eq!(drive.course.state(), ServerState::Failed);
        assert_eq!(drive.tell(Input::Want), [], "not yet");
        drive.wait(seconds(pause));
    }
}

#[test]
fn a_server_that_ends_is_started_again_where_turns_run_on_it_but_not_in_a_circle() {
    let mut drive = Drive::new().running();
    drive.tell(Input::Holds(1));
    assert_eq!(drive.tell(Input::Exited), [Action::Start]);
    assert_eq!(drive.course.state(), ServerState::Restarting);
    drive.tell(Input::Started);
    assert_eq!(drive.tell(Input::Exited), [], "it has ended at once, twice");
    assert_eq!(drive.course.state(), ServerState::Failed);
    assert_eq!(drive.wait(seconds(2)), [Action::Start]);
    drive.tell(Input::Started);
    assert_eq!(drive.wait(seconds(90)), [Action::Probe]);
    assert_eq!(drive.tell(Input::Exited), [Action::Start], "this one had run for a while");
}

#[test]
fn a_server_is_replaced_when_nobody_uses_it() {
    let mut drive = Drive::with(|health| health.max_memory = Some(1000)).running();
    drive.tell(Input::Holds(1));
    assert_eq!(drive.wait(seconds(15)), [Action::Probe]);
    assert_eq!(drive.tell(Input::Probed(Probe::Answered { memory: Some(1001) })), []);
    assert_eq!(drive.course.state(), ServerState::Draining);
    drive.tell(Input::Want);
    assert_eq!(drive.tell(Input::Holds(0)), [Action::Terminate]);
    assert_eq!(drive.tell(Input::Exited), [Action::Start], "somebody waits for the next one");

    let mut old = Drive::with(|health| health.max_age = Some(seconds(20))).running();
    old.wait(seconds(15));
    old.tell(Input::Probed(Probe::Answered { memory: None }));
    assert_eq!(old.course.wake_at(), Some(old.now + seconds(5)));
    assert_eq!(old.wait(seconds(5)), [Action::Terminate]);
    assert_eq!(old.tell(Input::Exited), []);
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::Want),
        (0_usize..3).prop_map(Input::Holds),
        Just(Input::Started),
        Just(Input::StartFailed),
        Just(Input::Exited),
        any::<bool>().prop_map(|has_worked| Input::Probed(Probe::Silent { has_worked })),
        Just(Input::Probed(Probe::Answered { memory: Some(5) })),
        Just(Input::Recycle),
        Just(Input::Tick),
        Just(Input::Tick),
    ]
}

proptest! {
    /// Whatever happens in whatever order: there is never a second server beside the first, nothing is asked of one
    /// that is not there, and a stop comes to its end.
    #[test]
    fn g23_there_is_one_server_at_most(steps in prop::collection::vec((input(), 0_u64..40), 0..80)) {
        let mut drive = Drive::with(|health| health.max_memory = Some(4));
        let (mut is_starting, mut is_there) = (false, false);
        for (input, wait) in steps {
            drive.now += seconds(wait);
            // What cannot come is not told.
            let is_possible = match input {
                Input::Started | Input::StartFailed => is_starting,
                Input::Exited | Input::Probed(_) => is_there,
                _ => true,
            };
            if !is_possible {
                continue;
            }
            match input {
                Input::Started => (is_starting, is_there) = (false, true),
                Input::StartFailed => is_starting = false,
                Input::Exited => is_there = false,
                _ => {}
            }
            for action in drive.tell(input) {
                match action {
                    Action::Start => {
                        prop_assert!(!is_starting && !is_there, "a second server");
                        is_starting = true;
                    }
                    Action::Probe | Action::Terminate | Action::Kill => {
                        prop_assert!(is_there, "{action:?} of nothing");
                    }
                }
            }
        }
        drive.tell(Input::Stop);
        if is_there || is_starting {
            drive.tell(Input::Exited);
        }
        prop_assert_eq!(drive.course.state(), ServerState::Stopped);
    }
}
