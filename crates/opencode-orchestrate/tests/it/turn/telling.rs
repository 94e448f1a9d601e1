//! What hosts and readers are told of a turn.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use opencode_orchestrate::hooks::{HookResult, TurnHooks};
use opencode_orchestrate::log::Entry;
use opencode_orchestrate::report::{ErrorReporter, Report};
use opencode_orchestrate::turn::{RunOptions, TurnOutcome};
use opencode_store::turn::{EndKind, TurnRecord};
use opencode_testkit::server::{Script, Tool};
use opencode_wire::drive::CancellationToken;
use opencode_wire::reply::{Change, ChangeKind};

use super::rig::Rig;

/// Writes down what it is told, and does wrong what it is told to do wrong.
#[derive(Default)]
struct Diary {
    lines: Mutex<Vec<String>>,
    fails: bool,
    panics: bool,
    hangs: bool,
}

impl Diary {
    fn write(&self, line: impl Into<String>) -> HookResult {
        self.lines.lock().unwrap().push(line.into());
        assert!(!self.panics, "a test shall see that this is contained");
        if self.fails { Err("a test shall see that this is contained".into()) } else { Ok(()) }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

#[async_trait]
impl TurnHooks for Diary {
    fn wants_changes(&self) -> bool {
        true
    }

    async fn on_change(&self, _: &TurnRecord, change: &Change) -> HookResult {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        match &change.kind {
            ChangeKind::Text { delta, .. } => self.write(format!("text {delta}")),
            ChangeKind::Gap => self.write("gap"),
            _ => Ok(()),
        }
    }

    async fn on_activity(&self, _: &TurnRecord) -> HookResult {
        self.write("activity")
    }

    async fn on_finalized(&self, outcome: &TurnOutcome) -> HookResult {
        self.write(format!("finalized {}", outcome.text()))
    }

    async fn on_finished(&self, outcome: &TurnOutcome) -> HookResult {
        self.write(format!("finished {}", outcome.status()))
    }
}

/// Writes down what is reported.
#[derive(Default)]
struct Reports(Mutex<Vec<String>>);

impl ErrorReporter for Reports {
    fn report(&self, report: &Report<'_>) {
        self.0.lock().unwrap().push(format!("{}: {}", report.during, report.error));
    }
}

/// G14: hooks are called in their order, those of the end once and after it is stored.
#[tokio::test]
async fn g14_hooks_are_told_what_happens_and_once_how_it_ended() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text_chunks(["Hello ", "you."]));
    let diary = Arc::new(Diary::default());
    let turn = rig.turn("Greet me.").hooks(Arc::clone(&diary) as Arc<dyn TurnHooks>);
    turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!(
        diary.lines(),
        ["activity", "text Hello ", "text you.", "finalized Hello you.", "finished completed"]
    );
}

/// C.3: what did not complete is finished and not finalized; a stop that wins is told as it is stored.
#[tokio::test]
async fn c3_n08_a_turn_that_was_cancelled_is_not_finalized() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text("Half of ").hold("half").more("it."));
    let diary = Arc::new(Diary::default());
    let token = CancellationToken::new();
    let turn = rig.turn("Go.").hooks(Arc::clone(&diary) as Arc<dyn TurnHooks>);
    let running = tokio::spawn(turn.run(token.clone()));
    rig.server.wait_for_hold("half").await;
    token.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(diary.lines().last().map(String::as_str), Some("finished cancelled"));
    assert!(!diary.lines().iter().any(|line| line.starts_with("finalized")));
}

/// G14, W-24, W-50, W-62: a hook that fails, panics or hangs is reported, and changes nothing.
#[tokio::test(start_paused = true)]
async fn g14_n09_w24_w50_what_hooks_do_wrong_changes_nothing() {
    let cases = [
        (Diary { fails: true, ..Diary::default() }, "on_finished: a test shall see that this is contained"),
        (Diary { panics: true, ..Diary::default() }, "on_finished: the hook panicked"),
        (Diary { hangs: true, ..Diary::default() }, "on_change: the hook took too long"),
    ];
    for (diary, expected) in cases {
        let rig = Rig::start().await;
        rig.server.script(Script::new().text("Hello."));
        let (diary, reports) = (Arc::new(diary), Arc::new(Reports::default()));
        let turn = rig
            .turn("Go.")
            .hooks(Arc::clone(&diary) as Arc<dyn TurnHooks>)
            .reporter(Arc::clone(&reports) as Arc<dyn ErrorReporter>);
        let outcome = turn.run(CancellationToken::new()).await.unwrap();
        assert_eq!((outcome.status(), outcome.text().as_str()), (EndKind::Completed, "Hello."));
        let reports = reports.0.lock().unwrap().clone();
        assert!(reports.iter().any(|report| report == expected), "{expected} is not in {reports:?}");
        let finished = diary.lines().iter().filter(|line| line.starts_with("finished")).count();
        assert_eq!(finished, 1, "{:?}", diary.lines());
    }
}

/// W-62: the host is told of activity as often as was set, however many events there are.
#[tokio::test]
async fn n12_w62_activity_is_told_now_and_then() {
    let rig = Rig::start().await;
    rig.server.script(Script::new().text_chunks(vec!["word "; 200]));
    let diary = Arc::new(Diary { fails: true, ..Diary::default() });
    let turn = rig.turn("Go.").hooks(Arc::clone(&diary) as Arc<dyn TurnHooks>);
    turn.run(CancellationToken::new()).await.unwrap();
    assert_eq!(diary.lines().iter().filter(|line| *line == "activity").count(), 1);

    let rig = Rig::start().await;
    rig.server.script(Script::new().text_chunks(vec!["word "; 200]));
    let diary = Arc::new(Diary::default());
    let options = RunOptions::default().with_activity_every(Duration::ZERO);
    let turn = rig.turn("Go.").options(options).hooks(Arc::clone(&diary) as Arc<dyn TurnHooks>);
    turn.run(CancellationToken::new()).await.unwrap();
    assert!(diary.lines().iter().filter(|line| *line == "activity").count() > 100);
}

/// The log tells everything that a reader needs to show the turn, in the order in which it happened.
#[tokio::test]
async fn g19_the_log_of_a_turn_tells_what_was_said() {
    let rig = Rig::start().await;
    let tool = Tool::new("bash").input(serde_json::json!({ "command": "ls" })).output("a.txt");
    rig.server.script(Script::new().tool(tool).next_step().text_chunks(["Hello ", "you."]));
    let outcome = rig.turn("Go.").run(CancellationToken::new()).await.unwrap();
    let log = rig.log(outcome.turn.id).await;
    assert_eq!(log[0], Entry::Began { attempt: 1 });
    assert!(log.contains(&Entry::Accepted {}));
    assert_eq!(log.iter().filter(|entry| matches!(entry, Entry::Step { .. })).count(), 2);
    let mut text = String::new();
    for entry in &log {
        match entry {
            Entry::Part { body, growing, .. } if body.to_value()["type"] == "text" => {
                let content = body.to_value()["content"].as_str().map(str::to_owned);
                text = content.or(growing.as_ref().map(|growing| growing.text.clone())).unwrap();
            }
            Entry::Grown { at, text: more, .. } => {
                text.truncate(usize::try_from(*at).unwrap());
                text.push_str(more);
            }
            _ => {}
        }
    }
    assert_eq!(text, "Hello you.");
}
