//! `cargo xtask soak store`: processes that work on one store and are killed at random, and what is left of it.
//!
//! The processes are the example `soak` of `opencode-orchestrate`, and so is the check of the rows that follows.
//! This task sets the stage, a database and a scripted OpenCode server that gets things wrong, kills, and counts.
//!
//! The seed decides what is killed and what goes wrong, and which chances the workers take; how their steps fall
//! between each other is decided by the machine, so that a seed makes a fault likely again and not certain.

mod stage;
mod trouble;
mod workers;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fastrand::Rng;

use self::stage::Stage;
use self::workers::Workers;
use super::program;
use super::report::Report;
use crate::process;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How long the processes work on each database
    #[arg(long, value_name = "N", default_value_t = 3)]
    minutes: u64,
    /// On which database
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    database: Databases,
    /// What decides the chances; a new one unless set
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Databases {
    Sqlite,
    Postgres,
    Both,
}

/// One of the databases that a store can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Database {
    Sqlite,
    Postgres,
}

impl Databases {
    fn chosen(self) -> &'static [Database] {
        match self {
            Self::Sqlite => &[Database::Sqlite],
            Self::Postgres => &[Database::Postgres],
            Self::Both => &[Database::Sqlite, Database::Postgres],
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// Soaks each database and prints what was done and what was found; `true` when nothing was.
///
/// # Errors
///
/// When the program does not build, or there is no PostgreSQL, or a worker fails by itself.
pub(super) fn run(arguments: &Arguments) -> Result<bool> {
    let program = program::build("soak", &[])?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut is_sound = true;
    for &database in arguments.database.chosen() {
        process::forward(&format!("soaking {database} for {} minutes, seed {seed}", arguments.minutes));
        let length = Duration::from_secs(60 * arguments.minutes);
        let again = format!("--database {database} --minutes {} --seed {seed}", arguments.minutes);
        let again = format!("to try it again: cargo xtask soak store {again}");
        let report = runtime.block_on(soak(&program, database, length, seed));
        let report = report.with_context(|| format!("the soak of {database} broke off; {again}"))?;
        process::forward(&report.render());
        is_sound &= report.is_sound();
        if !report.is_sound() {
            process::forward(&format!("FAILED; {again}"));
        }
    }
    Ok(is_sound)
}

async fn soak(program: &Path, database: Database, length: Duration, seed: u64) -> Result<Report> {
    let began = Instant::now();
    let stage = Stage::set(database).await?;
    let mut chance = Rng::with_seed(seed);
    let mut workers = Workers::start(program, &stage, chance.fork())?;
    let worked = workers.work(length);
    tokio::select! {
        worked = worked => worked?,
        () = trouble::make(stage.server(), chance) => {}
    }
    trouble::end(stage.server());
    let kills = workers.kills();
    workers.drain().await?;
    let findings = program::ask(program, "check", &stage.orders("check", 0)).await?;
    let seconds = began.elapsed().as_secs();
    let mut report = Report::new(format!("{database}: {kills} kills in {seconds} s, draining included"));
    report.read(&findings)?;
    if !report.is_sound() {
        process::forward(&format!("what is left is kept in {}", stage.keep()?.display()));
    }
    Ok(report)
}
