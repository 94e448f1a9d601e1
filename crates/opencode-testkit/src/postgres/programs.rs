//! The programs of a PostgreSQL installation: where they may be, and which ones are taken.

#![expect(clippy::disallowed_methods, reason = "this is where the person says which PostgreSQL is meant")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::PostgresError;
use crate::machine::path;

/// What a directory must hold to be taken.
const NEEDED: [&str; 4] = ["initdb", "postgres", "createdb", "dropdb"];

/// Where installations of several versions stand side by side: the directory, and how their own
/// directories begin.
///
/// Debian keeps them off the `PATH`; so do Red Hat's packages, and Homebrew for all but one.
const SIDE_BY_SIDE: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// A directory with all programs that are needed here.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    directory: PathBuf,
}

impl Programs {
    /// Finds the programs; nothing is run but `pg_config`, and that only as the last way.
    pub(super) fn locate() -> Result<Self, PostgresError> {
        if let Some(named) = std::env::var_os("OPENCODE_TEST_PG_BIN").filter(|value| !value.is_empty()) {
            let path = PathBuf::from(named);
            let programs = NEEDED.join(", ");
            return Self::in_directory(path.clone())
                .ok_or(PostgresError::NotAnInstallation { path, programs });
        }
        on_path()
            .into_iter()
            .chain(SIDE_BY_SIDE.iter().flat_map(|(parent, prefix)| newest_first(Path::new(parent), prefix)))
            .chain(std::iter::once_with(told_by_pg_config).flatten())
            .find_map(Self::in_directory)
            .ok_or(PostgresError::NotFound)
    }

    /// The file of one of the programs.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    fn in_directory(directory: PathBuf) -> Option<Self> {
        let programs = Self { directory };
        NEEDED.iter().all(|name| path::is_program(&programs.path(name))).then_some(programs)
    }
}

/// The directory behind a link comes first: often only some of the programs are linked.
fn on_path() -> Vec<PathBuf> {
    let Some(found) = path::find(&format!("initdb{}", std::env::consts::EXE_SUFFIX)) else {
        return Vec::new();
    };
    let behind = std::fs::canonicalize(&found).ok();
    behind.iter().chain([&found]).filter_map(|program| program.parent()).map(Path::to_path_buf).collect()
}

fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut found: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = version(name.to_str()?.strip_prefix(prefix)?)?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    found.sort_by(|left, right| right.0.cmp(&left.0));
    found.into_iter().map(|(_version, directory)| directory).collect()
}

fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

fn told_by_pg_config() -> Option<PathBuf> {
    let finished = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok()?;
    let printed = String::from_utf8(finished.stdout).ok()?;
    (!printed.trim().is_empty()).then(|| PathBuf::from(printed.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first_and_other_directories_are_passed_over() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["pg9.6", "pg15", "pg9.10", "pgadmin", "16"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let found = newest_first(parent.path(), "pg");
        let expected = ["pg15", "pg9.10", "pg9.6"].map(|name| parent.path().join(name).join("bin"));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_directory_that_lacks_a_program_is_not_taken() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Programs::in_directory(directory.path().to_path_buf()).is_none());
    }
}
