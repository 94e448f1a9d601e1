//! The description of the API, and how to find one's way in it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::normal;
use super::provenance::Provenance;

/// Where the description lies, from the workspace root.
pub(super) const PATH: &str = "crates/opencode-wire/openapi/openapi.json";

/// The description of one version, without prose.
#[derive(Debug)]
pub(crate) struct Document {
    value: Value,
    version: String,
}

impl Document {
    /// Reads what is committed.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is not what its provenance says.
    pub(crate) fn load(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(PATH)).with_context(|| format!("cannot read {PATH}"))?;
        let text = text.replace("\r\n", "\n");
        let provenance = Provenance::load(root)?;
        provenance.check(&text)?;
        let value = serde_json::from_str(&text).with_context(|| format!("{PATH} is no JSON"))?;
        Ok(Self { value, version: provenance.version })
    }

    /// Reads what a server says, and leaves out its prose.
    ///
    /// # Errors
    ///
    /// When it is no description, or does not say of which version it is.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut value: Value = serde_json::from_str(text).context("the description is no JSON")?;
        let version = value["info"]["version"].as_str().map(str::to_owned);
        let version = version.context("the description does not say of which version it is")?;
        normal::strip(&mut value);
        Ok(Self { value, version })
    }

    /// A description that exists only in a test.
    #[cfg(test)]
    pub(crate) fn of(value: Value) -> Self {
        Self { value, version: String::new() }
    }

    /// Of which version it is.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The same description with the version of the server that gave it.
    ///
    /// Servers say `1.0.0` of their API, whatever they are.
    pub(super) fn with_version(mut self, version: &str) -> Self {
        version.clone_into(&mut self.version);
        self.value["info"]["version"] = version.into();
        self
    }

    /// The description as it is committed.
    pub(super) fn text(&self) -> String {
        normal::text(&self.value)
    }

    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> Result<&Value> {
        let schema = self.value["components"]["schemas"].get(name);
        schema.with_context(|| format!("there is no schema {name}"))
    }

    /// The schema that a reference points to, with its name.
    pub(crate) fn follow<'a>(&'a self, schema: &'a Value) -> Result<(Option<&'a str>, &'a Value)> {
        match reference(schema) {
            Some(name) => Ok((Some(name), self.schema(name)?)),
            None => Ok((None, schema)),
        }
    }

    /// Names of all schemas.
    pub(crate) fn schema_names(&self) -> Vec<&str> {
        entries(&self.value["components"]["schemas"]).into_iter().map(|(name, _)| name).collect()
    }

    /// Path, method and description of each operation.
    pub(crate) fn operations(&self) -> Vec<(&str, &str, &Value)> {
        let mut operations = Vec::new();
        for (path, methods) in entries(&self.value["paths"]) {
            operations.extend(entries(methods).into_iter().map(|(method, value)| (path, method, value)));
        }
        operations
    }
}

/// The name that a `$ref` has.
pub(crate) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// Names and values of an object, sorted, whatever order the map has.
pub(crate) fn entries(value: &Value) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> =
        value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    entries.sort_by_key(|(name, _)| *name);
    entries
}
