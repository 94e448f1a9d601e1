//! What came of the tests on one version, in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::semver::Version;
use toml_edit::{Array, DocumentMut, value};

use super::parse;

/// Where the files are, from the workspace root.
const FOLDER: &str = "xtask/compat";

/// What came of the tests on one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) version: Version,
    /// The day on which they were run, in UTC.
    pub(super) date: String,
    /// The commit of ours that was tried.
    pub(super) commit: String,
    /// Paths of tests below `real`.
    pub(super) passed: BTreeSet<String>,
    pub(super) failed: BTreeSet<String>,
}

impl Record {
    pub(super) fn new(
        version: Version,
        date: String,
        commit: String,
        tests: &BTreeMap<String, bool>,
    ) -> Self {
        let with = |result: bool| {
            tests.iter().filter(move |(_, passed)| **passed == result).map(|(name, _)| name.clone()).collect()
        };
        Self { version, date, commit, passed: with(true), failed: with(false) }
    }

    /// All that there are, the oldest version first.
    pub(super) fn all(root: &Path) -> Result<Vec<Self>> {
        let mut records = Vec::new();
        let entries = fs::read_dir(root.join(FOLDER)).with_context(|| format!("cannot read {FOLDER}"))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = fs::read_to_string(&path)?;
                records.push(Self::read(&text).with_context(|| format!("{}", path.display()))?);
            }
        }
        records.sort_by(|left, right| left.version.cmp(&right.version));
        Ok(records)
    }

    /// Writes it over an older one of the same version.
    pub(super) fn write(&self, root: &Path) -> Result<()> {
        fs::create_dir_all(root.join(FOLDER)).with_context(|| format!("cannot make {FOLDER}"))?;
        let path = format!("{FOLDER}/{}.toml", self.version);
        fs::write(root.join(&path), self.to_toml()).with_context(|| format!("cannot write {path}"))
    }

    fn read(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse()?;
        let string = |name: &str| {
            let text = document.get(name).and_then(|item| item.as_str());
            text.map(str::to_owned).with_context(|| format!("`{name}` is missing"))
        };
        let list = |name: &str| {
            let array = document.get(name).and_then(|item| item.as_array());
            let names = array.with_context(|| format!("`{name}` is missing"))?.iter();
            anyhow::Ok(names.filter_map(|name| name.as_str().map(str::to_owned)).collect())
        };
        let version = parse(&string("version")?)?;
        let (date, commit) = (string("date")?, string("commit")?);
        Ok(Self { version, date, commit, passed: list("passed")?, failed: list("failed")? })
    }

    fn to_toml(&self) -> String {
        let mut document = DocumentMut::new();
        document["version"] = value(self.version.to_string());
        document["date"] = value(&self.date);
        document["commit"] = value(&self.commit);
        document["failed"] = value(lines(&self.failed));
        document["passed"] = value(lines(&self.passed));
        format!(
            "# Written by `cargo xtask compat`. It is evidence: run that again, never edit it.\n\n{document}"
        )
    }
}

/// One name on each line, so that a difference can be read.
fn lines(names: &BTreeSet<String>) -> Array {
    let mut array: Array = names.iter().collect();
    for name in array.iter_mut() {
        name.decor_mut().set_prefix("\n    ");
    }
    if !array.is_empty() {
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let tests = [("ids::a", true), ("texts::b", false), ("texts::c", true)];
        let tests = tests.map(|(name, passed)| (name.to_owned(), passed)).into();
        let record = Record::new(parse("1.2.27").unwrap(), "2026-11-21".to_owned(), "abc".to_owned(), &tests);
        assert_eq!(Record::read(&record.to_toml()).unwrap(), record);
        let none = Record { passed: BTreeSet::new(), ..record };
        assert_eq!(Record::read(&none.to_toml()).unwrap(), none);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Record::read("version = \"1.0.0\"\ndate = \"x\"").unwrap_err();
        assert!(error.to_string().contains("`commit`"), "{error}");
    }
}
