//! `cargo xtask bench`: runs the measuring programs and prints every figure beside what it is compared with.
//!
//! A measuring program is a bench target with `harness = false`. Called with `--figures` it prints one JSON object
//! per line; everything that does not start with `{` is for people and is left alone.

mod figure;
mod sdk;
mod table;

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use self::figure::Figure;
use self::sdk::Sdk;
use crate::process;
use crate::workspace;

/// The groups that can be named, and the package and bench targets that belong to each.
const GROUPS: &[(&str, &[(&str, &str)])] = &[(
    "wire",
    &[
        ("opencode-wire", "sse"),
        ("opencode-wire", "decode"),
        ("opencode-wire", "reply"),
        ("opencode-wire", "hub"),
    ],
)];

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The group to measure; everything without it
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(GROUPS.iter().map(|(name, _)| *name)))]
    name: Option<String>,
    /// Print one JSON array instead of the table
    #[arg(long)]
    json: bool,
}

/// Measures and prints; `true` whenever everything could be measured, met targets or not.
///
/// A missed target is not a failure of the command, because it may be the machine's and not the code's.
///
/// # Errors
///
/// When a measuring program does not build, fails, or prints a figure that cannot be read.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let sdk = Sdk::prepare()
        .inspect_err(|error| eprintln!("the official TypeScript SDK is not measured: {error:#}"))
        .ok();
    let mut figures = Vec::new();
    for (name, programs) in GROUPS {
        if arguments.name.as_deref().is_some_and(|asked| asked != *name) {
            continue;
        }
        for (package, bench) in *programs {
            let mut command = workspace::cargo();
            command.args(["bench", "-p", package, "--bench", bench, "--", "--figures"]);
            if let Some(sdk) = &sdk {
                sdk.tell(&mut command);
            }
            figures.extend(measure(&mut command)?);
        }
    }
    let text = if arguments.json { serde_json::to_string_pretty(&figures)? } else { table::render(&figures) };
    process::forward(&text);
    Ok(true)
}

fn measure(command: &mut Command) -> Result<Vec<Figure>> {
    let program = process::display(command);
    eprintln!("> {program}");
    let mut figures = Vec::new();
    let mut broken = None;
    let status = process::stream_lines(command, |line| match Figure::parse(line) {
        Some(Ok(figure)) => figures.push(figure),
        Some(Err(error)) => broken = Some(error),
        // Stdout belongs to the table or the JSON array.
        None if line.is_empty() => {}
        None => eprintln!("{line}"),
    })?;
    if !status.success() {
        bail!("{program} failed");
    }
    if let Some(error) = broken {
        return Err(error).with_context(|| format!("{program} printed a figure that cannot be read"));
    }
    if figures.is_empty() {
        bail!("{program} printed no figure");
    }
    Ok(figures)
}
