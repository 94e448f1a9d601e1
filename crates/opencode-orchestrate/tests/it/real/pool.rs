//! Many turns at once on a server that this process runs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use opencode_orchestrate::agent::{AgentBackend as _, OpenCodeBackend};
use opencode_orchestrate::hooks::{HookResult, TurnHooks};
use opencode_orchestrate::pool::{PoolOptions, ServerPool};
use opencode_orchestrate::supervisor::{Health, Supervisor};
use opencode_orchestrate::turn::{BrokenOff, RunOptions, Turn, TurnOutcome, TurnRunner};
use opencode_store::Store;
use opencode_store::session::Subject;
use opencode_store::turn::{EndKind, TurnId, TurnRecord};
use opencode_testkit::model::{Model, ModelScript, Op};
use opencode_wire::drive::CancellationToken;
use opencode_wire::event::EventKind;
use opencode_wire::hub::{Notice, Topic};
use opencode_wire::reply::{Change, ChangeKind};
use opencode_wire::turn::Deadlines;
use rustix::process::{Signal, kill_process};
use serde_json::json;
use tokio::sync::watch;

use super::rig::HANGS_AFTER;
use super::supervised::{configure, pid, supervisor};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

/// Hears which turns have said something, and how often it is told that a server was lost.
#[derive(Default)]
struct Heard {
    speaking: watch::Sender<BTreeSet<TurnId>>,
    lost: AtomicUsize,
}

