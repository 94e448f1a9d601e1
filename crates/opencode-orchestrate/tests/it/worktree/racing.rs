//! Many ask at once, in one process and in several.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use super::rig::{Rig, names, subject, worktrees};

/// The path of the test that is the program.
const PROGRAM: &str = "worktree::racing::the_program_of_each_process";
/// The environment variable with the [`Orders`] of a process.
const ORDERS: &str = "OPENCODE_WORKTREE_ORDERS";
/// How many ask at once in each process.
const TASKS: usize = 16;

/// What a process has to do.
#[derive(Serialize, Deserialize)]
struct Orders {
    repository: PathBuf,
    root: PathBuf,
}

/// What somebody got.
#[derive(Debug, Serialize, Deserialize)]
struct Got {
    path: PathBuf,
    is_new: bool,
}

async fn all_ask(orders: &Orders, key: impl Fn(usize) -> String) -> Vec<Got> {
    let tasks = (0..TASKS).map(|number| {
        let worktrees = worktrees(&orders.repository, &orders.root);
        let subject = subject(&key(number));
        tokio::spawn(async move {
            let worktree = worktrees.ensure(&subject).await.unwrap();
            assert!(worktree.path.join("README.md").exists(), "it is given when it is whole");
            Got { path: worktree.path, is_new: worktree.is_new }
        })
    });
    let mut got = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        got.push(task.await.unwrap());
    }
    got
}

fn expect_one(got: &[Got]) {
    let paths: BTreeSet<_> = got.iter().map(|got| &got.path).collect();
    assert_eq!(paths.len(), 1, "everybody got the same");
    assert_eq!(got.iter().filter(|got| got.is_new).count(), 1, "one has made it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_who_ask_for_one_subject_get_one_worktree() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let orders = Orders { repository: rig.repository.path().to_owned(), root: rig.root() };
    expect_one(&all_ask(&orders, |_| "1".to_owned()).await);
    assert_eq!(rig.branches().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_who_ask_for_sixteen_subjects_get_sixteen_while_others_go() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let orders = Orders { repository: rig.repository.path().to_owned(), root: rig.root() };
    let before = rig.ensure("before").await;
    let leaving = async {
        rig.worktrees.remove(&before, false).await.unwrap();
    };
    // Whoever looks does not try again when git finds half of an entry.
    let looking = async {
        for _ in 0..60 {
            rig.worktrees.find(&subject("nobody")).await.unwrap();
        }
    };
    let (got, (), ()) = tokio::join!(all_ask(&orders, |number| number.to_string()), leaving, looking);
    let paths: BTreeSet<_> = got.iter().map(|got| &got.path).collect();
    assert_eq!(paths.len(), TASKS);
    assert!(got.iter().all(|got| got.is_new));
    assert_eq!(names(&rig.root()).len(), TASKS + 2, "and what we keep there ourselves");
}

/// The processes have variables that would lead git to another repository.
#[tokio::test]
async fn processes_that_ask_at_once_get_one_worktree() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let orders = Orders { repository: rig.repository.path().to_owned(), root: rig.root() };
    let mut processes: Vec<_> = (0..3)
        .map(|_| {
            tokio::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", PROGRAM, "--nocapture", "--quiet"])
                .env(ORDERS, serde_json::to_string(&orders).unwrap())
                .envs([
                    ("GIT_DIR", "/nowhere"),
                    ("GIT_INDEX_FILE", "/nowhere"),
                    ("GIT_WORK_TREE", "/nowhere"),
                ])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .unwrap()
        })
        .collect();
    for process in &mut processes {
        process.stdin.take().unwrap().write_all(b"go\n").await.unwrap();
    }
    let mut got = Vec::new();
    for mut process in processes {
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(said) = line.strip_prefix("> ") {
                got.push(serde_json::from_str(said).unwrap());
            }
        }
        assert!(process.wait().await.unwrap().success());
    }
    assert_eq!(got.len(), 3 * TASKS);
    expect_one(&got);
}

/// Passes at once unless it was started as one of many processes.
#[test]
fn the_program_of_each_process() {
    #[expect(clippy::disallowed_methods, reason = "this is how a process is told what it is for")]
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let orders: Orders = serde_json::from_str(&orders).unwrap();
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let got = runtime.block_on(all_ask(&orders, |_| "1".to_owned()));
    let mut stdout = std::io::stdout().lock();
    for got in got {
        writeln!(stdout, "\n> {}", serde_json::to_string(&got).unwrap()).unwrap();
    }
}

/// Git is ended where it hangs: while it writes the files of a worktree.
#[tokio::test]
async fn whoever_loses_patience_leaves_nothing_that_is_in_the_way() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let begun = rig.repository.folder().join("begun");
    let made = std::process::Command::new("mkfifo").arg(&begun).status().unwrap();
    assert!(made.success());
    rig.repository.commit(rig.repository.path(), ".gitattributes", "*.txt filter=slow\n");
    rig.repository.commit(rig.repository.path(), "slow.txt", "slow");
    let hang = format!("echo begun > '{}'; sleep 600", begun.display());
    rig.in_repository(&["config", "filter.slow.smudge", &hang]);

    let asking = tokio::spawn({
        let worktrees = rig.worktrees.clone();
        async move { worktrees.ensure(&subject("1")).await }
    });
    let begun = tokio::task::spawn_blocking(move || std::fs::read_to_string(begun).unwrap());
    let begun = tokio::time::timeout(Duration::from_secs(60), begun).await.unwrap().unwrap();
    assert_eq!(begun, "begun\n");
    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());

    rig.in_repository(&["config", "filter.slow.smudge", "cat"]);
    let worktree = rig.ensure("1").await;
    assert!(worktree.is_new);
    assert_eq!(std::fs::read_to_string(worktree.path.join("slow.txt")).unwrap(), "slow");
    assert!(!rig.risk(&worktree).await.is_at_risk());
}
