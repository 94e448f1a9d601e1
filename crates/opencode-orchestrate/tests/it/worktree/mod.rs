//! Worktrees of sessions, with real git.

mod ensuring;
mod faults;
mod program;
mod racing;
mod reaping;
mod removing;
mod rig;
mod risk;
