//! From the description of a refusal to the types that its body may have.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::items::Type;
use super::shape::Shapes;
use crate::spec::document::{entries, reference};

impl Shapes<'_> {
    /// The schemas that the body of a refusal may have; those that ask for more come first.
    pub(super) fn refusal(&mut self, response: &Value) -> Result<Vec<String>> {
        let content = entries(&response["content"]);
        let [("application/json", media)] = content.as_slice() else { bail!("a refusal that is no JSON") };
        let schema = &media["schema"];
        let list = schema["anyOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice);
        let mut names: Vec<&str> = Vec::new();
        for schema in list {
            let name = reference(schema).context("a refusal without a name")?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for name in &names {
            let Type::Named(type_) = self.named(name)?.into_type() else { bail!("{name} is no object") };
            self.refusals.insert((*name).to_owned(), Type::Named(type_));
        }
        let document = self.document;
        let demands = |name: &str| document.schema(name).map(super::unions::demands).unwrap_or_default();
        names.sort_by_key(|name| std::cmp::Reverse(demands(name)));
        Ok(names.into_iter().map(str::to_owned).collect())
    }
}
