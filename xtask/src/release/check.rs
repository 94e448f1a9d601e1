//! `cargo xtask release check`: every check, cheapest first, and a table.

use std::fs;

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Metadata;

use super::record::{self, Checked};
use super::report::{Outcome, Report};
use super::unpacked::Unpacked;
use super::{advisories, api, changelog, contents, git, order, package, pages, tag, tarball, versions};
use crate::process;
use crate::workspace;

/// What the person asked for.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The tag of the release, which must be the version with a `v`
    #[arg(long, value_name = "vX.Y.Z")]
    tag: Option<String>,
    /// Leave out what compiles the packaged crates, which takes most of the time
    #[arg(long)]
    quick: bool,
    /// Compare the API and test the packages of these crates alone
    #[arg(long, value_name = "CRATE")]
    only: Vec<String>,
    /// Leave out the advisories, as on a machine that cannot reach github.com
    #[arg(long)]
    without_advisories: bool,
}

impl Arguments {
    fn wants(&self, name: &String) -> bool {
        self.only.is_empty() || self.only.contains(name)
    }
}

/// Runs every check and prints the table; `true` when nothing failed.
///
/// Where everything passed and nothing was left out, that is noted, and `publish` goes by it.
///
/// # Errors
///
/// When the workspace cannot be read at all.
pub(super) fn run(arguments: &Arguments) -> Result<bool> {
    record::clear()?;
    let report = report(arguments)?;
    process::forward(&format!("\n{}", report.render()));
    if report.is_whole() {
        let version = versions::of_workspace(&manifest()?).unwrap_or_default();
        Checked { version, commit: git::head()? }.write()?;
    }
    Ok(!report.has_failed())
}

/// What costs nothing, and what `publish` looks at again.
pub(super) fn cheap(metadata: &Metadata, tag: Option<&str>) -> Result<Report> {
    let manifest = manifest()?;
    let version = versions::of_workspace(&manifest).unwrap_or_default();
    let mut report = Report::default();
    report.run("versions", || {
        Ok(Outcome::of(versions::check(metadata, &manifest), format!("all are {version}")))
    });
    report.run("changelog", || {
        let text = fs::read_to_string(workspace::root().join(changelog::PATH)).unwrap_or_default();
        Ok(match changelog::day_of(&version, &text) {
            Ok(day) => Outcome::Passed(format!("{version} is of {day}")),
            Err(reason) => Outcome::failed(reason),
        })
    });
    report.run("tree", || {
        let changes = git::changes()?;
        let wrong = changes.iter().map(|change| format!("not committed: {change}")).collect();
        Ok(Outcome::of(wrong, "nothing but what is committed"))
    });
    report.run("tag", || {
        Ok(match tag {
            Some(tag) => Outcome::of(tag::wrong(tag, &version), tag),
            // A person checks before there is a tag, so this alone must not keep the whole from being noted.
            None => Outcome::Passed(format!("none was given; it will be {}", tag::of(&version))),
        })
    });
    Ok(report)
}

fn report(arguments: &Arguments) -> Result<Report> {
    let metadata = workspace::metadata()?;
    let names = order::of(&metadata)?;
    if let Some(unknown) = arguments.only.iter().find(|only| !names.contains(only)) {
        bail!("`{unknown}` is not published: --only takes {}", names.join(", "));
    }
    let mut report = cheap(&metadata, arguments.tag.as_deref())?;
    report.run("licences", advisories::licences);
    if arguments.without_advisories {
        report.add("advisories", Outcome::LeftOut("--without-advisories was given".to_owned()));
    } else {
        report.run("advisories", advisories::advisories);
    }
    let mut wanted = names.clone();
    wanted.retain(|name| arguments.wants(name));
    report.run("API", || api::compare(&wanted));

    let mut packages = Vec::new();
    report.run("packages", || {
        packages = package::all(&metadata)?;
        let mut wrong = Vec::new();
        for package in &packages {
            wrong.extend(contents::wrong(&package.name, package.bytes, &package.files()?));
        }
        let sizes =
            packages.iter().map(|package| format!("{} {} kB", package.name, package.bytes.div_ceil(1000)));
        Ok(Outcome::of(wrong, sizes.collect::<Vec<_>>().join(", ")))
    });
    compile(arguments, &names, &packages, &mut report)?;
    Ok(report)
}

/// What compiles the packages; without packages there is nothing to compile.
fn compile(
    arguments: &Arguments,
    names: &[String],
    packages: &[package::Package],
    report: &mut Report,
) -> Result<()> {
    let reason = match packages {
        [] => Some("there are no packages"),
        _ if arguments.quick => Some("--quick was given"),
        _ => None,
    };
    let mut unpacked = match reason {
        Some(_) => None,
        None => Some(Unpacked::new(packages)?),
    };
    let left_out = |reason: &str| Outcome::LeftOut(reason.to_owned());
    match (&mut unpacked, packages.first()) {
        (Some(unpacked), Some(first)) => report.run("pages", || pages::compile(unpacked, &first.version)),
        _ => report.add("pages", left_out(reason.unwrap_or_default())),
    }
    for name in names {
        let line = format!("package {name}");
        match &unpacked {
            None => report.add(line, left_out(reason.unwrap_or_default())),
            Some(_) if !arguments.wants(name) => report.add(line, left_out("--only was given")),
            Some(unpacked) => report.run(line, || tarball::test(name, unpacked)),
        }
    }
    Ok(())
}

/// The workspace's own manifest.
pub(super) fn manifest() -> Result<String> {
    fs::read_to_string(workspace::root().join("Cargo.toml")).context("cannot read Cargo.toml")
}
