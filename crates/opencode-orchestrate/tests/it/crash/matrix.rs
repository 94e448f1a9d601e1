//! Every point of a column, one run each, many at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use opencode_store::turn::EndKind;
use tokio::sync::Semaphore;

use super::check::check;
use super::column::Column;
use super::places::{DatabaseKind, HostKind, Places};
use super::points::Act;
use super::program::Death;
use super::scene::{Life, Scene};

/// The environment variable with the one point that is to be looked at.
const ONLY: &str = "OPENCODE_CRASH_POINT";
/// How often a run is tried that did not come to its point: how pieces of work fall between each other is luck.
const TRIES: usize = 3;
/// How many runs are made at once, whichever tests they are of. Most of the time they wait for leases to end.
pub(super) static AT_ONCE: Semaphore = Semaphore::const_new(40);

/// Which points are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    Each,
    /// The first of each name, where a run costs more.
    FirstOfName,
    /// Those of them that change something: after each call of the store, and around each `POST`. Where a run costs
    /// a start of the real server.
    Phases,
}

/// A column of the matrix, on one kind of database and one kind of server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix {
    pub(super) database: DatabaseKind,
    pub(super) host: HostKind,
    pub(super) column: Column,
    pub(super) which: Which,
}

/// What came of a point.
struct Row {
    point: String,
    outcome: Result<EndKind, String>,
}

impl Matrix {
    /// Kills at every point, and fails with a table of what went wrong.
    pub(super) async fn hold(self) {
        let (started, places) = (Instant::now(), Arc::new(Places::new(self.database, self.host)));
        let Some(points) = self.points(&places).await else { return };
        let rows = points.into_iter().map(|point| {
            let row = tokio::spawn(self.row(Arc::clone(&places), point.clone()));
            async move {
                let outcome = row.await.unwrap_or_else(|panic| Err(panic.to_string()));
                Row { point, outcome }
            }
        });
        let rows: Vec<Row> = futures_util::stream::iter(rows).buffered(usize::MAX).collect().await;
        self.report(&rows, started);
    }

    /// The points, as a worker passes them that nobody kills.
    async fn points(self, places: &Places) -> Option<Vec<String>> {
        let (lives, outcome) = self.run(places, None).await?;
        outcome.unwrap_or_else(|wrong| panic!("undisturbed, {self:?}: {wrong}"));
        let mut points = lives.into_iter().last().expect("somebody has lived").passed;
        // Whoever takes over renews the lease at once. The others do so when time has passed, and most turns are over by
        // then.
        let renews_at_once = self.column.first_death().is_some();
        points.retain(|point| {
            self.which.includes(point) && (renews_at_once || !point.starts_with("store.renew#"))
        });
        #[expect(clippy::disallowed_methods, reason = "this is how a person says which point is meant")]
        if let Ok(only) = std::env::var(ONLY) {
            points = vec![only];
        }
        Some(points)
    }

    async fn row(self, places: Arc<Places>, point: String) -> Result<EndKind, String> {
        for _ in 0..TRIES {
            let _permit = AT_ONCE.acquire_many(places.weight()).await.unwrap();
            let (lives, outcome) = self.run(&places, Some(&point)).await.expect("it was there before");
            let kind = outcome?;
            if self.has_come_to(&lives, &point) {
                return Ok(kind);
            }
        }
        Err(format!("in {TRIES} runs no worker came to it"))
    }

    /// Carries one turn to its end, and says who has lived and what came of it.
    async fn run(self, places: &Places, point: Option<&str>) -> Option<(Vec<Life>, Result<EndKind, String>)> {
        let may_share = self.column.spares_the_server();
        let (place, host) = places.take(may_share).await?;
        let scene = Scene::set(&place, host, places.lease(), self.column.is_stopped()).await;
        let mut lives: Vec<Life> = Vec::new();
        for plan in self.column.plans(point) {
            match scene.live(plan, lives.is_empty()).await {
                Ok(life) => lives.push(life),
                Err(wrong) => return Some((lives, Err(wrong))),
            }
            if lives.last().is_some_and(|life| life.death == Death::Natural) {
                break;
            }
        }
        let outcome = check(&scene, &place, self.column).await;
        if outcome.is_ok() {
            places.give_back(place, scene.host, may_share).await;
        }
        Some((lives, outcome))
    }

    /// Whether everybody died, or stood, where it was wanted.
    fn has_come_to(self, lives: &[Life], point: &str) -> bool {
        let first = self.column.first_death();
        let killer = lives.get(usize::from(first.is_some()));
        let died_at = |life: &Life, point: &str| {
            life.death == Death::Killed && life.passed.last().is_some_and(|last| last == point)
        };
        let has_died_first = first.is_none_or(|plan| died_at(&lives[0], &plan.point));
        has_died_first
            && killer.is_some_and(|life| match self.column.act() {
                Act::Die => died_at(life, point),
                Act::Server => life.has_waited,
                Act::Both => life.has_waited && life.death == Death::Killed,
            })
    }

    #[expect(clippy::print_stdout, reason = "what was looked at is told with `--nocapture`")]
    fn report(self, rows: &[Row], started: Instant) {
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wrong = String::new();
        for row in rows {
            match &row.outcome {
                Ok(kind) => *ends.entry(kind.as_str()).or_default() += 1,
                Err(what) => wrong.push_str(&format!("  {:<60} {what}\n", row.point)),
            }
        }
        let (count, elapsed) = (rows.len(), started.elapsed());
        println!("{self:?}: {count} points in {elapsed:.1?}: {ends:?}");
        assert!(wrong.is_empty(), "{self:?}:\n{wrong}");
    }
}

impl Which {
    fn includes(self, point: &str) -> bool {
        let is_first =
            point.split_once('#').is_some_and(|(_, number)| number == "1" || number.starts_with("1."));
        let changes = point.starts_with("request.POST") || !point.ends_with(".before");
        match self {
            Self::Each => true,
            Self::FirstOfName => is_first,
            Self::Phases => {
                let is_call = point.starts_with("store.") || point.starts_with("request.POST");
                is_first && changes && is_call
            }
        }
    }
}

#[test]
fn points_are_chosen_by_their_names() {
    let chosen = |which: Which| {
        let points = [
            "store.finish#1.before",
            "store.finish#1.after",
            "store.write_snapshot#12.after",
            "request.POST /session#1.before",
            "request.GET /session#1.after",
            "event.session.idle#1",
            "event.session.idle#10",
        ];
        points.map(|point| u8::from(which.includes(point)))
    };
    assert_eq!(chosen(Which::Each), [1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(chosen(Which::FirstOfName), [1, 1, 0, 1, 1, 1, 0]);
    assert_eq!(chosen(Which::Phases), [0, 1, 0, 1, 0, 0, 0]);
}
