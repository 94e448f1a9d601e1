//! The processes that work on the store: started, killed, and started again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use fastrand::Rng;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::stage::Stage;

/// How many work at a time.
const WORKERS: usize = 6;
/// How long it takes until the next one is killed, at most.
const LIFE_MILLIS: u64 = 2500;
/// How long those that are left may take to do what is left.
const DRAIN: Duration = Duration::from_secs(240);

/// The processes that work on the store.
pub(super) struct Workers<'a> {
    program: &'a Path,
    stage: &'a Stage,
    chance: Rng,
    children: Vec<(String, Child)>,
    started: usize,
    kills: usize,
}

impl<'a> Workers<'a> {
    /// Starts the first of them.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub(super) fn start(program: &'a Path, stage: &'a Stage, chance: Rng) -> Result<Self> {
        let mut workers = Self { program, stage, chance, children: Vec::new(), started: 0, kills: 0 };
        for _ in 0..WORKERS {
            workers.start_one()?;
        }
        Ok(workers)
    }

    /// How many were killed.
    pub(super) fn kills(&self) -> usize {
        self.kills
    }

    /// Lets them work for so long, and kills one after the other.
    ///
    /// # Errors
    ///
    /// When one fails by itself.
    pub(super) async fn work(&mut self, length: Duration) -> Result<()> {
        let end = Instant::now() + length;
        while Instant::now() < end {
            sleep(Duration::from_millis(self.chance.u64(1..=LIFE_MILLIS))).await;
            self.expect_all_alive()?;
            let victim = self.chance.usize(..self.children.len());
            // SIGKILL: it has no say in it.
            self.children.swap_remove(victim).1.kill().await?;
            self.kills += 1;
            self.start_one()?;
        }
        Ok(())
    }

    /// Lets them do what is left, and waits for their end.
    ///
    /// # Errors
    ///
    /// When one fails, or has not ended in time.
    pub(super) async fn drain(mut self) -> Result<()> {
        self.expect_all_alive()?;
        for (_, child) in &mut self.children {
            // The end of their input is the word.
            drop(child.stdin.take());
        }
        for (owner, mut child) in self.children {
            let ended = timeout(DRAIN, child.wait()).await;
            let status = ended.with_context(|| format!("{owner} did not end within {DRAIN:?}"))??;
            if !status.success() {
                bail!("{owner} failed while it drained: {status}");
            }
        }
        Ok(())
    }

    fn start_one(&mut self) -> Result<()> {
        self.started += 1;
        let owner = format!("worker-{}", self.started);
        let child = Command::new(self.program)
            .args(["worker", &self.stage.orders(&owner, self.chance.u64(..))])
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start a worker")?;
        self.children.push((owner, child));
        Ok(())
    }

    fn expect_all_alive(&mut self) -> Result<()> {
        for (owner, child) in &mut self.children {
            if let Some(status) = child.try_wait()? {
                bail!("{owner} ended by itself: {status}");
            }
        }
        Ok(())
    }
}
