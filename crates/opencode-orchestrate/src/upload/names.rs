//! The names of a set of files, of which no two are alike.

use opencode_store::artifact::ArtifactName;

use super::UploadError;
use crate::file_name::{NameSet, safe_name};

/// The names that a set of files has by now.
#[derive(Debug, Default)]
pub(super) struct Names(NameSet);

impl Names {
    /// The first name that is free: the safe one for a file that was called so, or that with a number.
    pub(super) fn free(&mut self, original: &str) -> Result<ArtifactName, UploadError> {
        parse(&self.0.take_free(&safe_name(original)))
    }

    /// Takes the name that the host wants.
    pub(super) fn take(&mut self, name: &ArtifactName) -> Result<(), UploadError> {
        if self.0.take(name.as_str()) {
            Ok(())
        } else {
            Err(UploadError::NameTaken { name: name.to_string() })
        }
    }
}

/// Checks a name that the host wants.
pub(super) fn check(name: &str) -> Result<ArtifactName, UploadError> {
    if safe_name(name) == name { parse(name) } else { Err(UploadError::BadName { name: name.to_owned() }) }
}

fn parse(name: &str) -> Result<ArtifactName, UploadError> {
    name.parse().map_err(|_| UploadError::BadName { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(originals: &[&str]) -> Vec<String> {
        let mut names = Names::default();
        originals.iter().map(|original| names.free(original).unwrap().to_string()).collect()
    }

    #[test]
    fn w57_names_that_are_alike_are_numbered() {
        assert_eq!(names(&["a.md", "b/A.md", "a-2.md", "a.md"]), ["a.md", "A-2.md", "a-2-2.md", "a-3.md"]);
        assert_eq!(names(&["", ".", "?", "*"]), ["upload", "upload-2", "_", "_-2"]);
        assert_eq!(names(&["o\u{308}", "\u{d6}"]), ["\u{f6}", "\u{d6}-2"]);
    }

    #[test]
    fn the_host_has_its_names_as_they_are_or_not_at_all() {
        assert_eq!(check("a b.md").unwrap().as_str(), "a b.md");
        for name in ["", "..", "../sibling/target", "a/b", r"a\b", ".env", "a\n", "con", "a ", "o\u{308}"] {
            let error = check(name).unwrap_err();
            assert!(matches!(&error, UploadError::BadName { name: bad } if bad == name), "{error}");
        }
        let mut names = Names::default();
        names.take(&check("a.md").unwrap()).unwrap();
        let error = names.take(&check("A.md").unwrap()).unwrap_err();
        assert_eq!(error.to_string(), r#"two uploads are to be called "A.md""#);
    }

    proptest! {
        #[test]
        fn no_two_of_a_set_are_alike(originals in prop::collection::vec("[aAbö\u{308}.:/-]{0,4}(-2)?", 0..20)) {
            let originals: Vec<_> = originals.iter().map(String::as_str).collect();
            let names = names(&originals);
            let folded: std::collections::HashSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
            prop_assert_eq!(folded.len(), names.len());
            for name in names {
                prop_assert_eq!(check(&name).unwrap().to_string(), name);
            }
        }
    }
}
