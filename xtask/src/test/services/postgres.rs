//! The PostgreSQL server: one for the whole run; each test makes databases of its own.

use std::env;
use std::process::Command;

use anyhow::{Result, bail};
use opencode_testkit::postgres::{Postgres, PostgresError, URL_VARIABLE};

use super::availability::Found;
use crate::process;

/// Takes the server that the environment names, or else starts one.
///
/// Where there is none to start, root on a machine with `apt-get` gets one first.
pub(super) fn prepare() -> Result<Found<Postgres>> {
    if let Some(url) = env::var_os(URL_VARIABLE).filter(|url| !url.is_empty()) {
        let shown = format!("the one that {URL_VARIABLE} names");
        return Ok(Found { variable: URL_VARIABLE, value: url, shown, keeper: None });
    }
    let mut started = start()?;
    if matches!(started, Err(PostgresError::NotFound)) && install() {
        started = start()?;
    }
    match started {
        Ok(postgres) => Ok(Found {
            variable: URL_VARIABLE,
            value: postgres.url().into(),
            shown: postgres.url().to_owned(),
            keeper: Some(postgres),
        }),
        // The end of the log says which of many things went wrong.
        Err(error) => match error.output().and_then(|output| output.lines().last()) {
            Some(last) => bail!("{error} ({last})"),
            None => Err(error.into()),
        },
    }
}

fn start() -> Result<Result<Postgres, PostgresError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Room for tests that run side by side, each with a pool of its own. Commits need not wait for the disk: only a
    // power cut would tell. Tests that kill their server start one of their own, with the server's defaults.
    Ok(runtime.block_on(Postgres::builder().setting("max_connections", "200").fsync(false).start()))
}

/// Whether there was a way, and it worked.
///
/// Nobody but root is asked for a password here: a test run that stops to ask is worse than a tier that is skipped.
fn install() -> bool {
    let is_root = process::read_stdout(Command::new("id").arg("-u")).is_ok_and(|uid| uid.trim() == "0");
    let packages = ["install", "--yes", "--no-install-recommends", "postgresql"];
    if !is_root || process::read_stdout(&mut apt_get(&["--version"])).is_err() {
        return false;
    }
    process::forward("postgres: installing it with apt-get");
    // A fresh container has no lists yet, and an old one has stale ones.
    process::read_stdout(&mut apt_get(&packages)).is_ok()
        || (process::read_stdout(&mut apt_get(&["update"])).is_ok()
            && process::read_stdout(&mut apt_get(&packages)).is_ok())
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.arg("--quiet").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
