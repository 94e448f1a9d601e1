//! What a worker does with a turn, one step after the other: the rules by which a prompt is posted at most once, and a
//! turn that was left is continued at the right step.
//!
//! ```text
//! claimed ──▶ ensure ──▶ subscribe ──▶ note ──▶ post ──▶ follow ──▶ settle ──▶ store
//!                ▲   404     │                   │ 404     ▲
//!                └── replace ◀───────────────────┘         │
//! prompting ─▶ ask ─ not there ─▶ ensure; there ─▶ attach ─┤
//! running ───────────────────────────────────────▶ attach ─┤
//!                             follow ─ broken off ─▶ go on ─┘
//! ```

use opencode_store::turn::{EndKind, TurnEnd, TurnState};
use opencode_wire::turn::{Ending, Loss};

/// What is done next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Ask the server for the prompt: somebody was about to post it, and did not come to see it there.
    Ask,
    /// See to it that the subject has a session.
    Ensure,
    /// Give the subject another session: the server does not know the one that it had.
    Replace,
    /// Hear the server's events. Nothing is posted.
    Subscribe,
    /// Note that the prompt is about to be posted.
    Note,
    /// Post the prompt.
    Post,
    /// Hear the events of a prompt that is on the server.
    Attach,
    /// Follow the turn to its end, and store what it says meanwhile.
    Follow,
    /// Let the agent go on with an answer that was broken off.
    GoOn,
    /// Store the rest of what it said.
    Settle,
    /// Store how it ended.
    Store(Box<TurnEnd>),
    /// Let go of it: whoever claims it next goes on from what is stored.
    LetGo,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Came {
    /// It is done. Of [`Step::Ask`]: the prompt is on the server.
    Done,
    /// The prompt is not on the server, and its session is.
    Absent,
    /// The server does not know the session. Of [`Step::Post`]: and so nothing was posted.
    NoSession,
    /// The server does not take the prompt, now or later.
    Refused(Box<TurnEnd>),
    /// The turn is not followed any more. `end` is how it ended, if that is its end.
    Over { end: Option<Box<TurnEnd>> },
    /// The answer was broken off, and the agent may go on with it.
    BrokenOff,
    /// It cannot be done now.
    Unreachable,
}

/// What may be done about a session that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacing {
    /// It may be replaced.
    Allowed,
    /// It was replaced: nobody does that twice for one prompt.
    Done,
    /// It is another turn's business.
    Others,
}

/// The course of one claim of a turn.
#[derive(Debug, Clone)]
pub(super) struct Course {
    step: Step,
    /// Whether this claim posts the prompt, or finds it posted.
    posts: bool,
    /// What may be done about a session that is gone.
    replacing: Replacing,
    /// Whether the agent was let go on with an answer: under one claim that is done once.
    went_on: bool,
    end: Option<Box<TurnEnd>>,
}

impl Course {
    /// The course of a turn that was claimed in this state.
    pub(super) fn claimed(state: TurnState) -> Self {
        let step = match state {
            TurnState::Prompting => Step::Ask,
            TurnState::Running => Step::Attach,
            _ => Step::Ensure,
        };
        let posts = step == Step::Ensure;
        Self { step, posts, replacing: Replacing::Allowed, went_on: false, end: None }
    }

    /// The course of a turn that joins a running one: its session is there, and is not replaced under the other.
    pub(super) fn joined(state: TurnState) -> Self {
        let mut course = Self::claimed(state);
        if course.step == Step::Ensure {
            course.step = Step::Subscribe;
        }
        course.replacing = Replacing::Others;
        course
    }

    /// What is done next, given whether the turn is to be stopped.
    pub(super) fn next(&self, is_stopped: bool) -> Step {
        let is_before_post =
            matches!(self.step, Step::Ensure | Step::Replace | Step::Subscribe | Step::Note | Step::Post);
        if is_stopped && is_before_post {
            // Whatever was asked of the server, nothing was posted.
            return Step::Store(Box::new(TurnEnd::new(EndKind::Cancelled, "cancelled before it began")));
        }
        self.step.clone()
    }

