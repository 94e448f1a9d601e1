//! Databases: on a server of one's own, or on the one that a whole run shares.

#![expect(clippy::disallowed_methods, reason = "this is where a run says which server its tests share")]

use std::process::{Command, Stdio};
use std::sync::Arc;

use super::Postgres;
use super::cluster::{plain, run};
use super::error::PostgresError;
use super::programs::Programs;

/// The environment variable that names a running server, by the superuser's address of a database
/// that exists there.
pub const URL_VARIABLE: &str = "OPENCODE_TEST_PG_URL";

/// An empty database that nobody else uses, gone when this is dropped.
///
/// It is on the server that `OPENCODE_TEST_PG_URL` names, else on one that is started for it.
pub struct Database {
    url: String,
    home: Home,
}

enum Home {
    /// It goes with its server, and that with the last of its databases.
    Own { server: Arc<Postgres> },
    /// It has to be dropped from a server that stays.
    Shared { programs: Programs, server_url: String, name: String },
}

impl Database {
    /// Makes one under a name that nobody guesses.
    ///
    /// # Errors
    ///
    /// Every [`PostgresError`].
    /// The programs are needed for a shared server too, to make the database with.
    ///
    /// # Cancel safety
    ///
    /// After a dropped future there may be an empty database more on a shared server.
    pub async fn fresh() -> Result<Self, PostgresError> {
        let name = format!("test_{:016x}", fastrand::u64(..));
        let Some(server_url) = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty()) else {
            let server = Postgres::builder().start().await?;
            let url = server.create_database(&name).await?;
            return Ok(Self { url, home: Home::Own { server: Arc::new(server) } });
        };
        let programs = Programs::locate()?;
        let url = create(plain(&programs, "createdb"), &server_url, &name).await?;
        Ok(Self { url, home: Home::Shared { programs, server_url, name } })
    }

    /// Makes another one on the same server, for a test that needs many.
    ///
    /// # Errors
    ///
    /// As [`fresh`](Self::fresh).
    ///
    /// # Cancel safety
    ///
    /// After a dropped future there may be an empty database more on the server.
    pub async fn another(&self) -> Result<Self, PostgresError> {
        let name = format!("test_{:016x}", fastrand::u64(..));
        match &self.home {
            Home::Own { server } => {
                let url = server.create_database(&name).await?;
                Ok(Self { url, home: Home::Own { server: Arc::clone(server) } })
            }
            Home::Shared { programs, server_url, .. } => {
                let url = create(plain(programs, "createdb"), server_url, &name).await?;
                let (programs, server_url) = (programs.clone(), server_url.clone());
                Ok(Self { url, home: Home::Shared { programs, server_url, name } })
            }
        }
    }

    /// Its address, for the superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The address of a shared server may hold a password.
        let name = self.url.split('?').next().and_then(|url| url.rsplit('/').next());
        f.debug_struct("Database").field("name", &name).finish_non_exhaustive()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Home::Shared { programs, server_url, name } = &self.home {
            let _gone_already = plain(programs, "dropdb")
                // A pool of the test may still hold connections.
                .args(["--force", "--if-exists", "--no-password"])
                .arg(format!("--maintenance-db={server_url}"))
                .arg(name)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

/// Makes a database with `createdb` on the server at `server_url`, and returns its address.
pub(super) async fn create(
    mut createdb: Command,
    server_url: &str,
    name: &str,
) -> Result<String, PostgresError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || !name.bytes().all(is_plain) {
        return Err(PostgresError::BadName { name: name.to_owned() });
    }
    createdb.arg("--no-password").arg(format!("--maintenance-db={server_url}")).arg(name);
    let (success, output) = run(createdb).await?;
    if success {
        Ok(beside(server_url, name))
    } else {
        Err(PostgresError::Database { name: name.to_owned(), output })
    }
}

/// The address of another database on the same server.
fn beside(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, ""), |(address, rest)| (address, rest));
    let from = address.find("://").map_or(0, |at| at + 3);
    let server = address[from..].find('/').map_or(address, |at| &address[..from + at]);
    let separator = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{name}{separator}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn another_database_has_the_same_server_and_parameters() {
        for (url, expected) in [
            ("postgres://opencode@127.0.0.1:5432/postgres", "postgres://opencode@127.0.0.1:5432/other"),
            ("postgres://localhost", "postgres://localhost/other"),
            ("postgresql://a:b@host/c?sslmode=require", "postgresql://a:b@host/other?sslmode=require"),
        ] {
            assert_eq!(beside(url, "other"), expected);
        }
    }
}
