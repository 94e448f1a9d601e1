//! Guards over what gets compiled: `cargo tree` must not name certain crates.

use anyhow::Result;

use super::files::SourceFile;
use super::{Violation, duplicates};
use crate::process;
use crate::workspace;

/// The sans-IO half brings no runtime, no HTTP and no TLS.
const NEVER_WITHOUT_FEATURES: &[&str] = &["tokio", "hyper", "rustls", "ring", "http"];

/// A second HTTP stack, and TLS stacks in C.
const NEVER: &[&str] = &["reqwest", "openssl-sys", "native-tls", "aws-lc-sys"];

/// 28 crates for the parsing of addresses. The object store of `opencode-store` needs them, and nothing below it does.
const NEVER_IN_THE_CLIENT: &[&str] = &["url"];

/// The store knows no HTTP, unless its files are in a bucket; and PostgreSQL needs no C library.
const NEVER_IN_THE_STORE: &[&str] = &["hyper", "reqwest", "pq-sys", "openssl-sys", "native-tls"];

/// `opencode-wire` without features but the one that does no IO, on every platform.
///
/// # Errors
///
/// When `cargo tree` fails.
pub(crate) fn sans_io_half() -> Result<Vec<Violation>> {
    let tree = tree_of(&["-p", "opencode-wire", "--no-default-features", "--features", "operations"])?;
    Ok(forbidden("crates/opencode-wire/Cargo.toml", &tree, NEVER_WITHOUT_FEATURES))
}

/// `opencode-wire` with everything, on every platform.
///
/// # Errors
///
/// When `cargo tree` fails.
pub(crate) fn client() -> Result<Vec<Violation>> {
    let tree = tree_of(&["-p", "opencode-wire", "--all-features"])?;
    Ok(forbidden("crates/opencode-wire/Cargo.toml", &tree, NEVER_IN_THE_CLIENT))
}

/// `opencode-store` with both databases and a folder, on every platform.
///
/// # Errors
///
/// When `cargo tree` fails.
pub(crate) fn store() -> Result<Vec<Violation>> {
    let tree =
        tree_of(&["-p", "opencode-store", "--no-default-features", "--features", "sqlite,postgres,fs,ring"])?;
    Ok(forbidden("crates/opencode-store/Cargo.toml", &tree, NEVER_IN_THE_STORE))
}

/// `opencode-host` with everything, on every platform; what it has in two versions is listed.
///
/// # Errors
///
/// When `cargo tree` fails.
pub(crate) fn facade(files: &[SourceFile]) -> Result<Vec<Violation>> {
    let tree = tree_of(&["-p", "opencode-host", "--all-features"])?;
    let mut violations = forbidden("crates/opencode-host/Cargo.toml", &tree, NEVER);
    violations.extend(duplicates::listed(files, &tree));
    Ok(violations)
}

fn tree_of(selection: &[&str]) -> Result<String> {
    let mut command = workspace::cargo();
    command
        .arg("tree")
        .args(selection)
        .args(["--edges", "normal", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}"]);
    process::read_stdout(&mut command)
}

/// Finds banned crates in a tree printed with one `name vX.Y.Z` per line.
fn forbidden(manifest: &str, tree: &str, banned: &[&str]) -> Vec<Violation> {
    banned
        .iter()
        .filter(|banned| tree.lines().any(|line| line.split(' ').next() == Some(banned)))
        .map(|banned| {
            let message = format!("the dependency tree contains `{banned}` (see `cargo tree -i {banned}`)");
            Violation::of(manifest, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "opencode-wire v0.1.0 (somewhere)\nserde v1.0.229\nring v0.17.14\nurl-lite v1.0.0\n";

    #[test]
    fn a_banned_crate_is_found_by_its_whole_name() {
        let violations = forbidden("Cargo.toml", TREE, &["ring", "url", "tokio"]);
        assert_eq!(violations.len(), 1);
        assert!(violations[0].message.contains("`ring`"));
    }
}
