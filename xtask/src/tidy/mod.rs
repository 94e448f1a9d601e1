//! `cargo xtask tidy`: the rules that the compiler, clippy and rustfmt do not know.
//!
//! Each rule is a function from plain input to violations, so that its tests can show it failing.

pub(crate) mod api;
mod changelog;
mod crate_docs;
mod dependencies;
mod duplicates;
pub(crate) mod files;
mod layering;
mod layout;
mod links;
mod markers;
mod paths;
mod sleeps;
mod text;
pub(crate) mod tree;
mod workflows;

use std::fmt;

use anyhow::Result;

use self::files::SourceFile;
pub(crate) use self::layering::manifest_path;
use crate::codegen;
use crate::compat;
use crate::process;
use crate::workspace;

/// Arguments of `cargo xtask tidy`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write down anew what each crate offers, instead of comparing it
    #[arg(long)]
    bless: bool,
    /// Do not compare what each crate offers, for which all of them are documented
    #[arg(long, conflicts_with = "bless")]
    without_api: bool,
}

/// One place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Path from the workspace root, with `/` on every system.
    pub(crate) path: String,
    /// 1-based line, where one line is to blame.
    pub(crate) line: Option<usize>,
    /// What is wrong, and what to do instead where that is not obvious.
    pub(crate) message: String,
}

impl Violation {
    /// A violation of a whole file, package or manifest.
    pub(crate) fn of(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, message: message.into() }
    }

    /// A violation by one line, counted from 1.
    pub(crate) fn at(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::of(path, message) }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.path, self.message),
            None => write!(formatter, "{}: {}", self.path, self.message),
        }
    }
}

/// Checks every rule and prints every violation; `true` when there is none.
///
/// # Errors
///
/// When the tree cannot be read or cargo cannot be asked, which is not a violation but an accident.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let files = files::collect(&workspace::root())?;
    let metadata = workspace::metadata()?;

    let mut violations = Vec::new();
    for rule in FILE_RULES {
        violations.extend(rule(&files));
    }
    violations.extend(layering::check(&metadata));
    violations.extend(crate_docs::check(&metadata, &files));
    violations.extend(generated()?);
    if !arguments.without_api {
        violations.extend(api::check(&workspace::root(), &metadata, arguments.bless)?);
    }
    violations.extend(compat::check(&workspace::root())?);
    violations.extend(tree::sans_io_half()?);
    violations.extend(tree::client()?);
    violations.extend(tree::store()?);
    violations.extend(tree::facade(&files)?);

    for violation in &violations {
        process::forward(&violation.to_string());
    }
    process::forward(&format!("tidy: {} files, {} violations", files.len(), violations.len()));
    Ok(violations.is_empty())
}

/// What is generated is what the description of the API says.
fn generated() -> Result<Vec<Violation>> {
    let difference = codegen::first_difference(&workspace::root())?;
    Ok(difference.map(|difference| Violation::of(difference.path, difference.message)).into_iter().collect())
}

/// A rule that needs nothing but the files' paths and text.
type FileRule = fn(&[SourceFile]) -> Vec<Violation>;

const FILE_RULES: &[FileRule] = &[
    layout::top_level,
    layout::licences,
    text::module_docs,
    text::trailing_whitespace,
    text::final_newline,
    markers::unfinished_code,
    sleeps::in_tests,
    paths::of_one_machine,
    dependencies::documented,
    changelog::has_heading,
    links::point_somewhere,
    workflows::pinned_and_limited,
];
