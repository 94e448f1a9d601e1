//! The description of the API: read, and taken over from a server without its prose.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::provenance::{self, Provenance};

/// Where the description lies, from the workspace root.
pub(super) const PATH: &str = "crates/opencode-wire/openapi/openapi.json";

/// Keywords that say nothing to a program.
const PROSE: &[&str] = &["description", "summary", "title", "example", "examples", "deprecationMessage"];

/// The description.
pub(super) struct Document {
    value: Value,
    pub(super) provenance: Provenance,
}

impl Document {
    /// Reads what is committed.
    pub(super) fn load(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(PATH)).with_context(|| format!("cannot read {PATH}"))?;
        let text = text.replace("\r\n", "\n");
        let provenance = Provenance::load(root)?;
        provenance.check(&text)?;
        let value = serde_json::from_str(&text).with_context(|| format!("{PATH} is no JSON"))?;
        Ok(Self { value, provenance })
    }

    /// A description that exists only in a test.
    #[cfg(test)]
    pub(super) fn of(value: Value) -> Self {
        Self { value, provenance: Provenance::unknown() }
    }

    /// A schema by its name.
    pub(super) fn schema(&self, name: &str) -> Result<&Value> {
        let schema = self.value["components"]["schemas"].get(name);
        schema.with_context(|| format!("there is no schema {name}"))
    }

    /// The schema that a reference points to, with its name.
    pub(super) fn follow<'a>(&'a self, schema: &'a Value) -> Result<(Option<&'a str>, &'a Value)> {
        match reference(schema) {
            Some(name) => Ok((Some(name), self.schema(name)?)),
            None => Ok((None, schema)),
        }
    }

    /// Names of all schemas.
    pub(super) fn schema_names(&self) -> Vec<&str> {
        entries(&self.value["components"]["schemas"]).into_iter().map(|(name, _)| name).collect()
    }

    /// Path, method and description of each operation.
    pub(super) fn operations(&self) -> Vec<(&str, &str, &Value)> {
        let mut operations = Vec::new();
        for (path, methods) in entries(&self.value["paths"]) {
            operations.extend(entries(methods).into_iter().map(|(method, value)| (path, method, value)));
        }
        operations
    }
}

/// The name that a `$ref` has.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// Names and values of an object, sorted, whatever order the map has.
pub(super) fn entries(value: &Value) -> Vec<(&str, &Value)> {
    let mut entries: Vec<_> =
        value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect();
    entries.sort_by_key(|(name, _)| *name);
    entries
}

/// Copies a description into the tree: without prose, sorted, a line for each operation and schema.
pub(super) fn take_over(root: &Path, file: &Path) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut value: Value = serde_json::from_str(&text).context("the description is no JSON")?;
    let Some(version) = value["info"]["version"].as_str().map(str::to_owned) else {
        bail!("the description does not say of which version it is");
    };
    strip(&mut value);
    let mut stripped = String::new();
    write(&mut stripped, &value, 0);
    stripped.push('\n');
    if let Some(folder) = root.join(PATH).parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(root.join(PATH), &stripped).with_context(|| format!("cannot write {PATH}"))?;
    provenance::write(root, &version, &stripped)
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| {
                !PROSE.contains(&name.as_str()) && (!name.starts_with("x-") || name == "x-websocket")
            });
            for (name, child) in map.iter_mut() {
                // Below these two the names are the server's and not keywords.
                if let ("properties" | "patternProperties" | "schemas", Some(named)) =
                    (name.as_str(), child.as_object_mut())
                {
                    named.values_mut().for_each(strip);
                } else {
                    strip(child);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Three levels get lines of their own, so that a diff shows which operation or schema changed.
fn write(target: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let lines = depth < 3;
            target.push('{');
            for (index, (name, child)) in entries(value).into_iter().enumerate() {
                if index > 0 {
                    target.push(',');
                }
                if lines {
                    target.push('\n');
                    target.push_str(&" ".repeat(depth + 1));
                }
                target.push_str(&Value::from(name).to_string());
                target.push_str(": ");
                write(target, child, depth + 1);
            }
            if lines {
                target.push('\n');
                target.push_str(&" ".repeat(depth));
            }
            target.push('}');
        }
        Value::Array(list) => {
            target.push('[');
            for (index, child) in list.iter().enumerate() {
                if index > 0 {
                    target.push_str(", ");
                }
                write(target, child, 3);
            }
            target.push(']');
        }
        other => target.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prose_goes_and_properties_that_are_called_like_it_stay() {
        let mut value =
            json!({"title": "a", "properties": {"title": {"type": "string", "description": "b"}}});
        strip(&mut value);
        assert_eq!(value, json!({"properties": {"title": {"type": "string"}}}));
    }

    #[test]
    fn what_is_written_reads_as_what_it_was() {
        let value = json!({"b": [1, {"c": "d\"e"}], "a": {"x": {"y": {"z": {}}}}});
        let mut text = String::new();
        write(&mut text, &value, 0);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n \"a\""), "{text}");
    }
}
