//! From a subject to its worktree, whatever is there.

use opencode_orchestrate::worktree::WorktreeError;

use super::rig::{Rig, subject};

#[tokio::test]
async fn each_subject_has_a_worktree_of_its_own_and_gets_it_again() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let head = rig.in_repository(&["rev-parse", "HEAD"]);
    let one = rig.ensure("conversation/1").await;
    let other = rig.ensure("conversation/2").await;
    assert!(one.is_new && other.is_new && one.path != other.path && one.branch != other.branch);
    assert!(one.path.starts_with(rig.root()) && one.branch.starts_with("opencode/acme-conversation-1-"));
    assert_eq!(one.base_commit, head);
    assert_eq!(std::fs::read_to_string(one.path.join("README.md")).unwrap(), "Hello.\n");
    assert_eq!(rig.git(&one.path, &["branch", "--show-current"]), one.branch);

    std::fs::write(one.path.join("README.md"), "Mine.\n").unwrap();
    assert_eq!(std::fs::read_to_string(other.path.join("README.md")).unwrap(), "Hello.\n");

    rig.repository.commit(&one.path, "new.txt", "new");
    let again = rig.ensure("conversation/1").await;
    assert!(!again.is_new);
    assert_eq!((&again.path, &again.branch, &again.base_commit), (&one.path, &one.branch, &head));
    assert!(again.path.join("new.txt").exists());
    assert_eq!(rig.worktrees.find(&subject("conversation/1")).await.unwrap(), Some(again));
    assert_eq!(rig.worktrees.find(&subject("conversation/3")).await.unwrap(), None);
}

/// Nothing of ours is seen by whoever works in a worktree.
#[tokio::test]
async fn a_new_worktree_is_clean() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    assert_eq!(rig.git(&worktree.path, &["status", "--porcelain", "--ignored"]), "");
    assert!(!rig.risk(&worktree).await.is_at_risk());
    assert_eq!(rig.in_repository(&["status", "--porcelain"]), "");
}

#[tokio::test]
async fn keys_may_hold_anything_and_lead_nowhere_else() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let keys =
        ["../../etc", "--force", "-rf", "ä/ö 😀", "a\nb", "x.lock", "HEAD", "*", "$(touch x)", "@{-1}"];
    for key in keys {
        let worktree = rig.ensure(key).await;
        assert_eq!(worktree.path.parent().unwrap(), rig.root(), "{key}");
        assert!(worktree.path.join("README.md").exists());
        assert!(!rig.ensure(key).await.is_new, "{key}");
    }
    assert_eq!(rig.branches().len(), keys.len() + 1);
}

#[tokio::test]
async fn a_branch_begins_where_the_host_says() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let first = rig.in_repository(&["rev-parse", "HEAD"]);
    rig.in_repository(&["tag", "v1"]);
    rig.repository.commit(rig.repository.path(), "later.txt", "later");
    let worktrees = rig.worktrees.clone().with_base("v1").with_branch_prefix("agents/v1-");
    let worktree = worktrees.ensure(&subject("1")).await.unwrap();
    assert_eq!(worktree.base_commit, first);
    assert!(worktree.branch.starts_with("agents/v1-acme-1-") && !worktree.path.join("later.txt").exists());

    for base in ["v2", "-f", "HEAD~5", "v1:README.md", ""] {
        let worktrees = rig.worktrees.clone().with_base(base);
        match worktrees.ensure(&subject("2")).await.unwrap_err() {
            WorktreeError::BaseNotFound { base: named } => assert_eq!(named, base),
            error => panic!("{base}: {error}"),
        }
    }
}

#[tokio::test]
async fn a_branch_that_was_left_with_commits_is_gone_on_with() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let commit = rig.repository.commit(&worktree.path, "work.txt", "work");
    rig.worktrees.remove(&worktree, true).await.unwrap();
    assert!(!worktree.path.exists());
    // The repository went on meanwhile.
    rig.repository.commit(rig.repository.path(), "other.txt", "other");

    let again = rig.ensure("1").await;
    assert!(again.is_new);
    assert_eq!((&again.branch, &again.base_commit), (&worktree.branch, &worktree.base_commit));
    assert_eq!(rig.git(&again.path, &["rev-parse", "HEAD"]), commit);
}

