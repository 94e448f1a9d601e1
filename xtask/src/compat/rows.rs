//! What the page promises, and which tests show it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::tidy::Violation;

/// One line of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// What a host can rely on.
    pub(super) promise: &'static str,
    /// The numbers by which the documentation knows it.
    pub(super) guarantees: &'static str,
    /// Modules of tests below `real`. A test is shown in one row.
    pub(super) modules: &'static [&'static str],
}

const fn row(promise: &'static str, guarantees: &'static str, modules: &'static [&'static str]) -> Row {
    Row { promise, guarantees, modules }
}

/// Every module of tests has a row.
pub(super) const ROWS: &[Row] = &[
    row("a prompt is posted once, and answered by its id", "G01, G05", &["ids"]),
    row("prompts to a session that works", "G04, G12", &["busy"]),
    row(
        "nothing is lost when a connection breaks or a server is started again",
        "G01, G06, G07",
        &["disconnects", "restarts"],
    ),
    row("a turn is found again by who comes later", "G05, G06", &["attaching"]),
    row("surprises of the event stream", "G02, G07, G10", &["traps"]),
    row("texts, thoughts and usage arrive as they were said", "G08, G18", &["texts"]),
    row("tools", "G08, G10", &["tools"]),
    row("sub-agents belong to the turn", "G09", &["subagents"]),
    row("failures and refusals end a turn with a reason", "G12", &["failures", "refusals", "gone"]),
    row("a stop always ends a turn, and limits do", "G11, G13", &["stops"]),
    row("a summary in the middle does not end a turn", "G05", &["compactions"]),
    row("questions and permissions find their person", "G09, G11", &["blockers"]),
    row("structured answers", "G12", &["structured"]),
    row("sessions, messages and the other calls", "", &["calls", "messages", "sessions"]),
    row("generated operations, which are those of one version", "", &["operations"]),
];

impl Row {
    /// Whether a test is shown in this row.
    pub(super) fn has(&self, test: &str) -> bool {
        test.split("::").next().is_some_and(|module| self.modules.contains(&module))
    }
}

/// Where the tests are, from the workspace root.
const TESTS: &str = "crates/opencode-wire/tests/it/real";

/// Each module of tests has one row, and each row its modules.
pub(super) fn check(root: &Path) -> Result<Vec<Violation>> {
    let mut modules = BTreeSet::new();
    for entry in fs::read_dir(root.join(TESTS)).with_context(|| format!("cannot read {TESTS}"))? {
        let path = entry?.path();
        let has_tests = fs::read_to_string(&path).is_ok_and(|text| text.contains("::test]"));
        if let Some(module) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| has_tests) {
            modules.insert(module.to_owned());
        }
    }
    Ok(misplaced(&modules, ROWS)
        .into_iter()
        .map(|message| Violation::of("xtask/src/compat/rows.rs", message))
        .collect())
}

fn misplaced(modules: &BTreeSet<String>, rows: &[Row]) -> Vec<String> {
    let rows_of = |module: &str| rows.iter().filter(|row| row.modules.contains(&module)).count();
    let wrong = modules.iter().filter(|module| rows_of(module) != 1);
    let mut messages: Vec<_> = wrong
        .map(|module| format!("the tests in `{module}` must have one row, and have {}", rows_of(module)))
        .collect();
    let listed = rows.iter().flat_map(|row| row.modules);
    messages.extend(
        listed
            .filter(|module| !modules.contains(**module))
            .map(|module| format!("there are no tests in `{module}`")),
    );
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_row_is_found_and_so_is_a_row_without_its_module() {
        let rows = [row("a", "", &["ids", "gone"]), row("b", "", &["ids"])];
        let modules = ["ids", "texts"].map(str::to_owned).into();
        let messages = misplaced(&modules, &rows);
        assert_eq!(messages.len(), 3, "{messages:?}");
    }

    #[test]
    fn a_test_belongs_to_its_module() {
        let row = row("a", "", &["ids"]);
        assert!(row.has("ids::one") && !row.has("ids_too::one"));
    }
}
