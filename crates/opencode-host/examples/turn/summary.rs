//! The last lines: how the turn ended, what it used, and what it wrote.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

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
    for file in outcome.reply.files() {
        // An absolute path stays what it is.
        let path = directory.join(&*harmless(&file));
        lines.push((Style::Plain, format!("wrote {}", path.display())));
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
