//! The steps from an empty database to the present tables.
//!
//! Our own few lines and not a migration library: libraries keep their list of steps in a table whose name is theirs,
//! and a host that has tables in the same database most likely uses it already.

/// One step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Rises by one from step to step.
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    /// With `{row_id}` and `{clustered}`, where the databases differ.
    text: &'static str,
}

/// How a database writes what the other writes otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording {
    /// A column that numbers the rows.
    pub(crate) row_id: &'static str,
    /// Keeps a table in the order of its primary key.
    pub(crate) clustered: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            text: include_str!(concat!("../../migrations/", $name, ".sql")),
        }),+]
    };
}

/// All steps, in order. A step that was released is never changed again.
pub(crate) const MIGRATIONS: &[Migration] = migrations![
    1 "0001_sessions",
    2 "0002_turns",
    3 "0003_replies",
    4 "0004_events",
    5 "0005_blockers",
    6 "0006_artifacts",
    7 "0007_servers",
];

/// The version that this code works with.
pub(crate) const CURRENT: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

impl Migration {
    /// The statements for a database.
    pub(crate) fn statements(&self, wording: Wording) -> String {
        self.text.replace("{row_id}", wording.row_id).replace("{clustered}", wording.clustered)
    }

    /// What the step is known by, so that a changed one is noticed.
    pub(crate) fn digest(&self) -> String {
        blake3::hash(self.text.as_bytes()).to_hex()[..16].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_rise_by_one_and_name_their_files() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.version, i64::try_from(index).unwrap() + 1);
            assert!(migration.name.starts_with(&format!("{:04}_", migration.version)));
        }
        assert_eq!(CURRENT, i64::try_from(MIGRATIONS.len()).unwrap());
    }
}
