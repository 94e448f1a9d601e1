//! A real S3 endpoint, for tests of what keeps files in an object store.
//!
//! ```no_run
//! # async fn example() {
//! use opencode_testkit::s3::S3;
//!
//! // `None`, after a line that says why, on a machine that has none and can fetch none.
//! let Some(s3) = S3::start_or_skip().await else {
//!     return;
//! };
//! let bucket = s3.fresh_bucket().await.expect("a bucket");
//! println!("{}/{bucket}", s3.url());
//! # }
//! ```
//!
//! # Which endpoint
//!
//! The one that `OPENCODE_TEST_S3_URL` names, else a [moto](https://docs.getmoto.org) server on a
//! port of its own, which [`install`] puts into the user's cache directory once.
//! Moto keeps everything in memory, takes any access key, and keeps its word about conditional
//! writes where lighter servers only seem to.

mod environment;
mod error;
mod install;
mod launch;
mod naming;
mod request;
mod skip;

use crate::machine::guard::Guard;
use crate::machine::process::ServerProcess;

pub use self::environment::{MOTO_VERSION, URL_VARIABLE};
pub use self::error::S3Error;
pub use self::install::install;

/// An S3 endpoint, in the region `us-east-1`, for any access key.
///
/// Dropping it ends the server and forgets everything in it, unless it is the one that
/// `OPENCODE_TEST_S3_URL` names: that one is others' too, and keeps its buckets.
#[derive(Debug)]
pub struct S3 {
    url: String,
    _server: Option<Server>,
}

/// A server of our own. The process is declared first, so that the guard outlives it.
struct Server {
    process: ServerProcess,
    _guard: Guard,
}

impl S3 {
    /// Takes the endpoint that the environment names, or else starts one as
    /// [`start_own`](Self::start_own).
    ///
    /// # Errors
    ///
    /// As [`start_own`](Self::start_own).
    ///
    /// # Cancel safety
    ///
    /// As [`start_own`](Self::start_own).
    pub async fn start() -> Result<Self, S3Error> {
        match environment::shared_url() {
            Some(url) => Ok(Self { url, _server: None }),
            None => Self::start_own().await,
        }
    }

    /// Starts a server that nobody else uses, within a second or two; the first time on a machine
    /// it is fetched, which takes seconds to minutes and 140 MB.
    ///
    /// # Errors
    ///
    /// What [`install`] says, and every [`S3Error`] about a start.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends what was started.
    pub async fn start_own() -> Result<Self, S3Error> {
        let python = install().await?;
        let (port, process) = launch::somewhere(&python).await?;
        let guard = Guard::over(process.pid(), crate::machine::group::Ending::Kill, None);
        let server = Server { process, _guard: guard };
        Ok(Self { url: format!("http://127.0.0.1:{port}"), _server: Some(server) })
    }

    /// The base address, without a slash at its end; a bucket is the first part of the path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes a bucket; one that is there already is taken.
    ///
    /// # Errors
    ///
    /// [`S3Error::BadName`] for a name that no bucket may have, and [`S3Error::Bucket`] where the
    /// endpoint refuses.
    ///
    /// # Cancel safety
    ///
    /// After a dropped future the bucket may be there or not.
    pub async fn create_bucket(&self, name: &str) -> Result<(), S3Error> {
        naming::check(name)?;
        request::put_bucket(&self.url, name).await
    }

    /// Makes a bucket that nobody else uses, and returns its name.
    ///
    /// # Errors
    ///
    /// As [`create_bucket`](Self::create_bucket).
    ///
    /// # Cancel safety
    ///
    /// As [`create_bucket`](Self::create_bucket).
    pub async fn fresh_bucket(&self) -> Result<String, S3Error> {
        let name = naming::fresh();
        self.create_bucket(&name).await?;
        Ok(name)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("pid", &self.process.pid()).finish_non_exhaustive()
    }
}