impl Heard {
    fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TurnHooks for Heard {
    fn wants_changes(&self) -> bool {
        true
    }

    async fn on_change(&self, turn: &TurnRecord, change: &Change) -> HookResult {
        if let ChangeKind::Text { .. } = change.kind {
            self.speaking.send_if_modified(|turns| turns.insert(turn.id));
        }
        Ok(())
    }

    async fn on_server_lost(&self, _turn: &TurnRecord) -> HookResult {
        self.lost.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct Rig {
    model: Model,
    supervisor: Supervisor,
    folder: tempfile::TempDir,
    runner: TurnRunner,
    heard: Arc<Heard>,
}

impl Rig {
    async fn start(options: RunOptions) -> Option<Self> {
        let (supervisor, folder) = supervisor(Health::default()).await?;
        let model = Model::start().await;
        configure(folder.path(), model.url());
        let store = Store::open(&format!("sqlite://{}", folder.path().join("store.db").display())).await;
        let store = store.unwrap();
        store.migrate().await.unwrap();
        let heard = Arc::new(Heard::default());
        // Whatever is used no longer may go whenever it is looked.
        let unused = PoolOptions::default().with_forget_after(Duration::ZERO).with_look_every(NEVER);
        let pool = ServerPool::builder().server("one", supervisor.clone()).options(unused).build();
        let runner = TurnRunner::new(store, pool, options).with_hooks(Arc::clone(&heard) as _);
        Some(Self { model, supervisor, folder, runner, heard })
    }

    /// A turn in a directory of its own.
    fn turn(&self, number: usize, script: &ModelScript) -> Turn {
        let subject = Subject::new("tests", format!("session/{number}")).unwrap();
        let directory = self.directory(number);
        std::fs::create_dir_all(&directory).unwrap();
        let mut deadlines = Deadlines::default();
        deadlines.admission = Some(HANGS_AFTER);
        Turn::on(&self.runner, &subject, script.to_prompt("Please go."))
            .directory(directory.to_str().unwrap())
            .title("a test")
            // Machines of tests are slow when everything runs at once.
            .deadlines(deadlines)
    }

    fn directory(&self, number: usize) -> std::path::PathBuf {
        self.folder.path().join(format!("project-{number}"))
    }

    async fn run(&self, count: usize, script: impl Fn(usize) -> ModelScript) -> Vec<TurnOutcome> {
        let turns = (0..count).map(|number| self.turn(number, &script(number)).run(CancellationToken::new()));
        let outcomes = tokio::time::timeout(HANGS_AFTER, join_all(turns)).await.expect("the turns hang");
        outcomes.into_iter().map(Result::unwrap).collect()
    }

    /// Runs turns that all are in the middle of their answers when the server is killed.
    async fn run_and_kill(&self, count: usize) -> Vec<TurnOutcome> {
        let first = |number| [Op::text("It is "), Op::hold(name(number)), Op::text("done.")];
        // The model is asked anew for an answer that was broken off.
        let script = |number| ModelScript::new().step(first(number)).step([Op::text("It is done.")]);
        let kill = async {
            // What the server has not told when it dies, nobody can keep.
            let mut speaking = self.heard.speaking.subscribe();
            speaking.wait_for(|turns| turns.len() >= count).await.unwrap();
            let server = self.supervisor.status().running.unwrap();
            kill_process(pid(server.pid), Signal::KILL).unwrap();
            for number in 0..count {
                self.model.release(&name(number));
            }
        };
        let killed = tokio::time::timeout(HANGS_AFTER, kill);
        let (outcomes, killed) = tokio::join!(self.run(count, script), killed);
        killed.expect("not all of them say something");
        outcomes
    }
}

fn name(number: usize) -> String {
    format!("turn {number}")
}

/// One process, one event stream, and nothing of one session is in another.
#[tokio::test(flavor = "multi_thread")]
async fn g23_twenty_sessions_in_twenty_directories_share_one_server() {
    let Some(rig) = Rig::start(RunOptions::default()).await else { return };
    let script = |number: usize| {
        let command = format!("echo {number} > mine.txt");
        let command = json!({ "command": command, "description": "Writes" });
        let text = format!("The number is {number}.");
        ModelScript::new().step([Op::tool("bash", command)]).step([Op::text(text)])
    };
    for _round in 0..2 {
        let outcomes = rig.run(20, script).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            assert_eq!(outcome.status(), EndKind::Completed, "{:?}", outcome.end());
            assert_eq!(outcome.text(), format!("The number is {number}."));
            let written = std::fs::read_to_string(rig.directory(number).join("mine.txt")).unwrap();
            assert_eq!(written.trim(), number.to_string());
        }
    }
    let status = rig.supervisor.status().running.unwrap();
    assert_eq!(status.generation, 1, "one server for all of them");
    rig.supervisor.stop().await;
}

/// Each is told, keeps what was said, and ends; each session is there for the next prompt.
#[tokio::test(flavor = "multi_thread")]
async fn g24_a_server_that_is_killed_in_the_middle_of_ten_turns_ends_them_and_keeps_their_sessions() {
    let Some(rig) = Rig::start(RunOptions::default()).await else { return };
    let outcomes = rig.run_and_kill(10).await;
    assert_eq!(rig.heard.lost(), 10, "each is told once");
    for outcome in &outcomes {
        assert_eq!(outcome.status(), EndKind::Lost, "{:?}", outcome.end());
        assert!(outcome.is_retryable());
        assert_eq!(outcome.text().trim_end(), "It is", "what was said is kept");
    }
    let outcomes = rig.run(10, |_| ModelScript::new().step([Op::text("Here again.")])).await;
    for outcome in &outcomes {
        assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Here again."));
        let session = rig.runner.store().sessions().session_by_row(outcome.turn.session).await.unwrap();
        assert_eq!(session.unwrap().generation, 1, "b09: the session is used again");
    }
    rig.supervisor.stop().await;
}

/// The same, where the host wants them to go on: within the same turns.
#[tokio::test(flavor = "multi_thread")]
async fn g24_turns_whose_server_was_killed_go_on_where_the_host_wants_it() {
    let words = "The server was restarted. Go on, and look first at what was done already.";
    let options = RunOptions::default().with_broken_off(BrokenOff::GoOn(words.to_owned()));
    let Some(rig) = Rig::start(options).await else { return };
    let outcomes = rig.run_and_kill(10).await;
    for outcome in &outcomes {
        assert_eq!(outcome.status(), EndKind::Completed, "{:?}", outcome.end());
        assert!(outcome.text().ends_with("It is done."), "{}", outcome.text());
        assert!(outcome.turn.attempt > 1);
    }
    assert_eq!(rig.heard.lost(), 10);
    rig.supervisor.stop().await;
}

/// What it holds in memory goes, and what it has stored stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_nobody_uses_is_forgotten_by_the_server_and_its_sessions_stay() {
    let Some(rig) = Rig::start(RunOptions::default()).await else { return };
    let script = |text: &'static str| move |_| ModelScript::new().step([Op::text(text)]);
    assert!(rig.run(2, script("One.")).await.iter().all(TurnOutcome::is_completed));
    let server = rig.supervisor.ensure().await.unwrap();
    let mut events = server.client().listen(Topic::All);
    while !matches!(events.next().await, Notice::Live) {}
    OpenCodeBackend::new(rig.runner.clone()).tick().await;
    assert_eq!(rig.runner.pool().servers()[0].directories, 0);
    let mut forgotten = BTreeSet::new();
    let both = async {
        while forgotten.len() < 2 {
            if let Notice::Event(event) = events.next().await
                && let EventKind::InstanceDisposed(disposed) = event.kind
            {
                forgotten.insert(disposed.directory);
            }
        }
    };
    tokio::time::timeout(HANGS_AFTER, both).await.expect("the server has not forgotten them");
    assert!(rig.run(2, script("Two.")).await.iter().all(TurnOutcome::is_completed));
    for number in 0..2 {
        let subject = Subject::new("tests", format!("session/{number}")).unwrap();
        let session = rig.runner.store().sessions().session(&subject).await.unwrap().unwrap();
        assert_eq!(session.generation, 1);
    }
    rig.supervisor.stop().await;
}
