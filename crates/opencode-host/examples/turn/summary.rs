//! The last lines: how the turn ended, what it used, and what it wrote.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use opencode_host::orchestrate::exchange::{Exchange, FileOrigin, ToolArtifactsOptions};
use opencode_host::orchestrate::sandbox::Sandbox;
use opencode_host::prelude::*;

use crate::style::{Style, harmless};

/// The last lines of a turn in a directory.
pub(crate) fn of(outcome: &Outcome, directory: &Path) -> Vec<(Style, String)> {
    let usage = outcome.reply.usage();
    let steps = if usage.steps == 1 { "1 step".to_owned() } else { format!("{} steps", usage.steps) };
    let style = if outcome.ending.is_completed() { Style::Green } else { Style::Red };
    let mut lines = vec![
        (style, harmless(&outcome.ending.to_string()).into_owned()),
        (Style::Dim, format!("{:.1} s, {steps}, {usage}", outcome.elapsed.as_secs_f64())),
    ];
    lines.extend(files(outcome, directory));
    lines
}

/// The files that the turn left, as they are now if they are on this machine, and where they are.
fn files(outcome: &Outcome, directory: &Path) -> Vec<(Style, String)> {
    let exchange = Exchange::from(outcome.reply.clone());
    let options = ToolArtifactsOptions::default();
    // The server may be on another machine: then files are as its tools say them.
    let artifacts = match Sandbox::open(directory) {
        Ok(sandbox) => exchange.tool_artifacts_in(&sandbox, &options),
        Err(_) => exchange.tool_artifacts(&options),
    };
    let mut lines = Vec::new();
    for file in &artifacts.files {
        let how = match file.origin {
            FileOrigin::Written => "wrote",
            FileOrigin::Edited => "edited",
            FileOrigin::Patched => "patched",
            _ => "returned",
        };
        // An absolute path stays what it is.
        let path = directory.join(&*harmless(&file.path));
        lines.push((Style::Plain, format!("{how} {} ({} bytes)", path.display(), file.content.len())));
    }
    for dropped in &artifacts.dropped {
        lines.push((Style::Dim, harmless(&dropped.to_string()).into_owned()));
    }
    lines
}

/// Prints an error with everything that caused it.
pub(crate) fn print_error(error: &dyn Error) {
    let mut text = format!("error: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    // When stderr is gone too, there is nobody to tell.
    let _: std::io::Result<()> = writeln!(std::io::stderr(), "{text}");
}