    /// Whether this claim posts the prompt, or has.
    pub(super) const fn posts(&self) -> bool {
        self.posts
    }

    /// Whether the agent may be let go on with an answer that was broken off: only by whoever found the prompt posted, and
    /// so has not seen the answer end.
    pub(super) const fn may_go_on(&self) -> bool {
        !self.posts && !self.went_on
    }

    /// Takes what came of the step.
    pub(super) fn took(&mut self, came: Came) {
        self.step = match (&self.step, came) {
            (_, Came::Refused(end)) => Step::Store(end),
            (Step::Ask, Came::Absent) => {
                self.posts = true;
                if self.replacing == Replacing::Others { Step::Subscribe } else { Step::Ensure }
            }
            // Nobody can know whether it was posted there.
            (Step::Ask | Step::Attach | Step::GoOn, Came::NoSession) => Step::Store(Box::new(TurnEnd::new(
                EndKind::Lost,
                "lost: the session does not exist any more",
            ))),
            (Step::Subscribe | Step::Post, Came::NoSession) => match self.replacing {
                Replacing::Allowed => Step::Replace,
                Replacing::Done => Step::Store(Box::new(TurnEnd::new(
                    EndKind::Failed,
                    "the server does not know the session that it has just made",
                ))),
                Replacing::Others => Step::LetGo,
            },
            (Step::Ask, Came::Done) => Step::Attach,
            (Step::Ensure, Came::Done) => Step::Subscribe,
            (Step::Replace, Came::Done) => {
                self.replacing = Replacing::Done;
                Step::Subscribe
            }
            (Step::Subscribe, Came::Done) => Step::Note,
            (Step::Note, Came::Done) => Step::Post,
            (Step::Post | Step::Attach | Step::GoOn, Came::Done) => Step::Follow,
            (Step::Follow, Came::BrokenOff) => {
                self.went_on = true;
                Step::GoOn
            }
            (Step::Follow, Came::Over { end: Some(end) }) => {
                self.end = Some(end);
                Step::Settle
            }
            (Step::Settle, Came::Done) => match self.end.take() {
                Some(end) => Step::Store(end),
                None => Step::LetGo,
            },
            // What is left cannot be done now, or is a turn of which nothing is known.
            _ => Step::LetGo,
        };
    }
}

