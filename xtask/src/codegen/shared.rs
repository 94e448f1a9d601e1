//! Schemas for which the crate has a type that is written by hand, which operations then use too.
//!
//! A type may be shared if it reads every sample that the tests make of the schema, and writes it back without loss.
//! Counts and times are whole in the samples, though the description says `number`: so they are in `model`.
//!
//! Those that look alike and may not:
//!
//! - `Part`, and the tools in it: a part in `model` must have an id, and one of a type that is not known may have none;
//! - `Message`: an error in `model` has a text, which is written even if there was none;
//! - `SessionStatus`: `model` does not keep fields of `idle` and `busy` that it does not know;
//! - what `api` has: those types need the feature `client`.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::spec::document::{Document, entries, reference};

/// A schema, and the type of `opencode_wire::model` that stands for it.
const TABLE: &[(&str, &str)] = &[
    ("PermissionAction", "PermissionAction"),
    ("PermissionRequest", "PermissionRequest"),
    ("PermissionRule", "PermissionRule"),
    ("QuestionOption", "QuestionOption"),
    ("QuestionInfo", "Question"),
    ("QuestionRequest", "QuestionRequest"),
    ("QuestionTool", "ToolRef"),
    ("Session", "Session"),
    ("SnapshotFileDiff", "FileDiff"),
    ("Todo", "Todo"),
];

/// The type that stands for a schema, if it is shared.
pub(super) fn of(schema: &str) -> Option<&'static str> {
    TABLE.iter().find(|(known, _)| *known == schema).map(|(_, type_)| *type_)
}

/// All of them: schema and type.
pub(super) fn all() -> &'static [(&'static str, &'static str)] {
    TABLE
}

/// Names of the schemas that stand within those that are shared, and these.
///
/// # Errors
///
/// When one of the table is none that the description has and operations need.
pub(super) fn covered(document: &Document, is_used: impl Fn(&str) -> bool) -> Result<BTreeSet<String>> {
    let mut covered = BTreeSet::new();
    for (schema, _) in TABLE.iter().filter(|(schema, _)| is_used(schema)) {
        cover(document, schema, &mut covered)?;
    }
    for (schema, type_) in TABLE {
        ensure!(
            covered.contains(*schema),
            "nothing needs {schema}, for which model::{type_} stands: look at shared.rs"
        );
    }
    Ok(covered)
}

fn cover(document: &Document, schema: &str, covered: &mut BTreeSet<String>) -> Result<()> {
    if covered.insert(schema.to_owned()) {
        let mut names = Vec::new();
        references(document.schema(schema)?, &mut names);
        names.iter().try_for_each(|name| cover(document, name, covered))?;
    }
    Ok(())
}

fn references(value: &Value, names: &mut Vec<String>) {
    names.extend(reference(value).map(str::to_owned));
    entries(value).into_iter().for_each(|(_, child)| references(child, names));
    value.as_array().into_iter().flatten().for_each(|child| references(child, names));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shared_schema_that_nothing_needs_fails() {
        let all = TABLE.iter().map(|(schema, _)| ((*schema).to_owned(), json!({}))).collect();
        let document = Document::of(json!({"components": {"schemas": Value::Object(all)}}));
        assert_eq!(covered(&document, |_| true).unwrap().len(), TABLE.len());
        let error = covered(&document, |schema| schema != "Todo").unwrap_err().to_string();
        assert!(error.contains("Todo"), "{error}");
    }
}
