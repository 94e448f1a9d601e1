//! Which versions are tried.

use anyhow::Result;
use cargo_metadata::semver::Version;

use super::parse;
use crate::npm;

/// One of each generation: what changed with them is told in `docs/COMPATIBILITY.md`.
const GENERATIONS: [&str; 7] = ["1.1.53", "1.2.27", "1.14.41", "1.15.13", "1.17.0", "1.18.4", "1.18.33"];

/// What stands for the newest version that is released.
const NEWEST: &str = "newest";

/// The versions that were asked for, in ascending order: all, if none was.
pub(super) fn wanted(asked: &[String]) -> Result<Vec<Version>> {
    let all: Vec<String> = GENERATIONS.iter().chain([&NEWEST]).map(|&version| version.to_owned()).collect();
    let asked = if asked.is_empty() { &all } else { asked };
    let mut versions = Vec::new();
    for version in asked {
        versions.push(if version == NEWEST { parse(&npm::newest_server()?)? } else { parse(version)? });
    }
    versions.sort();
    versions.dedup();
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_tried_once_and_in_order() {
        let asked = ["1.18.4", "1.2.27", "1.18.4"].map(str::to_owned);
        let shown: Vec<_> = wanted(&asked).unwrap().iter().map(Version::to_string).collect();
        assert_eq!(shown, ["1.2.27", "1.18.4"]);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        let error = wanted(&["latest".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("newest"), "{error}");
    }
}
