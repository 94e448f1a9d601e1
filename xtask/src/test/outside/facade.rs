//! A program on `opencode-host` with its defaults: what the README shows under "Use it", on a real server.

use std::ffi::OsStr;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use opencode_testkit::model::{Model, Op};
use opencode_testkit::real::{Binary, RealServer};

use super::super::services::Services;
use super::{Verdict, example, program};
use crate::process;
use crate::release::unpacked::Unpacked;
use crate::workspace;

const NAME: &str = "facade";

const DEPENDENCIES: &str = "opencode-host = \"={version}\"\n\
                            tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

/// What the model answers to whatever it is asked.
const ANSWER: &str = "A monad is a burrito.";

/// Longer than any turn takes, so that a program which hangs is told from one that works.
const LIMIT: Duration = Duration::from_secs(120);

pub(super) fn run(packages: &mut Unpacked, services: &Services) -> Result<Verdict> {
    let readme = fs::read_to_string(workspace::root().join("README.md")).context("cannot read README.md")?;
    let code = example::of(&readme)?;
    let folder = tempfile::tempdir().context("cannot make a folder for the agent")?;
    let server = services.real_program()?;
    let place = server.is_ok().then(|| folder.path());
    program::write(packages, NAME, DEPENDENCIES, &example::program(&code, place)?)?;
    // Apart from running it, because compiling takes minutes, and a server should not wait for that.
    process::read_stdout(&mut program::cargo(packages, "build", NAME)?)?;
    match server {
        Err(reason) => Ok(Verdict::Skipped(format!("the README compiles, and was not run: {reason}"))),
        Ok(binary) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let printed = runtime.block_on(turn(packages, binary, folder.path()))?;
            let is_whole = printed.contains(ANSWER) && printed.contains("completed after");
            ensure!(is_whole, "the README's program printed {printed:?}");
            Ok(Verdict::Passed)
        }
    }
}

/// Runs the program on a real server with a scripted model, and returns what it printed.
async fn turn(packages: &Unpacked, binary: &OsStr, folder: &std::path::Path) -> Result<String> {
    let model = Model::start().await;
    model.set_default(vec![Op::text(ANSWER)]);
    let server = RealServer::builder()
        .binary(Binary::at(binary))
        .directory(folder)
        .model_url(model.url())
        .start()
        .await
        .context("the real server does not start")?;
    let mut command = tokio::process::Command::from(program::cargo(packages, "run", NAME)?);
    command.env("OPENCODE_BASE_URL", server.url()).stdin(Stdio::null()).kill_on_drop(true);
    if let Some(password) = server.password() {
        command.env("OPENCODE_SERVER_PASSWORD", password);
    }
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    server.terminate().await;
    let output = output.context("the README's program does not end")?.context("cannot start cargo")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the README's program failed: {}", stderr.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
