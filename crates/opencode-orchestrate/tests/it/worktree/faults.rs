//! Why there is no worktree, each in its own words.

use std::time::Duration;

use opencode_orchestrate::worktree::WorktreeError;
use opencode_testkit::git::Repository;

use super::program;
use super::rig::{Rig, subject, worktrees};

#[tokio::test]
async fn a_program_that_is_missing_is_named_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let worktrees = worktrees(folder.path(), &folder.path().join("w")).with_git("/nowhere/git");
    let error = worktrees.ensure(&subject("1")).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, WorktreeError::NoGit { .. }), "{said}");
    assert!(said.contains("/nowhere/git") && said.contains("https://git-scm.com"), "{said}");
}

#[tokio::test]
async fn a_folder_without_a_repository_is_said_to_be_one() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let plain = rig.repository.folder().join("plain");
    std::fs::create_dir(&plain).unwrap();
    for path in [plain, "/nowhere/at/all".into()] {
        let error = worktrees(&path, &rig.root()).ensure(&subject("1")).await.unwrap_err();
        let WorktreeError::NotARepository { path: named } = &error else { panic!("{error}") };
        assert_eq!(*named, path);
    }
    assert!(!rig.root().exists());
}

#[tokio::test]
async fn a_repository_without_commits_has_nothing_to_begin_with() {
    let Some(repository) = Repository::empty_or_skip() else { return };
    let ours = worktrees(repository.path(), &repository.folder().join("w"));
    for worktrees in [ours.clone(), ours.with_base("main")] {
        let error = worktrees.ensure(&subject("1")).await.unwrap_err();
        assert!(matches!(error, WorktreeError::NoCommits { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_prefix_that_git_would_take_for_an_option_is_refused() {
    let Some(rig) = Rig::new_or_skip() else { return };
    for prefix in ["-D", "--force/", "../", "*"] {
        let worktrees = rig.worktrees.clone().with_branch_prefix(prefix);
        let error = worktrees.ensure(&subject("1")).await.unwrap_err();
        assert!(matches!(error, WorktreeError::BadPrefix { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_disk_that_cannot_be_used_is_named() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let file = rig.repository.folder().join("file");
    std::fs::write(&file, "").unwrap();
    let error = worktrees(rig.repository.path(), &file).ensure(&subject("1")).await.unwrap_err();
    let WorktreeError::Disk { path, .. } = &error else { panic!("{error}") };
    assert!(path.starts_with(&file));
}

/// What somebody has put in the place of a worktree stays as it is.
#[tokio::test]
async fn what_is_not_ours_is_not_touched() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    rig.worktrees.remove(&worktree, false).await.unwrap();

    std::fs::create_dir(&worktree.path).unwrap();
    std::fs::write(worktree.path.join("theirs.txt"), "theirs").unwrap();
    let error = rig.worktrees.ensure(&subject("1")).await.unwrap_err();
    assert!(matches!(error, WorktreeError::Occupied { .. }), "{error}");
    let error = rig.worktrees.remove(&worktree, true).await.unwrap_err();
    assert!(matches!(error, WorktreeError::NotOurs { .. }), "{error}");
    assert!(worktree.path.join("theirs.txt").exists());

    std::fs::remove_dir_all(&worktree.path).unwrap();
    let path = worktree.path.display().to_string();
    rig.in_repository(&["worktree", "add", "--quiet", "-b", "feature", &path]);
    let error = rig.worktrees.ensure(&subject("1")).await.unwrap_err();
    assert!(matches!(error, WorktreeError::Occupied { .. }), "{error}");
    let error = rig.worktrees.remove(&worktree, true).await.unwrap_err();
    assert!(matches!(error, WorktreeError::NotOurs { .. }), "{error}");
}

#[tokio::test]
async fn a_branch_that_is_checked_out_elsewhere_is_said_to_be() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    rig.repository.commit(&worktree.path, "work.txt", "work");
    rig.worktrees.remove(&worktree, true).await.unwrap();
    let review = rig.repository.folder().join("review");
    rig.in_repository(&["worktree", "add", "--quiet", &review.display().to_string(), &worktree.branch]);
    let error = rig.worktrees.ensure(&subject("1")).await.unwrap_err();
    let WorktreeError::BranchInUse { branch, path } = &error else { panic!("{error}") };
    assert_eq!((branch, path), (&worktree.branch, &review));
}

/// The repository around the worktrees must not be taken for that of the worktree.
#[tokio::test]
async fn a_worktree_that_has_lost_its_repository_is_kept_and_said_to_have() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let around = worktrees(rig.repository.path(), &rig.repository.path().join(".worktrees"));
    let worktree = around.ensure(&subject("1")).await.unwrap();
    std::fs::write(worktree.path.join("work.txt"), "work").unwrap();
    std::fs::remove_file(worktree.path.join(".git")).unwrap();

    let error = around.risk(&worktree).await.unwrap_err();
    assert!(matches!(error, WorktreeError::Broken { .. }), "{error}");
    let error = around.ensure(&subject("1")).await.unwrap_err();
    assert!(matches!(error, WorktreeError::Broken { .. }), "{error}");
    let error = around.remove(&worktree, false).await.unwrap_err();
    assert!(matches!(error, WorktreeError::Broken { .. }), "{error}");
    let reaped = around.clone().with_orphaned_after(Duration::ZERO).reap(&[]).await.unwrap();
    assert_eq!((reaped.removed.len(), reaped.kept.len()), (0, 1));
    assert!(worktree.path.join("work.txt").exists());

    around.remove(&worktree, true).await.unwrap();
    assert!(!worktree.path.exists());
}

#[tokio::test]
async fn what_git_complains_about_is_told_without_the_credentials_of_remotes() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let script = "echo \"fatal: unable to access 'https://me:geheim@example.com/a.git/'\" >&2; exit 128";
    let git = program::write(&rig.repository.folder().join("git"), script);
    let error = rig.worktrees.clone().with_git(git).ensure(&subject("1")).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("example.com/a.git") && !said.contains("geheim"), "{said}");
}

#[tokio::test]
async fn a_git_that_hangs_is_given_up() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let git = program::write(&rig.repository.folder().join("git"), "sleep 600 & wait");
    let hanging = rig.worktrees.clone().with_git(git).with_time_limit(Duration::from_millis(50));
    let error = hanging.ensure(&subject("1")).await.unwrap_err();
    assert!(matches!(error, WorktreeError::TimedOut { command: "rev-parse", .. }), "{error}");
}

#[test]
fn what_git_is_given_is_not_shown() {
    let worktrees = worktrees("/a".as_ref(), "/b".as_ref()).with_env("A_TOKEN", "geheim");
    let shown = format!("{worktrees:?}");
    assert!(shown.contains("A_TOKEN") && !shown.contains("geheim"), "{shown}");
}