#[tokio::test]
async fn a_folder_that_somebody_deleted_is_made_again_with_its_commits() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let commit = rig.repository.commit(&worktree.path, "work.txt", "work");
    std::fs::remove_dir_all(&worktree.path).unwrap();
    let again = rig.ensure("1").await;
    assert!(again.is_new && again.path.join("work.txt").exists());
    assert_eq!(rig.git(&again.path, &["rev-parse", "HEAD"]), commit);
}

/// As a process leaves it that is killed while git registers it, or writes the files.
#[tokio::test]
async fn what_was_half_made_is_made_again() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let (path, branch) = (worktree.path.display().to_string(), worktree.branch.clone());
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    let admin = std::path::Path::new(&admin);
    let registering = ["--lock", "--reason", "initializing"];
    for (options, is_linked) in
        [(&registering[..], true), (&registering[..], false), (&["--no-checkout"][..], true)]
    {
        rig.in_repository(&["worktree", "remove", "--force", "--force", &path]);
        let add = [&["worktree", "add", "--quiet"], options, &[&path, &branch]].concat();
        rig.in_repository(&add);
        if is_linked && options.len() == 1 {
            std::fs::write(admin.join("index.lock"), "").unwrap();
            std::fs::write(worktree.path.join("README.md"), "Hel").unwrap();
        }
        if !is_linked {
            std::fs::remove_file(worktree.path.join(".git")).unwrap();
        }
        let again = rig.ensure("1").await;
        assert!(again.is_new);
        assert_eq!(std::fs::read_to_string(again.path.join("README.md")).unwrap(), "Hello.\n");
        assert!(!rig.risk(&again).await.is_at_risk());
    }
}

#[tokio::test]
async fn a_commit_without_files_is_enough_to_begin_with() {
    let Some(rig) = Rig::new_or_skip() else { return };
    rig.in_repository(&["rm", "--quiet", "README.md"]);
    rig.in_repository(&["commit", "--quiet", "--message", "Nothing"]);
    let worktree = rig.ensure("1").await;
    assert!(worktree.is_new && !rig.ensure("1").await.is_new);
}

/// As a process leaves it that is killed right after git has made it.
#[tokio::test]
async fn what_was_made_and_not_written_down_is_taken_up() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    std::fs::remove_file(std::path::Path::new(&admin).join("opencode-worktree.json")).unwrap();
    rig.repository.commit(&worktree.path, "work.txt", "work");
    let again = rig.ensure("1").await;
    assert_eq!(
        (again.is_new, &again.branch, &again.base_commit),
        (false, &worktree.branch, &worktree.base_commit)
    );
}

/// Whoever works there may check out what he likes.
#[tokio::test]
async fn a_worktree_stays_its_subjects_on_another_branch() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    rig.git(&worktree.path, &["checkout", "--quiet", "-b", "feature"]);
    assert_eq!(rig.ensure("1").await, rig.worktrees.find(&subject("1")).await.unwrap().unwrap());
    rig.git(&worktree.path, &["checkout", "--quiet", "--detach"]);
    assert_eq!(rig.ensure("1").await.branch, worktree.branch);
}

/// Hooks are programs of the repository, and may ask, hang or fail.
#[tokio::test]
async fn no_hook_is_run() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(rig) = Rig::new_or_skip() else { return };
    let ran = rig.repository.folder().join("ran");
    let hooks = rig.repository.path().join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-checkout", "reference-transaction"] {
        let hook = hooks.join(hook);
        std::fs::write(&hook, format!("#!/bin/sh\ntouch '{}'\nexit 1\n", ran.display())).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let worktree = rig.ensure("1").await;
    rig.worktrees.remove(&worktree, false).await.unwrap();
    assert!(!ran.exists());
    assert!(
        rig.repository.try_git(rig.repository.path(), &["branch", "proof"]).is_err(),
        "they would have run"
    );
}
