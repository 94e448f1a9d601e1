//! Taking over a description.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::document::{self, Document};
use super::source::Source;
use super::{diff, provenance};

/// Gets a description, puts it where the committed one is, and says what changed.
///
/// # Errors
///
/// When it cannot be had, does not describe enough, or cannot be written.
pub(super) async fn run(root: &Path, source: &Source) -> Result<String> {
    let old = Document::load(root)?;
    let (new, how) = source.get(root).await?;
    check(&old, &new)?;
    let text = new.text();
    fs::write(root.join(document::PATH), &text)
        .with_context(|| format!("cannot write {}", document::PATH))?;
    provenance::write(root, new.version(), &how, &text)?;
    eprintln!("{} is that of {} ({how}); next: cargo xtask codegen", document::PATH, new.version());
    Ok(diff::markdown(&old, &new))
}

/// Some versions describe a few of their operations only; half of what is known must be there.
fn check(old: &Document, new: &Document) -> Result<()> {
    let (known, told) = (old.operations().len(), new.operations().len());
    ensure!(
        told * 2 >= known,
        "the description of {} has {told} operations, less than half of the {known} of {}: it is not taken over",
        new.version(),
        old.version()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    fn with_operations(count: usize) -> Document {
        let paths: Map<String, Value> =
            (0..count).map(|one| (format!("/{one}"), json!({"get": {}}))).collect();
        Document::of(json!({"paths": paths}))
    }

    #[test]
    fn a_description_of_less_than_half_is_refused() {
        let known = with_operations(7);
        assert!(check(&known, &with_operations(4)).is_ok());
        assert!(check(&known, &with_operations(20)).is_ok());
        let error = check(&known, &with_operations(3)).unwrap_err().to_string();
        assert!(error.contains("3 operations, less than half of the 7"), "{error}");
    }
}
