//! What nobody needs any more goes, and nothing else.

use std::path::Path;
use std::time::Duration;

use opencode_orchestrate::worktree::{Reaped, Why, WorktreeError, Worktrees};
use opencode_store::session::Subject;

use super::rig::{Rig, subject};

/// Whatever nobody names is old enough.
async fn reap(worktrees: &Worktrees, live: &[Subject]) -> Reaped {
    worktrees.clone().with_orphaned_after(Duration::ZERO).reap(live).await.unwrap()
}

fn why<'a>(reaped: &'a Reaped, path: &Path) -> &'a Why {
    let (_, why) = reaped.kept.iter().find(|(kept, _)| kept == path).expect("it is kept");
    assert!(path.exists());
    why
}

#[tokio::test]
async fn what_is_clean_and_old_goes_and_what_lives_or_holds_work_stays() {
    let Some(rig) = Rig::new_or_skip() else { return };
    rig.add_remote();
    let clean = rig.ensure("clean").await;
    let pushed = rig.ensure("pushed").await;
    rig.repository.commit(&pushed.path, "a.txt", "a");
    rig.git(&pushed.path, &["push", "--quiet", "origin", "HEAD"]);
    let live = rig.ensure("live").await;
    let dirty = rig.ensure("dirty").await;
    std::fs::write(dirty.path.join("README.md"), "Changed.\n").unwrap();
    let unpushed = rig.ensure("unpushed").await;
    rig.repository.commit(&unpushed.path, "b.txt", "b");

    let reaped = reap(&rig.worktrees, &[subject("live"), subject("another")]).await;
    assert_eq!(reaped.removed, [clean.path.clone(), pushed.path.clone()]);
    assert!(!clean.path.exists() && !pushed.path.exists());
    assert_eq!(reaped.kept.len(), 3);
    assert!(matches!(why(&reaped, &live.path), Why::Live));
    assert!(matches!(why(&reaped, &dirty.path), Why::AtRisk(risk) if risk.changed == 1));
    assert!(matches!(why(&reaped, &unpushed.path), Why::AtRisk(risk) if risk.commits == 1));
    assert_eq!(rig.branches(), ["main", &dirty.branch, &live.branch, &unpushed.branch]);
}

#[tokio::test]
async fn what_somebody_has_just_asked_for_stays() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let reaped = rig.worktrees.reap(&[]).await.unwrap();
    assert!(
        matches!(why(&reaped, &worktree.path), Why::Young(Some(age)) if *age < Duration::from_secs(3600))
    );
}

/// The time is that of asking, and not that of a file that somebody reads or writes.
#[tokio::test]
async fn whoever_asks_makes_it_young_again_and_whoever_reads_does_not() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    let marker = Path::new(&admin).join("opencode-worktree.json");
    let set = |asked: u64| {
        let mut written: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&marker).unwrap()).unwrap();
        written["asked"] = asked.into();
        std::fs::write(&marker, written.to_string()).unwrap();
    };
    set(1_000_000_000);
    assert!(!rig.ensure("1").await.is_new);
    assert!(rig.worktrees.reap(&[]).await.unwrap().removed.is_empty(), "somebody has asked");

    // From a clock that was wrong: nothing is known of its age.
    set(99_999_999_999);
    assert!(matches!(why(&reap(&rig.worktrees, &[]).await, &worktree.path), Why::Young(None)));

    set(1_000_000_000);
    assert_eq!(std::fs::read_to_string(worktree.path.join("README.md")).unwrap(), "Hello.\n");
    assert_eq!(rig.worktrees.reap(&[]).await.unwrap().removed, [worktree.path]);
}

#[tokio::test]
async fn what_was_not_made_here_stays_whatever_it_looks_like() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let ours = rig.ensure("1").await;
    let root = rig.root();
    let looks_like = |name: &str| root.join(format!("{name}-0123456789abcdef"));
    // Folders, a repository of its own, a link, worktrees of people, another repository's worktree.
    std::fs::create_dir(root.join("notes")).unwrap();
    std::fs::create_dir(looks_like("plain")).unwrap();
    rig.in_repository(&["clone", "--quiet", ".", &looks_like("clone").display().to_string()]);
    rig.in_repository(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "opencode/review",
        &root.join("review").display().to_string(),
    ]);
    rig.in_repository(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "theirs",
        &looks_like("theirs").display().to_string(),
    ]);
    let other = rig.repository.folder().join("other");
    rig.in_repository(&["clone", "--quiet", ".", &other.display().to_string()]);
    let branch = "opencode/foreign-0123456789abcdef";
    rig.git(
        &other,
        &["worktree", "add", "--quiet", "-b", branch, &looks_like("foreign").display().to_string()],
    );
    std::os::unix::fs::symlink(root.join("notes"), looks_like("link")).unwrap();
    std::fs::write(root.join("file"), "").unwrap();

    let reaped = reap(&rig.worktrees, &[]).await;
    assert_eq!(reaped.removed, [ours.path]);
    assert_eq!(reaped.kept.len(), 6);
    for (path, why) in &reaped.kept {
        assert!(matches!(why, Why::NotOurs), "{}: {why}", path.display());
        assert!(path.exists());
    }
    assert!(root.join("file").exists() && looks_like("link").is_symlink());
}

/// Whoever made it died before he wrote anything down: it is known by its branch.
#[tokio::test]
async fn what_was_made_and_not_written_down_goes_too() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    std::fs::remove_file(Path::new(&admin).join("opencode-worktree.json")).unwrap();
    assert!(rig.worktrees.reap(&[]).await.unwrap().removed.is_empty(), "git has just made it");
    assert_eq!(reap(&rig.worktrees, &[]).await.removed, [worktree.path]);
}

/// Whoever made it died while git wrote its files, so that most of them are missing.
#[tokio::test]
async fn what_was_half_made_goes_too() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let (path, branch) = (worktree.path.display().to_string(), worktree.branch.clone());
    rig.in_repository(&["worktree", "remove", &path]);
    rig.in_repository(&["worktree", "add", "--quiet", "--no-checkout", &path, &branch]);
    assert!(rig.worktrees.reap(&[]).await.unwrap().removed.is_empty(), "git has just registered it");
    assert_eq!(reap(&rig.worktrees, &[]).await.removed, [worktree.path]);
    assert_eq!(rig.branches(), ["main"]);
}

#[tokio::test]
async fn what_cannot_be_told_keeps_it() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    std::fs::write(Path::new(&admin).join("index"), "no index").unwrap();
    let reaped = reap(&rig.worktrees, &[]).await;
    let why = why(&reaped, &worktree.path);
    assert!(matches!(why, Why::Unknown(WorktreeError::Git { command: "status", .. })), "{why}");
}

/// Two who sweep at once, and somebody who asks meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sweeping_at_once_loses_nothing() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let (one, other) = (rig.ensure("1").await, rig.ensure("2").await);
    rig.repository.commit(&one.path, "a.txt", "a");
    rig.git(&other.path, &["merge", "--quiet", "--ff-only", &one.branch]);
    let clean = rig.ensure("3").await;
    let subject = subject("3");
    let (first, second, asked) =
        tokio::join!(reap(&rig.worktrees, &[]), reap(&rig.worktrees, &[]), rig.worktrees.ensure(&subject),);
    let asked = asked.unwrap();
    assert_eq!(asked.path, clean.path);
    assert!(first.removed.len() + second.removed.len() <= 2);
    for worktree in [&one, &other] {
        assert!(worktree.path.join("a.txt").exists() && rig.branches().contains(&worktree.branch));
    }
}
