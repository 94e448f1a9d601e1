//! The text of how the events of streams are read.

use std::collections::BTreeMap;

use super::super::api::Api;
use super::super::names::pascal;
use super::head;

/// The module, beside those of schemas.
pub(crate) const MODULE: &str = "streams";

/// What reads an event, for each type that a stream has.
pub(crate) fn file(api: &Api) -> String {
    let mut text = head("How the events of streams are read.");
    let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, schema) in &api.streams {
        types.entry(schema).or_default().push(id);
    }
    text.push_str("\ncrate::operations::stream::streams! {\n");
    for (schema, ids) in types {
        text.push_str(&format!("    super::{} = \"`{}`\",\n", pascal(schema), ids.join("`, `")));
    }
    text.push_str("}\n");
    text
}
