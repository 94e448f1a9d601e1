//! All files that are generated.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::Output;
use super::api::Api;
use super::items::{Home, Item};
use super::write::{self, cases, markdown, operations, refusals, safe, streams, types};
use crate::spec::document::Document;

/// Everything that a description stands for.
pub(super) fn of(document: &Document) -> Result<Vec<Output>> {
    let api = Api::read(document)?;
    let mut homes: BTreeMap<Home, Vec<&Item>> = BTreeMap::new();
    for item in api.items.iter() {
        homes.entry(item.home.clone()).or_default().push(item);
    }
    let mut outputs = Vec::new();
    let mut modules = Vec::new();
    for (home, items) in &homes {
        if let Home::Types(module) = home {
            modules.push(module.clone());
            let text = types::file(&api, module, items);
            outputs.push(Output { path: format!("{}/{module}.rs", write::TYPES), text });
        }
    }
    for (module, text) in [(refusals::MODULE, refusals::file(&api)), (streams::MODULE, streams::file(&api))] {
        ensure!(!modules.iter().any(|known| known == module), "a schema takes the module {module}");
        outputs.push(Output { path: format!("{}/{module}.rs", write::TYPES), text });
    }
    modules.push(refusals::MODULE.to_owned());
    modules.sort();
    outputs.push(Output { path: format!("{}/mod.rs", write::TYPES), text: types::index(&modules) });
    for module in api.modules() {
        let items = homes.get(&Home::Operations(module.clone())).map(Vec::as_slice).unwrap_or_default();
        let text = operations::file(&api, &module, items);
        outputs.push(Output { path: format!("{}/{module}.rs", write::REQUESTS), text });
    }
    outputs.push(Output { path: format!("{}/mod.rs", write::REQUESTS), text: operations::index(&api) });
    outputs.push(Output { path: write::CASES.to_owned(), text: cases::file(&api) });
    outputs.push(Output { path: write::SAFE.to_owned(), text: safe::file(&api) });
    outputs.push(Output { path: write::DOCUMENT.to_owned(), text: markdown::file(&api)? });
    Ok(outputs)
}
