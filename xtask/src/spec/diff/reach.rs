//! Which schemas requests have, and which answers, refusals and events.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::spec::document::{Document, entries, reference};

/// Which way values of a schema go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Direction {
    /// To the server.
    pub(super) input: bool,
    /// From the server.
    pub(super) output: bool,
}

impl Direction {
    pub(super) const INPUT: Self = Self { input: true, output: false };
    pub(super) const OUTPUT: Self = Self { input: false, output: true };

    pub(super) fn with(self, other: Self) -> Self {
        Self { input: self.input || other.input, output: self.output || other.output }
    }
}

/// The direction of each schema that operations have, directly or within another.
pub(super) fn directions(document: &Document) -> BTreeMap<String, Direction> {
    let mut directions = BTreeMap::new();
    for (_, _, operation) in document.operations() {
        visit(document, &operation["parameters"], Direction::INPUT, &mut directions);
        visit(document, &operation["requestBody"], Direction::INPUT, &mut directions);
        visit(document, &operation["responses"], Direction::OUTPUT, &mut directions);
    }
    directions
}

fn visit(
    document: &Document,
    value: &Value,
    direction: Direction,
    directions: &mut BTreeMap<String, Direction>,
) {
    if let Some(name) = reference(value) {
        let known = directions.entry(name.to_owned()).or_default();
        let both = known.with(direction);
        if both != *known {
            *known = both;
            if let Ok(schema) = document.schema(name) {
                visit(document, schema, direction, directions);
            }
        }
    }
    entries(value).into_iter().for_each(|(_, child)| visit(document, child, direction, directions));
    value.as_array().into_iter().flatten().for_each(|child| visit(document, child, direction, directions));
}
