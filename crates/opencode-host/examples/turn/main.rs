//! One turn, streamed to the terminal: `turn [--yes] [--model PROVIDER/MODEL] -- PROMPT`.
//!
//! The server is the one that `OPENCODE_BASE_URL` and `OPENCODE_SERVER_PASSWORD` name, or the one on this machine's
//! port 4096. The session works in the current directory.

mod arguments;
mod ask;
mod keyboard;
mod pen;
mod screen;
mod style;
mod summary;
mod tool;

use std::error::Error;
use std::process::ExitCode;

use opencode_host::prelude::*;
use tokio_util::sync::CancellationToken;

use crate::arguments::Arguments;
use crate::ask::Desk;
use crate::screen::Screen;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(ending) if ending.is_completed() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            summary::print_error(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<Ending, Box<dyn Error>> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let directory = std::env::current_dir()?;

    let client = Client::from_env()?.with_directory(&directory)?;
    let session = client.sessions().create(arguments.title()).await?;

    let mut screen = Screen::new();
    let desk = Desk::new(arguments.yes, screen.pen());
    let mut prompt = session
        .prompt(arguments.prompt)
        .on_blocker(move |blocker| desk.clone().decide(blocker))
        .cancel_token(cancelled_by_ctrl_c());
    if let Some(model) = arguments.model {
        prompt = prompt.model(model);
    }

    let mut turn = prompt.await?;
    while let Some(change) = turn.next().await {
        screen.show(turn.reply(), &change)?;
    }

    let outcome = turn.outcome().await;
    screen.finish(&summary::of(&outcome, &directory))?;
    Ok(outcome.ending)
}

/// The first Ctrl-C cancels the token: the turn stops, upstream too, and ends in good order. The second ends the
/// program.
fn cancelled_by_ctrl_c() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if cancelled.is_cancelled() {
                std::process::exit(130);
            }
            cancelled.cancel();
        }
    });
    token
}
