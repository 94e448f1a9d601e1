//! The columns of the matrix: what is killed at a point, and in which turn.

use super::points::{Act, Plan};

/// What is killed at a point, and in which turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// The worker. Another one takes over.
    Worker,
    /// The worker, and the one that takes over at the same point, if it comes there.
    WorkerAgain,
    /// The worker at this point, and the one that takes over at each of the points of its own.
    TakeOver(&'static str),
    /// The worker, of a turn that is stopped: as soon as half of it is stored, or its worker is dead.
    Stopped,
    /// The server, while the worker lives.
    Server,
    /// The server, and then the worker.
    Both,
}

impl Column {
    /// The death that comes before everything else.
    pub(super) fn first_death(self) -> Option<Plan> {
        match self {
            Self::TakeOver(point) => Some(Plan { point: point.to_owned(), act: Act::Die }),
            _ => None,
        }
    }

    /// What happens at the point.
    pub(super) fn act(self) -> Act {
        match self {
            Self::Worker | Self::WorkerAgain | Self::TakeOver(_) | Self::Stopped => Act::Die,
            Self::Server => Act::Server,
            Self::Both => Act::Both,
        }
    }

    pub(super) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }

    /// Whether the server lives, so that every turn can be brought to its end.
    pub(super) fn spares_the_server(self) -> bool {
        self.act() == Act::Die
    }

    /// What the processes that carry a turn do, one after the other; the last one lives on.
    pub(super) fn plans(self, point: Option<&str>) -> Vec<Option<Plan>> {
        let plan = point.map(|point| Plan { point: point.to_owned(), act: self.act() });
        let again = plan.clone().filter(|_| self == Self::WorkerAgain);
        let deaths = [self.first_death(), plan, again];
        deaths.into_iter().flatten().map(Some).chain([None]).collect()
    }
}

#[test]
fn each_column_ends_with_a_process_that_nobody_kills() {
    let plans = |column: Column| -> Vec<Option<String>> {
        column.plans(Some("b")).into_iter().map(|plan| plan.map(|plan| plan.point)).collect()
    };
    let some = |point: &str| Some(point.to_owned());
    assert_eq!(plans(Column::Worker), [some("b"), None]);
    assert_eq!(plans(Column::WorkerAgain), [some("b"), some("b"), None]);
    assert_eq!(plans(Column::TakeOver("a")), [some("a"), some("b"), None]);
    assert_eq!(Column::Server.plans(None).len(), 1);
}
