//! Patterns of what is ignored.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::sandbox::SandboxError;

/// Patterns of what is ignored.
#[derive(Debug, Clone, Default)]
pub(super) struct Ignored {
    names: GlobSet,
    paths: GlobSet,
}

impl Ignored {
    pub(super) fn new<S: AsRef<str>>(patterns: impl IntoIterator<Item = S>) -> Result<Self, SandboxError> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let wrong = |source: globset::Error| wrong(pattern, source);
            let plain = pattern.trim_end_matches('/');
            let set = if plain.contains('/') { &mut paths } else { &mut names };
            let glob = GlobBuilder::new(plain.trim_start_matches('/')).literal_separator(true).build();
            set.add(glob.map_err(wrong)?);
        }
        let build =
            |set: GlobSetBuilder| set.build().map_err(|source| wrong("the patterns together", source));
        Ok(Self { names: build(names)?, paths: build(paths)? })
    }

    /// Whether one takes what is called so, with this path below the root.
    pub(super) fn takes(&self, name: &str, path: &str) -> bool {
        self.names.is_match(name) || self.paths.is_match(path)
    }
}

fn wrong(pattern: &str, source: globset::Error) -> SandboxError {
    SandboxError::Pattern { pattern: pattern.to_owned(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(pattern: &str, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap();
        Ignored::new([pattern]).unwrap().takes(name, path)
    }

    #[test]
    fn a_pattern_without_a_folder_is_about_names() {
        assert!(takes("*.log", "a.log") && takes("*.log", "deep/down/a.log"));
        assert!(takes("node_modules/", "web/node_modules"));
        assert!(!takes("*.log", "a.log.txt") && !takes("*.log", "a.LOG"));
        assert!(takes("[!a]*.{tmp,bak}", "b.bak"));
    }

    #[test]
    fn a_pattern_with_a_folder_is_about_paths() {
        assert!(takes("build/*.o", "build/a.o") && !takes("build/*.o", "build/x/a.o"));
        assert!(takes("build/**", "build/x/a.o") && !takes("build/**", "x/build/a.o"));
        assert!(takes("/top.txt", "top.txt"), "it is anchored by being read as a path");
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_named() {
        let error = Ignored::new(["*.log", "a[b"]).unwrap_err();
        assert_eq!(error.to_string(), "`a[b` is no pattern of files");
    }
}
