//! A server that starts quickly, and leaves behind what a real one does.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use opencode_testkit::server::Server;

/// How often it looks whether it is to be busy.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Answers until it is ended. When a session is made it works from then on, and answers nobody.
#[expect(clippy::disallowed_methods, reason = "it is told as OpenCode is")]
pub(crate) async fn run() -> Result<()> {
    let password = std::env::var("OPENCODE_SERVER_PASSWORD").context("it is started by a supervisor")?;
    start_command(false)?;
    start_command(true)?;
    let server = Server::builder().password(password).start().await;
    println!("opencode server listening on {}", server.url());
    while server.requests_to("POST", "/session").is_empty() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    loop {
        std::hint::spin_loop();
    }
}

/// A command that goes on for longer than the run: of the server's group, or outside of it as an agent's is.
fn start_command(is_outside: bool) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new("sleep");
    command.arg("86400").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if is_outside {
        command.process_group(0);
    }
    command.spawn().context("there is no `sleep`")?;
    Ok(())
}