/// Whether a turn that is not followed any more has ended. Otherwise somebody looks again later, under a new lease.
pub(super) const fn has_ended(was_posted_here: bool, ending: &Ending) -> bool {
    match ending {
        // Our own request may still be on its way.
        Ending::Lost(Loss::NotStored) => !was_posted_here,
        Ending::Lost(Loss::Unfollowed) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(mut course: Course, came: impl IntoIterator<Item = Came>) -> Vec<Step> {
        let mut steps = vec![course.next(false)];
        for came in came {
            course.took(came);
            steps.push(course.next(false));
        }
        steps
    }

    fn end(kind: EndKind) -> Box<TurnEnd> {
        Box::new(TurnEnd::new(kind, "over"))
    }

    #[test]
    fn a_turn_goes_from_its_claim_to_its_end() {
        let over = Came::Over { end: Some(end(EndKind::Completed)) };
        let came = [Came::Done, Came::Done, Came::Done, Came::Done, over, Came::Done];
        assert_eq!(
            walk(Course::claimed(TurnState::Claimed), came),
            [
                Step::Ensure,
                Step::Subscribe,
                Step::Note,
                Step::Post,
                Step::Follow,
                Step::Settle,
                Step::Store(end(EndKind::Completed)),
            ]
        );
    }

    #[test]
    fn g01_only_a_turn_that_nobody_can_have_prompted_is_prompted_unasked() {
        assert_eq!(Course::claimed(TurnState::Claimed).next(false), Step::Ensure);
        assert_eq!(
            walk(Course::claimed(TurnState::Prompting), [Came::Done, Came::Done]),
            [Step::Ask, Step::Attach, Step::Follow]
        );
        let absent =
            walk(Course::claimed(TurnState::Prompting), [Came::Absent, Came::Done, Came::Done, Came::Done]);
        assert_eq!(absent, [Step::Ask, Step::Ensure, Step::Subscribe, Step::Note, Step::Post]);
        assert_eq!(walk(Course::claimed(TurnState::Running), [Came::Done]), [Step::Attach, Step::Follow]);
    }

    #[test]
    fn g16_a_session_is_replaced_once_and_only_where_nothing_was_posted() {
        let gone_at_post = [Came::Done, Came::Done, Came::Done, Came::NoSession, Came::Done, Came::Done];
        let steps = walk(Course::claimed(TurnState::Claimed), gone_at_post);
        assert_eq!(steps[4..], [Step::Replace, Step::Subscribe, Step::Note]);
        let gone_twice = [Came::Done, Came::NoSession, Came::Done, Came::NoSession];
        let steps = walk(Course::claimed(TurnState::Claimed), gone_twice);
        assert!(matches!(&steps[4], Step::Store(end) if end.kind == EndKind::Failed), "{steps:?}");
        for state in [TurnState::Prompting, TurnState::Running] {
            let steps = walk(Course::claimed(state), [Came::NoSession]);
            assert!(matches!(&steps[1], Step::Store(end) if end.kind == EndKind::Lost), "{steps:?}");
        }
        let joined = walk(Course::joined(TurnState::Claimed), [Came::NoSession]);
        assert_eq!(joined, [Step::Subscribe, Step::LetGo], "the turn that it joins has it");
    }

    #[test]
    fn g13_a_stop_before_the_post_posts_nothing() {
        let mut course = Course::claimed(TurnState::Claimed);
        for _ in 0..4 {
            assert!(matches!(course.next(true), Step::Store(end) if end.kind == EndKind::Cancelled));
            course.took(Came::Done);
        }
        assert_eq!(course.next(true), Step::Follow, "what is posted is stopped on the server");
        assert_eq!(Course::claimed(TurnState::Prompting).next(true), Step::Ask);
    }

    #[test]
    fn g12_a_turn_of_which_nothing_is_known_has_not_ended() {
        for was_posted_here in [true, false] {
            assert!(has_ended(was_posted_here, &Ending::Completed));
            assert!(has_ended(was_posted_here, &Ending::Lost(Loss::Abandoned)));
            assert!(!has_ended(was_posted_here, &Ending::Lost(Loss::Unfollowed)));
        }
        // What was seen on the server, and is not there any more, was removed by somebody.
        assert!(has_ended(false, &Ending::Lost(Loss::NotStored)));
        assert!(!has_ended(true, &Ending::Lost(Loss::NotStored)));
        let unknown = [Came::Done, Came::Over { end: None }];
        assert_eq!(walk(Course::claimed(TurnState::Running), unknown).last(), Some(&Step::LetGo));
    }

    #[test]
    fn an_answer_that_was_broken_off_is_gone_on_with_once_and_not_by_whoever_posted() {
        let mut course = Course::claimed(TurnState::Running);
        course.took(Came::Done);
        assert!(course.may_go_on());
        course.took(Came::BrokenOff);
        assert_eq!((course.next(false), course.may_go_on()), (Step::GoOn, false));
        course.took(Came::Done);
        assert_eq!(course.next(false), Step::Follow);
        assert!(!Course::claimed(TurnState::Claimed).may_go_on());
    }

    #[test]
    fn what_cannot_be_done_now_is_let_go_of() {
        for state in [TurnState::Claimed, TurnState::Prompting, TurnState::Running] {
            assert_eq!(walk(Course::claimed(state), [Came::Unreachable])[1], Step::LetGo);
        }
    }
}
