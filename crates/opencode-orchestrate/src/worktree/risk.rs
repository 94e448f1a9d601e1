//! What would be lost with a worktree.

use std::fmt;

/// What would be lost with a worktree, or could be.
///
/// # Examples
///
/// ```no_run
/// # use opencode_orchestrate::worktree::{Worktree, WorktreeError, Worktrees};
/// # async fn example(worktrees: &Worktrees, worktree: &Worktree) -> Result<(), WorktreeError> {
/// let risk = worktrees.risk(worktree).await?;
/// if risk.is_at_risk() {
///     println!("it is kept: {risk}"); // it is kept: 2 changed files, 1 commit that is nowhere else
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Risk {
    /// How many files that git knows are not as they were committed; conflicts count too.
    pub changed: usize,
    /// How many files and folders git neither knows nor ignores.
    pub untracked: usize,
    /// The first paths of both, within the worktree: twenty at most.
    pub paths: Vec<String>,
    /// How many commits are on no remote and on no local branch but those of worktrees that were made like this one.
    pub commits: u64,
    /// What somebody has begun and not ended.
    pub operation: Option<Operation>,
    /// Whether somebody has locked it with `git worktree lock`.
    pub is_locked: bool,
    /// Whether it has submodules, whose commits are not looked at.
    pub has_submodules: bool,
}

/// What somebody has begun in a worktree and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `git rebase`.
    Rebase,
    /// `git am`, or an older kind of rebase.
    Apply,
    /// `git merge`.
    Merge,
    /// `git cherry-pick`.
    CherryPick,
    /// `git revert`.
    Revert,
    /// `git bisect`.
    Bisect,
    /// A command of git that writes at the moment, or that was killed while it did.
    Write,
}

/// What git leaves beside a worktree while something goes on. What is more specific comes first: a rebase may stop in a
/// cherry-pick.
const TRACES: [(&str, Operation); 8] = [
    ("rebase-merge", Operation::Rebase),
    ("rebase-apply", Operation::Apply),
    ("MERGE_HEAD", Operation::Merge),
    ("CHERRY_PICK_HEAD", Operation::CherryPick),
    ("REVERT_HEAD", Operation::Revert),
    ("sequencer", Operation::CherryPick),
    ("BISECT_LOG", Operation::Bisect),
    ("index.lock", Operation::Write),
];

impl Operation {
    /// What goes on, by what git has left.
    pub(super) fn of(is_there: impl Fn(&str) -> bool) -> Option<Self> {
        TRACES.into_iter().find(|(trace, _)| is_there(trace)).map(|(_, operation)| operation)
    }
}

impl Risk {
    /// Whether anything would be lost, or could be.
    #[must_use]
    pub const fn is_at_risk(&self) -> bool {
        self.changed > 0
            || self.untracked > 0
            || self.commits > 0
            || self.operation.is_some()
            || self.is_locked
            || self.has_submodules
    }
}

impl fmt::Display for Risk {
    /// What would be lost, in words: `2 changed files, 1 commit that is nowhere else`; `nothing` when nothing would.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = Vec::new();
        let mut count = |count: u64, one: &str, many: &str| match count {
            0 => {}
            1 => said.push(format!("1 {one}")),
            _ => said.push(format!("{count} {many}")),
        };
        count(self.changed as u64, "changed file", "changed files");
        count(self.untracked as u64, "file that git does not know", "files that git does not know");
        count(self.commits, "commit that is nowhere else", "commits that are nowhere else");
        said.extend(self.operation.map(|operation| operation.to_string()));
        if self.is_locked {
            said.push("it is locked".to_owned());
        }
        if self.has_submodules {
            said.push("it has submodules".to_owned());
        }
        if said.is_empty() { formatter.write_str("nothing") } else { formatter.write_str(&said.join(", ")) }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rebase => "a rebase that has not ended",
            Self::Apply => "patches that are being applied",
            Self::Merge => "a merge that has not ended",
            Self::CherryPick => "a cherry-pick that has not ended",
            Self::Revert => "a revert that has not ended",
            Self::Bisect => "a bisection that has not ended",
            Self::Write => "a command of git that is writing",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_alone_is_a_risk_and_has_its_words() {
        let none = Risk::default();
        assert!(!none.is_at_risk());
        assert_eq!(none.to_string(), "nothing");
        for (risk, words) in [
            (Risk { changed: 1, ..none.clone() }, "1 changed file"),
            (Risk { untracked: 2, ..none.clone() }, "2 files that git does not know"),
            (Risk { commits: 1, ..none.clone() }, "1 commit that is nowhere else"),
            (Risk { operation: Some(Operation::Rebase), ..none.clone() }, "a rebase that has not ended"),
            (Risk { is_locked: true, ..none.clone() }, "it is locked"),
            (Risk { has_submodules: true, ..none.clone() }, "it has submodules"),
        ] {
            assert!(risk.is_at_risk(), "{words}");
            assert_eq!(risk.to_string(), words);
        }
        let both = Risk { changed: 2, commits: 3, ..none };
        assert_eq!(both.to_string(), "2 changed files, 3 commits that are nowhere else");
    }

    #[test]
    fn a_rebase_that_stopped_in_a_cherry_pick_is_a_rebase() {
        let there = ["CHERRY_PICK_HEAD", "rebase-merge", "HEAD"];
        assert_eq!(Operation::of(|trace| there.contains(&trace)), Some(Operation::Rebase));
        assert_eq!(Operation::of(|trace| trace == "HEAD"), None);
    }
}
