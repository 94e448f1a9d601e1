//! Who is there, and what this process holds.

use std::fs;

use anyhow::Result;

/// What this process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// Children, those that have ended and were not asked about included.
    pub(crate) children: usize,
    /// In kilobytes.
    pub(crate) memory: usize,
}

impl Census {
    pub(crate) fn take() -> Result<Self> {
        let count = |path: &str| Ok::<_, std::io::Error>(fs::read_dir(path)?.count());
        let status = fs::read_to_string("/proc/self/status")?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let memory = memory.and_then(|line| line.split_whitespace().next()?.parse().ok());
        Ok(Self {
            descriptors: count("/proc/self/fd")?,
            threads: count("/proc/self/task")?,
            children: stats().filter(|(_, parent, _)| *parent == std::process::id()).count(),
            memory: memory.unwrap_or_default(),
        })
    }
}

/// Whether a process runs.
pub(crate) fn is_there(pid: u32) -> bool {
    stats().any(|(number, _, is_dead)| number == pid && !is_dead)
}

/// Who carries an assignment in the environment, this process aside.
pub(crate) fn carriers(assignment: &str) -> Vec<u32> {
    let others = stats().map(|(pid, ..)| pid).filter(|pid| *pid != std::process::id());
    let carries = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == assignment.as_bytes())
    };
    others.filter(carries).collect()
}

/// The children of this process.
pub(crate) fn children() -> Vec<u32> {
    stats().filter(|(_, parent, _)| *parent == std::process::id()).map(|(pid, ..)| pid).collect()
}

/// The number of each process, that of its parent, and whether it has ended.
fn stats() -> impl Iterator<Item = (u32, u32, bool)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(process.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let is_dead = matches!(fields.next()?, "Z" | "X");
        Some((pid, fields.next()?.parse().ok()?, is_dead))
    })
}
