//! In which order crates are published: each after those that it needs, for its tests too.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use cargo_metadata::{Metadata, Package};

/// Whether a package goes to the registry.
pub(super) fn is_published(package: &Package) -> bool {
    package.publish.as_deref() != Some(&[])
}

/// The names of all crates that are published, in the order in which that is possible.
///
/// # Errors
///
/// When they need each other in a circle, which no order helps.
pub(crate) fn of(metadata: &Metadata) -> Result<Vec<String>> {
    let published: Vec<&Package> =
        metadata.workspace_packages().into_iter().filter(|package| is_published(package)).collect();
    let is_ours = |name: &str| published.iter().any(|package| package.name.as_str() == name);
    let needs = published.iter().map(|package| {
        let names = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        (package.name.as_str(), names.filter(|name| is_ours(name)).collect())
    });
    sort(needs.collect())
}

fn sort(mut needs: BTreeMap<&str, Vec<&str>>) -> Result<Vec<String>> {
    let mut order: Vec<String> = Vec::new();
    while !needs.is_empty() {
        let is_out = |name: &&str| order.iter().any(|out| out == name);
        let ready = needs.iter().find(|(_, below)| below.iter().all(is_out)).map(|(name, _)| *name);
        let Some(name) = ready else {
            let names: Vec<&str> = needs.keys().copied().collect();
            bail!("{} need each other, so that none can be published first", names.join(", "));
        };
        needs.remove(name);
        order.push(name.to_owned());
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        let needs = BTreeMap::from([
            ("host", vec!["store", "wire", "testkit"]),
            ("store", vec!["wire", "testkit", "wire"]),
            ("testkit", vec![]),
            ("wire", vec!["testkit"]),
        ]);
        assert_eq!(sort(needs).unwrap(), ["testkit", "wire", "store", "host"]);
    }

    #[test]
    fn a_circle_is_an_error_with_its_names() {
        let needs = BTreeMap::from([("testkit", vec!["wire"]), ("wire", vec!["testkit"]), ("a", vec![])]);
        let error = sort(needs).unwrap_err().to_string();
        assert!(error.starts_with("testkit, wire need each other"), "{error}");
    }
}
