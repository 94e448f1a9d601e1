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

/// The groups that can be named.
const GROUPS: &[Group] = &[
    Group {
        name: "wire",
        package: "opencode-wire",
        benches: &["sse", "decode", "reply", "hub"],
        features: &[],
        sdk_script: Some("sdk.mjs"),
    },
    Group {
        name: "store",
        package: "opencode-store",
        benches: &["admission", "sessions", "events", "replies", "tails"],
        features: &["--all-features"],
        sdk_script: None,
    },
    Group {
        name: "turn",
        package: "opencode-orchestrate",
        benches: &["turns", "states"],
        features: &[],
        sdk_script: Some("turn.mjs"),
    },
    Group {
        name: "files",
        package: "opencode-orchestrate",
        benches: &["files"],
        features: &[],
        sdk_script: None,
    },
    Group {
        name: "backend",
        package: "opencode-orchestrate",
        benches: &["backend"],
        features: &["--features", "supervisor"],
        sdk_script: Some("backend.mjs"),
    },
];

/// The bench targets of a package, by the name that a person says.
#[derive(Debug)]
struct Group {
    name: &'static str,
    package: &'static str,
    benches: &'static [&'static str],
    /// What cargo is told about features.
    features: &'static [&'static str],
    /// What the official TypeScript SDK does in it, if it is a peer of something there.
    sdk_script: Option<&'static str>,
}

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The group to measure; everything without it
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(GROUPS.iter().map(|group| group.name)))]
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
    let is_asked = |group: &&Group| arguments.name.as_deref().is_none_or(|asked| asked == group.name);
    let mut figures = Vec::new();
    for group in GROUPS.iter().filter(is_asked) {
        let sdk = group.sdk_script.and_then(sdk);
        for bench in group.benches {
            let mut command = workspace::cargo();
            command.args(["bench", "-p", group.package]).args(group.features);
            command.args(["--bench", bench, "--", "--figures"]);
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

fn sdk(script: &'static str) -> Option<Sdk> {
    let sdk = Sdk::prepare(script);
    sdk.inspect_err(|error| eprintln!("the official TypeScript SDK is not measured: {error:#}")).ok()
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
