//! What is removed, and what is not.

use opencode_orchestrate::worktree::WorktreeError;

use super::rig::{Rig, names, subject};

#[tokio::test]
async fn what_holds_nothing_of_its_own_goes_with_its_branch() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    rig.worktrees.remove(&worktree, false).await.unwrap();
    assert!(!worktree.path.exists());
    assert_eq!(rig.branches(), ["main"]);
    assert!(!rig.in_repository(&["worktree", "list"]).contains("acme"));
    assert_eq!(names(&rig.root().join(".trash")), [""; 0]);
    rig.worktrees.remove(&worktree, false).await.unwrap();
    assert_eq!(rig.worktrees.find(&subject("1")).await.unwrap(), None);
    assert!(rig.ensure("1").await.is_new);
}

#[tokio::test]
async fn what_would_be_lost_is_said_and_stays_unless_somebody_insists() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    std::fs::write(worktree.path.join("draft.txt"), "draft").unwrap();
    let risk = rig.refusal(&worktree).await;
    assert_eq!((risk.untracked, risk.paths), (1, vec!["draft.txt".to_owned()]));
    let said = rig.worktrees.remove(&worktree, false).await.unwrap_err().to_string();
    assert!(said.ends_with("something would be lost: 1 file that git does not know"), "{said}");
    assert!(worktree.path.join("draft.txt").exists());

    let commit = rig.repository.commit(&worktree.path, "work.txt", "work");
    rig.git(&worktree.path, &["worktree", "lock", "."]);
    rig.worktrees.remove(&worktree, true).await.unwrap();
    assert!(!worktree.path.exists());
    assert_eq!(
        rig.in_repository(&["rev-parse", &worktree.branch]),
        commit,
        "its branch has a commit of its own"
    );
}

#[tokio::test]
async fn a_branch_that_was_pushed_goes_and_one_that_somebody_looks_at_stays() {
    let Some(rig) = Rig::new_or_skip() else { return };
    rig.add_remote();
    let (one, other) = (rig.ensure("1").await, rig.ensure("2").await);
    for worktree in [&one, &other] {
        rig.repository.commit(&worktree.path, "work.txt", &worktree.branch);
        rig.git(&worktree.path, &["push", "--quiet", "origin", "HEAD"]);
    }
    rig.git(&other.path, &["checkout", "--quiet", "--detach"]);
    let review = rig.repository.folder().join("review").display().to_string();
    rig.in_repository(&["worktree", "add", "--quiet", &review, &other.branch]);
    rig.worktrees.remove(&one, false).await.unwrap();
    rig.worktrees.remove(&other, false).await.unwrap();
    assert_eq!(rig.branches(), ["main", &other.branch]);
}

#[tokio::test]
async fn nothing_but_worktrees_that_were_given_out_is_removed() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let folder = worktree.path.file_name().unwrap();
    for path in [
        rig.repository.path().to_owned(),
        rig.root(),
        rig.root().join(".trash"),
        rig.root().join("..").join(folder),
        worktree.path.join(folder),
        "/".into(),
        "".into(),
    ] {
        let mut other = worktree.clone();
        other.path = path.clone();
        for force in [false, true] {
            let error = rig.worktrees.remove(&other, force).await.unwrap_err();
            assert!(matches!(error, WorktreeError::NotOurs { .. }), "{}: {error}", path.display());
        }
    }
    assert!(rig.repository.path().join("README.md").exists() && worktree.path.exists());
}

/// As a process leaves it that is killed right after the worktree was taken away.
#[tokio::test]
async fn what_was_half_removed_is_removed_by_the_next_sweep() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let (one, other) = (rig.ensure("1").await, rig.ensure("2").await);
    let trash = rig.root().join(".trash");
    for worktree in [&one, &other] {
        let name = worktree.path.file_name().unwrap().to_str().unwrap();
        std::fs::rename(&worktree.path, trash.join(format!("{name}~0123456789abcdef"))).unwrap();
    }
    std::fs::create_dir(trash.join("something else")).unwrap();
    // Somebody has asked again before anybody came to sweep.
    let again = rig.ensure("2").await;
    let reaped = rig.worktrees.reap(&[]).await.unwrap();
    assert_eq!((reaped.removed.len(), reaped.kept.len()), (0, 1));
    assert_eq!(names(&trash), ["something else"]);
    assert_eq!(rig.branches(), ["main", &again.branch]);
    assert!(!rig.in_repository(&["worktree", "list"]).contains(one.path.to_str().unwrap()));
    assert!(again.path.join("README.md").exists());
}

/// What is new on the branch since somebody looked is not deleted.
#[tokio::test]
async fn a_folder_that_is_gone_already_is_forgotten() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let (one, other) = (rig.ensure("1").await, rig.ensure("2").await);
    rig.repository.commit(&other.path, "work.txt", "work");
    for worktree in [&one, &other] {
        std::fs::remove_dir_all(&worktree.path).unwrap();
        rig.worktrees.remove(worktree, false).await.unwrap();
    }
    assert!(!rig.in_repository(&["worktree", "list"]).contains("acme"));
    assert_eq!(rig.branches(), ["main", &other.branch]);
}
