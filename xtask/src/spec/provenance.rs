//! Where the description comes from, and that nobody has edited it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Where it is said, from the workspace root.
const PATH: &str = "crates/opencode-wire/openapi/provenance.toml";

/// Where the description comes from.
#[derive(Debug)]
pub(super) struct Provenance {
    /// The server's version.
    pub(super) version: String,
    fnv1a: String,
}

impl Provenance {
    pub(super) fn load(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(PATH)).with_context(|| format!("cannot read {PATH}"))?;
        let document: toml_edit::DocumentMut = text.parse().with_context(|| format!("{PATH} is no TOML"))?;
        let field = |table: &str, name: &str| {
            let value =
                document.get(table).and_then(|table| table.get(name)).and_then(|value| value.as_str());
            value.map(str::to_owned).with_context(|| format!("{PATH} does not say `{table}.{name}`"))
        };
        Ok(Self { version: field("server", "version")?, fnv1a: field("file", "fnv1a_64")? })
    }

    /// Compares the digest with that of the description.
    pub(super) fn check(&self, text: &str) -> Result<()> {
        if self.fnv1a != digest(text) {
            bail!(
                "{} is not what {PATH} says it is: take it over anew with `cargo xtask spec update`",
                super::document::PATH
            );
        }
        Ok(())
    }
}

/// Writes down where a description comes from.
pub(super) fn write(root: &Path, version: &str, how: &str, text: &str) -> Result<()> {
    let digest = digest(text);
    let toml = format!(
        "# Where `openapi.json` comes from. It is evidence: replace it by `cargo xtask spec update`, never edit it.\n\n\
         [server]\n\
         program = \"opencode serve\"\n\
         version = \"{version}\"\n\n\
         [file]\n\
         from = \"{how}\"\n\
         changes = \"without descriptions, titles, examples and extensions; with the version of the server; sorted; a line for \
         each schema\"\n\
         # FNV-1a of 64 bits: against mistakes, not against malice.\n\
         fnv1a_64 = \"{digest}\"\n"
    );
    fs::write(root.join(PATH), toml).with_context(|| format!("cannot write {PATH}"))
}

fn digest(text: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_description_is_refused() {
        let provenance = Provenance { version: "1".to_owned(), fnv1a: digest("{}") };
        assert!(provenance.check("{}").is_ok());
        assert!(provenance.check("{} ").is_err());
    }
}
