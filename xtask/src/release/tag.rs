//! Tags of releases, `vX.Y.Z`.

/// The tag of a version.
pub(super) fn of(version: &str) -> String {
    format!("v{version}")
}

/// What is wrong with a tag for this version.
pub(super) fn wrong(tag: &str, version: &str) -> Vec<String> {
    let expected = of(version);
    if tag == expected {
        return Vec::new();
    }
    vec![format!("the tag is `{tag}` and the version {version}: tag `{expected}`, or change the version")]
}

/// The newest release before this commit; `tags` come newest version first.
pub(super) fn last_before<'a>(tags: &'a [String], at_head: &[String]) -> Option<&'a str> {
    tags.iter().find(|tag| is_release(tag) && !at_head.contains(tag)).map(String::as_str)
}

/// Whether it is `v` and three numbers, with or without a pre-release.
fn is_release(tag: &str) -> bool {
    let Some(version) = tag.strip_prefix('v') else { return false };
    let numbers = version.split_once(['-', '+']).map_or(version, |(numbers, _)| numbers);
    let parts: Vec<&str> = numbers.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_the_version_with_a_v() {
        assert_eq!(wrong("v0.2.0", "0.2.0"), Vec::<String>::new());
        for tag in ["0.2.0", "v0.2", "v0.2.1", "V0.2.0", "refs/tags/v0.2.0"] {
            assert_eq!(wrong(tag, "0.2.0").len(), 1, "{tag}");
        }
    }

    #[test]
    fn the_release_that_is_being_made_is_not_compared_with_itself() {
        let tags = ["vnext", "v0.3.0", "v0.2.0-rc.1", "v0.1.0"].map(str::to_owned);
        assert_eq!(last_before(&tags, &["v0.3.0".to_owned()]), Some("v0.2.0-rc.1"));
        assert_eq!(last_before(&tags, &[]), Some("v0.3.0"));
        assert_eq!(last_before(&tags[..1], &[]), None);
    }
}
