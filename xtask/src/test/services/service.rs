//! What a test may need, and by which name it says so.
//!
//! The rule is a name, so that nobody has to keep a list:
//! an integration test binary called after the service, and inside any other one a test with the service's name in
//! its path.

/// Something that runs beside a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// A real OpenCode server.
    Real,
    /// A PostgreSQL server.
    Postgres,
    /// An S3 endpoint.
    S3,
}

impl Service {
    /// All of them; a test that needs several belongs to the first.
    pub(crate) const ALL: [Self; 3] = [Self::Real, Self::Postgres, Self::S3];

    /// The name in binaries, in paths and in `--skip-…`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Postgres => "postgres",
            Self::S3 => "s3",
        }
    }

    /// The name in the table.
    pub(crate) const fn tier(self) -> &'static str {
        match self {
            Self::Real => "real server",
            Self::Postgres => "postgres",
            Self::S3 => "s3",
        }
    }

    /// What in a test's path says that the test needs this; libtest's `--skip` understands the same.
    pub(crate) const fn patterns(self) -> &'static [&'static str] {
        match self {
            Self::Real => &["real::", "real_"],
            // Not `postgres_`: the name of a table or of a setting is no claim.
            Self::Postgres => &["postgres::"],
            Self::S3 => &["s3::"],
        }
    }

    /// Whether every test in a binary of this name needs this.
    pub(crate) fn owns_binary(self, name: &str) -> bool {
        name.strip_prefix(self.name()).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    }

    /// Whether the test at this path says that it needs this.
    pub(crate) fn is_needed_by(self, test_path: &str) -> bool {
        self.patterns().iter().any(|pattern| test_path.contains(pattern))
    }

    /// Arguments for libtest that leave out what any service's [`is_needed_by`](Self::is_needed_by) accepts.
    ///
    /// They are its exact opposite, so that every test runs in one tier and none in two.
    pub(crate) fn skip_all() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().flat_map(|service| service.patterns()).flat_map(|pattern| ["--skip", pattern])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_belongs_to_the_service_that_it_is_called_after() {
        for (name, owner) in [
            ("real", Some(Service::Real)),
            ("real_faults", Some(Service::Real)),
            ("postgres", Some(Service::Postgres)),
            ("s3_races", Some(Service::S3)),
            ("really", None),
            ("services", None),
        ] {
            assert_eq!(Service::ALL.into_iter().find(|service| service.owns_binary(name)), owner, "{name}");
        }
    }

    #[test]
    fn what_one_tier_leaves_out_another_takes() {
        for (path, needed) in [
            ("real::turn", vec![Service::Real]),
            ("turn::real_server_answers", vec![Service::Real]),
            ("store::postgres::keeps", vec![Service::Postgres]),
            ("s3::keeps", vec![Service::S3]),
            ("real::postgres::keeps", vec![Service::Real, Service::Postgres]),
            ("turn::ends", vec![]),
            ("store::postgres_dialect", vec![]),
        ] {
            let left_out = Service::skip_all()
                .filter(|argument| *argument != "--skip")
                .any(|pattern| path.contains(pattern));
            let needs: Vec<Service> =
                Service::ALL.into_iter().filter(|service| service.is_needed_by(path)).collect();
            assert_eq!(needs, needed, "{path}");
            assert_eq!(left_out, !needs.is_empty(), "{path}");
        }
    }
}
