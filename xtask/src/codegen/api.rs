//! The whole API as it is generated: every operation, and the types that they need.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::fixups::Fixups;
use super::items::{Items, Kind, Type};
use super::operation::Operation;
use super::shape::Shapes;
use super::shared;
use crate::spec::document::Document;

/// Everything that is generated, before it is text.
pub(super) struct Api {
    pub(super) version: String,
    pub(super) operations: Vec<Operation>,
    pub(super) items: Items,
    /// Types that programs make, because a request has them.
    pub(super) inputs: BTreeSet<String>,
    /// What the schemas of refusals are.
    pub(super) refusals: BTreeMap<String, Type>,
    /// Operations that are streams, and the schemas of their events.
    pub(super) streams: Vec<(String, String)>,
    /// Schemas that no operation has.
    pub(super) unused: Vec<String>,
    pub(super) schemas: usize,
    pub(super) fixups: Fixups,
}

impl Api {
    /// Reads the whole description.
    pub(super) fn read(document: &Document) -> Result<Self> {
        let mut fixups = Fixups::new();
        let mut shapes = Shapes::new(document, &mut fixups);
        let mut operations = Vec::new();
        for (path, method, value) in document.operations() {
            operations.push(
                Operation::read(&mut shapes, path, method, value)
                    .with_context(|| format!("{method} {path}"))?,
            );
        }
        let Shapes { mut items, alike, schemas: used, refusals, streams, .. } = shapes;
        alike.check()?;
        items.reserve("Refusal")?;
        fixups.check()?;
        operations.sort_by(|left, right| (&left.tag, &left.id).cmp(&(&right.tag, &right.id)));
        let names = document.schema_names();
        let shared = shared::covered(document, |schema| used.contains_key(schema))?;
        let is_unused = |name: &&&str| !used.contains_key(**name) && !shared.contains(**name);
        let unused = names.iter().filter(is_unused).map(|name| (*name).to_owned());
        let mut inputs = BTreeSet::new();
        for request in operations.iter().filter_map(|operation| operation.request.as_ref().ok()) {
            if let Some((body, _)) = &request.body {
                reach(&items, body, &mut inputs);
            }
        }
        items.break_cycles();
        Ok(Self {
            version: document.version().to_owned(),
            operations,
            items,
            inputs,
            refusals,
            streams,
            unused: unused.collect(),
            schemas: names.len(),
            fixups,
        })
    }

    /// The modules of operations, sorted.
    pub(super) fn modules(&self) -> BTreeSet<String> {
        let generated = self.operations.iter().filter(|operation| operation.request.is_ok());
        generated.map(Operation::module).collect()
    }
}

/// Collects the generated types that a type is made of.
fn reach(items: &Items, type_: &Type, reached: &mut BTreeSet<String>) {
    match type_ {
        Type::Option(inner) | Type::List(inner) | Type::Map(inner) => reach(items, inner, reached),
        Type::Tuple(list) => list.iter().for_each(|inner| reach(items, inner, reached)),
        Type::Named(name) | Type::Boxed(name) => {
            if !reached.insert(name.clone()) {
                return;
            }
            match items.get(name).map(|item| &item.kind) {
                Some(Kind::Record(record)) => {
                    record.fields.iter().for_each(|field| reach(items, &field.type_, reached));
                }
                Some(Kind::Union(union)) => {
                    union.variants.iter().for_each(|variant| reach(items, &variant.type_, reached));
                }
                Some(Kind::Enum(_)) | None => {}
            }
        }
        _ => {}
    }
}
