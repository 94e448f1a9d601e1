//! Which bucket, and who asks.

use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use secrecy::SecretString;

use super::environment;
use super::open::open;
use crate::error::{Error, ErrorKind, Result};

/// Which bucket of S3, or of what speaks its protocol, and who asks.
///
/// # Examples
///
/// ```
/// use opencode_store::artifact::S3Options;
///
/// let options = S3Options::new("s3://bucket/artifacts")?
///     .with_endpoint("https://s3.example.org")
///     .with_credentials("AKIAIOSFODNN7EXAMPLE", "secret");
/// assert!(!format!("{options:?}").contains("secret"));
/// # Ok::<(), opencode_store::Error>(())
/// ```
#[derive(Clone)]
pub struct S3Options {
    pub(super) bucket: String,
    pub(super) prefix: Path,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) credentials: Option<Credentials>,
    pub(super) session_token: Option<SecretString>,
    pub(super) allow_http: bool,
    pub(super) roots: Vec<Vec<u8>>,
}

/// Who asks.
#[derive(Clone)]
pub(super) struct Credentials {
    pub(super) access_key: String,
    pub(super) secret: SecretString,
}

impl S3Options {
    /// A bucket, as `s3://bucket` or `s3://bucket/prefix`.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) when the URL is not of that form.
    pub fn new(url: &str) -> Result<Self> {
        let invalid = |message: &str| Error::new(ErrorKind::InvalidConfig, message);
        let place = url
            .strip_prefix("s3://")
            .ok_or_else(|| invalid("the address of the bucket does not begin with s3://"))?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(allowed) {
            return Err(invalid(
                "not the name of a bucket: it takes 3 to 63 small letters, digits, dots and dashes",
            ));
        }
        let prefix = Path::parse(prefix.trim_end_matches('/'))
            .map_err(|source| invalid("the prefix in the bucket cannot be one").with_source(source))?;
        let bucket = bucket.to_owned();
        Ok(Self {
            bucket,
            prefix,
            region: None,
            endpoint: None,
            credentials: None,
            session_token: None,
            allow_http: false,
            roots: Vec::new(),
        })
    }

    /// Takes what is not set from the environment: `AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`, `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) when a variable is not valid UTF-8.
    pub fn with_environment(self) -> Result<Self> {
        environment::apply(self, environment::process)
    }

    /// Sets the region; `us-east-1` unless set.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets where the server is, as `https://host:port`; that of Amazon for the region unless set.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sets who asks.
    #[must_use]
    pub fn with_credentials(mut self, access_key: impl Into<String>, secret: impl Into<String>) -> Self {
        let (access_key, secret) = (access_key.into(), secret.into().into());
        self.credentials = Some(Credentials { access_key, secret });
        self
    }

    /// Sets the token that comes with credentials for a limited time.
    #[must_use]
    pub fn with_session_token(mut self, session_token: impl Into<String>) -> Self {
        self.session_token = Some(session_token.into().into());
        self
    }

    /// Allows an endpoint without TLS; not allowed unless set. Artifacts then cross the network in the clear.
    #[must_use]
    pub const fn with_allow_http(mut self, allow_http: bool) -> Self {
        self.allow_http = allow_http;
        self
    }

    /// Trusts the certificates in this PEM text too, besides those that the operating system trusts.
    #[must_use]
    pub fn with_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The bucket as an object store, for hosts that put something around it. Nothing is asked of it yet.
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](ErrorKind::InvalidConfig) when the options cannot be used.
    pub fn object_store(&self) -> Result<Arc<dyn ObjectStore>> {
        open(self)
    }
}

impl fmt::Debug for S3Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Options")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix.as_ref())
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .field("credentials", &self.credentials.as_ref().map(|_| "…"))
            .field("allow_http", &self.allow_http)
            .field("roots", &self.roots.len())
            .finish()
    }
}
