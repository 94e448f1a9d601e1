//! What would be lost, as real git shows it.

use opencode_orchestrate::worktree::{Operation, Risk};

use super::rig::Rig;

#[tokio::test]
async fn what_is_not_committed_is_at_risk() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    // Whatever the user's configuration hides.
    rig.in_repository(&["config", "status.showUntrackedFiles", "no"]);
    std::fs::write(worktree.path.join("README.md"), "Changed.\n").unwrap();
    std::fs::write(worktree.path.join("new file.txt"), "new").unwrap();
    std::fs::create_dir(worktree.path.join("ü")).unwrap();
    std::fs::write(worktree.path.join("ü/x"), "x").unwrap();
    let risk = rig.risk(&worktree).await;
    assert_eq!((risk.changed, risk.untracked, risk.commits), (1, 2, 0));
    assert_eq!(risk.paths, ["README.md", "new file.txt", "ü/"]);
    assert_eq!(risk.to_string(), "1 changed file, 2 files that git does not know");

    rig.git(&worktree.path, &["add", "--all"]);
    let risk = rig.risk(&worktree).await;
    assert_eq!((risk.changed, risk.untracked), (3, 0), "what is staged is not committed");
}

#[tokio::test]
async fn what_git_ignores_is_not_at_risk() {
    let Some(rig) = Rig::new_or_skip() else { return };
    rig.repository.commit(rig.repository.path(), ".gitignore", "target/\n");
    let worktree = rig.ensure("1").await;
    std::fs::create_dir(worktree.path.join("target")).unwrap();
    std::fs::write(worktree.path.join("target/x"), "x").unwrap();
    assert_eq!(rig.risk(&worktree).await, Risk::default());
}

#[tokio::test]
async fn commits_are_at_risk_until_they_are_somewhere_else() {
    let Some(rig) = Rig::new_or_skip() else { return };
    rig.add_remote();
    let one = rig.ensure("1").await;
    rig.repository.commit(&one.path, "a.txt", "a");
    rig.repository.commit(&one.path, "b.txt", "b");
    assert_eq!(rig.risk(&one).await.commits, 2);
    rig.git(&one.path, &["push", "--quiet", "origin", "HEAD~1:refs/heads/pushed"]);
    assert_eq!(rig.risk(&one).await.commits, 1);
    rig.git(&one.path, &["push", "--quiet", "origin", "HEAD"]);
    assert_eq!(rig.risk(&one).await, Risk::default());

    let other = rig.ensure("2").await;
    rig.repository.commit(&other.path, "c.txt", "c");
    assert_eq!(rig.risk(&other).await.commits, 1);
    rig.in_repository(&["merge", "--quiet", "--ff-only", &other.branch]);
    assert_eq!(rig.risk(&other).await, Risk::default(), "merged");
}

/// The other session's worktree may be removed at the same moment.
#[tokio::test]
async fn the_branch_of_another_worktree_is_no_safe_place() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let (one, other) = (rig.ensure("1").await, rig.ensure("2").await);
    rig.repository.commit(&one.path, "a.txt", "a");
    rig.git(&other.path, &["merge", "--quiet", "--ff-only", &one.branch]);
    assert_eq!((rig.risk(&one).await.commits, rig.risk(&other).await.commits), (1, 1));
}

#[tokio::test]
async fn commits_are_found_wherever_whoever_works_there_has_put_them() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    // On no branch at all.
    rig.git(&worktree.path, &["checkout", "--quiet", "--detach"]);
    rig.repository.commit(&worktree.path, "a.txt", "a");
    assert_eq!(rig.risk(&worktree).await.commits, 1);
    // On a branch that stays.
    rig.git(&worktree.path, &["checkout", "--quiet", "-b", "feature"]);
    assert_eq!(rig.risk(&worktree).await, Risk::default());
    // On the worktree's own branch, while another one is checked out.
    rig.git(&worktree.path, &["checkout", "--quiet", &worktree.branch]);
    rig.repository.commit(&worktree.path, "b.txt", "b");
    rig.git(&worktree.path, &["checkout", "--quiet", "feature"]);
    assert_eq!(rig.risk(&worktree).await.commits, 1);
    // On a branch that has no commits yet, with nothing in it.
    rig.git(&worktree.path, &["checkout", "--quiet", "--orphan", "empty"]);
    rig.git(&worktree.path, &["rm", "-r", "--quiet", "--force", "."]);
    assert_eq!(rig.risk(&worktree).await.commits, 1);
}

#[tokio::test]
async fn what_was_begun_and_not_ended_is_at_risk() {
    let Some(rig) = Rig::new_or_skip() else { return };
    for (begin, operation) in [
        (&["merge", "main"][..], Operation::Merge),
        (&["rebase", "main"], Operation::Rebase),
        (&["cherry-pick", "main"], Operation::CherryPick),
    ] {
        let worktree = rig.ensure(begin[0]).await;
        rig.repository.commit(&worktree.path, "README.md", begin[0]);
        rig.repository.commit(rig.repository.path(), "README.md", &format!("Not {}", begin[0]));
        assert!(rig.repository.try_git(&worktree.path, begin).is_err(), "it conflicts");
        let risk = rig.risk(&worktree).await;
        assert_eq!((risk.operation, risk.changed), (Some(operation), 1), "{begin:?}");
    }
    let worktree = rig.ensure("bisect").await;
    rig.git(&worktree.path, &["bisect", "start"]);
    assert_eq!(rig.risk(&worktree).await.operation, Some(Operation::Bisect));
}

#[tokio::test]
async fn somebody_at_work_and_somebody_who_has_locked_it_are_heard() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    let lock = std::path::Path::new(&admin).join("index.lock");
    std::fs::write(&lock, "").unwrap();
    assert_eq!(rig.risk(&worktree).await.operation, Some(Operation::Write));
    std::fs::remove_file(lock).unwrap();
    rig.in_repository(&["worktree", "lock", &worktree.path.display().to_string()]);
    let risk = rig.risk(&worktree).await;
    assert!(risk.is_locked && risk.is_at_risk());
}

#[tokio::test]
async fn submodules_are_at_risk_because_nobody_looks_into_them() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let library = rig.repository.folder().join("library");
    rig.in_repository(&["clone", "--quiet", ".", &library.display().to_string()]);
    let worktree = rig.ensure("1").await;
    let url = library.display().to_string();
    rig.git(
        &worktree.path,
        &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "library"],
    );
    rig.git(&worktree.path, &["commit", "--quiet", "--message", "Use the library"]);
    rig.in_repository(&["merge", "--quiet", "--ff-only", &worktree.branch]);
    let risk = rig.risk(&worktree).await;
    assert_eq!((risk.changed, risk.untracked, risk.commits), (0, 0, 0));
    assert!(risk.has_submodules && risk.is_at_risk());
}

/// Looking must not get in the way of whoever works there.
#[tokio::test]
async fn looking_changes_nothing() {
    let Some(rig) = Rig::new_or_skip() else { return };
    let worktree = rig.ensure("1").await;
    let admin = rig.git(&worktree.path, &["rev-parse", "--absolute-git-dir"]);
    let index = std::path::Path::new(&admin).join("index");
    // As if it were another file with the same text: git would write down what it has found out.
    let readme = worktree.path.join("README.md");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(100);
    std::fs::File::options().write(true).open(&readme).unwrap().set_modified(later).unwrap();
    let before = std::fs::read(&index).unwrap();
    assert_eq!(rig.risk(&worktree).await, Risk::default());
    assert!(std::fs::read(&index).unwrap() == before);
}
